"""Milliseconds per image of the PyTorch U-Net at its best setting on a CPU.

Best: OpenBLAS with one thread of its own, PyTorch's threads on every core, channels_last; for inference the
traced model after `torch.jit.optimize_for_inference`, which folds every normalisation into its convolution.

    pytorch_bench.py bench --mode full --side 256 --batch 4 --steps 5
    pytorch_bench.py serve     answers one JSON line for each JSON line {"mode", "side", "batch", "steps"}
"""
import argparse
import json
import os
import sys
import time
import warnings
from pathlib import Path

from pytorch_unet import Adam, UNet, initial_weights, torch, train_step


def make_runner(mode, side, batch, alpha=1.0):
    """A function without arguments that computes one step, its result included."""
    images = (torch.rand(batch, side, side, 3) * 255).to(torch.uint8)
    model = UNet(initial_weights(alpha), mode)
    if mode == "inference":
        return inference_runner(model, images)
    masks = (torch.rand(batch, 1, side, side) > 0.5).float()
    optimizer = Adam(model, 1e-4)
    return lambda: train_step(model, optimizer, images, masks)[0]


class Probabilities(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, images):
        return torch.sigmoid(self.model.logits(images))


def inference_runner(model, images):
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's: sizes are constants here, as they should be
        traced = torch.jit.trace(Probabilities(model).eval(), images)
        fast = torch.jit.optimize_for_inference(traced)

    def run():
        with torch.no_grad():
            return fast(images).flatten()[0].item()

    return run


def time_steps(run, batch, steps):
    """Milliseconds per image of each step."""
    result = []
    for _ in range(steps):
        start = time.perf_counter()
        run()
        result.append((time.perf_counter() - start) * 1000 / batch)
    return result


def blas_name():
    """The library that computes matrix products: only the fast ones make a fair comparison."""
    if torch.backends.mkl.is_available():
        return "MKL"
    maps = Path("/proc/self/maps")
    if not maps.exists():
        return "unknown"
    return "OpenBLAS" if "openblas" in maps.read_text() else "reference"


def serve():
    """Keeps the last case; its first two steps settle memory, and one before each turn caches and threads."""
    case, run = None, None
    print(json.dumps({"version": torch.__version__, "blas": blas_name()}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        wanted = (request["mode"], request["side"], request["batch"])
        if wanted != case:
            run = None  # frees the memory of the case before
            case, run = wanted, make_runner(*wanted)
            time_steps(run, request["batch"], 2)
        times = time_steps(run, request["batch"], 1 + request["steps"])
        print(json.dumps({"msPerImage": times[1:]}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("bench", "serve"))
    parser.add_argument("--mode", choices=("full", "frozen", "inference"), default="full")
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.command == "serve":
        return serve()
    run = make_runner(options.mode, options.side, options.batch)
    time_steps(run, options.batch, 2)
    print(json.dumps({"msPerImage": time_steps(run, options.batch, options.steps)}))


if __name__ == "__main__":
    main()
