"""Golden values of one training step, in float64, from the PyTorch U-Net in ../peers.

    /usr/bin/python3 tests/golden/unet_step.py > tests/golden/unet_step.json
    /usr/bin/python3 tests/golden/unet_step.py --scan      errors of float32 against float64, seed by seed

Weights, optimizer slots, images and masks come from an integer hash (`noise` below) that another language
computes to the same bits; only results are stored. Each of the three steps starts from a state of its own with
Adam already under way (v > 0): from v = 0 the first update is about lr * sign(gradient), which turns rounding
of a tiny gradient into a whole update.

Seed 10: no activation lies so near a boundary of a ReLU that rounding puts it on the other side. --scan shows it:
the worst gradient tensor is off by 1e-5; where an activation crosses, by 1e-3 and more, in any implementation.
"""
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "peers"))
from pytorch_unet import Adam, UNet, is_decoder, to_keras, torch, train_step, weight_shapes

SEED = 10
ALPHA, DECODER_FILTERS, SIDE, BATCH = 0.35, (32, 24, 16, 8, 8), 64, 2
STEPS = ({"iterations": 0, "learningRate": 1e-3}, {"iterations": 1, "learningRate": 1e-3},
         {"iterations": 9, "learningRate": 1e-4})
SAMPLES = 16
NEGLIGIBLE = 1e-6  # the beta of a projection feeds another normalisation, which removes it: gradient 0


def hash32(label):
    """FNV-1a of the label's bytes."""
    value = 0x811C9DC5
    for byte in label.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def noise(label, count):
    """`count` numbers in [-1, 1): MurmurHash3's finaliser over hash32(label) + index * 0x9E3779B9, / 2^31, - 1."""
    x = (np.arange(count, dtype=np.uint64) * 0x9E3779B9 + hash32(label)).astype(np.uint32)
    x ^= x >> 16
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> 13
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> 16
    return x / 2.0**31 - 1


def float32(values, shape):
    """Rounded to float32, so that both precisions start from the same numbers; kept as float64."""
    return torch.from_numpy(values.astype(np.float32).astype(np.float64).reshape(shape))


def fan_in(name, shape):
    if name.endswith("depthwise_kernel"):
        return shape[0] * shape[1]
    return shape[3] if "_up/" in name else shape[0] * shape[1] * shape[2]


def start_value(label, name, shape):
    """Before a ReLU6, beta and gamma spread the activations over 0, the slope and 6. With most of them near 0,
    this many normalisations over few values would amplify rounding a thousandfold, in any implementation."""
    layer, kind = name.split("/")
    if kind.endswith("kernel"):
        centre, width = 0, np.sqrt(6 / fan_in(name, shape))
    elif kind == "beta" and "project" not in layer:
        centre, width = 2, 2
    else:
        spread = {"gamma": (1, 0.5), "moving_variance": (1, 0.3), "bias": (0, 0.1)}
        centre, width = spread.get(kind, (0, 0.2))
    return float32(centre + width * noise(label, int(np.prod(shape))), shape)


def start_weights(seed, step, mode):
    """A frozen encoder is that of step 0 in every step."""
    shapes = weight_shapes(ALPHA, DECODER_FILTERS)
    step_of = lambda name: 0 if mode == "frozen" and not is_decoder(name) else step
    return {name: start_value(f"{seed}/{step_of(name)}/{name}", name, shape) for name, shape in shapes.items()}


def start_images(seed):
    """Blocks of 8 x 8 pixels with fine noise on top, 0..255."""
    n, h, w, c = np.indices((BATCH, SIDE, SIDE, 3)).astype(np.int64)
    coarse, fine = noise(f"{seed}/coarse", BATCH * 8 * 8 * 3), noise(f"{seed}/fine", n.size)
    block = coarse[((n * 8 + h // 8) * 8 + w // 8) * 3 + c]
    values = np.floor((block + 1) * 96) + np.floor((fine.reshape(n.shape) + 1) * 32)
    return torch.from_numpy(values.astype(np.uint8))


def start_masks():
    """A disc in each image: radius 20 around (24, 36), radius 14 around (40, 20)."""
    n, h, w = np.indices((BATCH, SIDE, SIDE))
    inside = (h - (24 + 16 * n)) ** 2 + (w - (36 - 16 * n)) ** 2 < (20 - 6 * n) ** 2
    return torch.from_numpy(inside[:, None].astype(np.uint8))


def start_optimizer(model, seed, step):
    optimizer = Adam(model, STEPS[step]["learningRate"])
    optimizer.iterations = STEPS[step]["iterations"]
    for name in model.trainable:
        shape = weight_shapes(ALPHA, DECODER_FILTERS)[name]
        m = 1e-3 * noise(f"{seed}/{step}/m/{name}", int(np.prod(shape)))
        v = 1e-6 * (0.75 + 0.25 * noise(f"{seed}/{step}/v/{name}", int(np.prod(shape))))
        slots = UNet({name: float32(m, shape)}, "inference", torch.float64).weights
        optimizer.m[name] = slots[name].to(model.weights[name].dtype)
        slots = UNet({name: float32(v, shape)}, "inference", torch.float64).weights
        optimizer.v[name] = slots[name].to(model.weights[name].dtype)
    return optimizer


def run_step(seed, mode, step, dtype, shake=None):
    """Keras-ordered float64 results of one step: loss, gradients, changes of the weights, changes of the slots."""
    weights = start_weights(seed, step, mode)
    model = UNet(shaken(weights, shake) if shake else weights, mode, dtype)
    optimizer = start_optimizer(model, seed, step)
    before = {name: weight.detach().clone() for name, weight in model.weights.items()}
    loss, gradients = train_step(model, optimizer, start_images(seed), start_masks().to(dtype))
    keras = lambda tensors: {n: to_keras(n, t.detach()).double().contiguous() for n, t in tensors.items()}
    changed = {n: w - before[n] for n, w in model.weights.items() if not torch.equal(w, before[n])}
    return {"loss": loss, "gradients": keras(gradients), "updates": keras(changed),
            "m": keras(optimizer.m), "v": keras(optimizer.v)}


def run_inference(seed, dtype):
    model = UNet(start_weights(seed, 0, "inference"), "inference", dtype)
    return {"probabilities": torch.sigmoid(model.logits(start_images(seed))).double().contiguous()}


def describe(label, tensor):
    """Norm, the projection on `noise(label)` (a sum that every element enters), and evenly spaced samples."""
    flat = tensor.flatten().numpy()
    indices = [i * len(flat) // SAMPLES for i in range(SAMPLES)] if len(flat) > SAMPLES else range(len(flat))
    rounded = lambda value: float(f"{value:.10g}")
    return [rounded(np.linalg.norm(flat)), rounded(flat @ noise(label, len(flat))),
            [rounded(flat[i]) for i in indices]]


def describe_all(result):
    return {key: value if key == "loss" else {name: describe(name, t) for name, t in value.items()}
            for key, value in result.items() if key not in ("m", "v")}


def worst_error(got, true):
    """The largest relative error of a gradient, of those that are not zero by structure."""
    return max(float((got[n] - true[n]).norm() / true[n].norm()) for n in true if true[n].norm() > NEGLIGIBLE)


def shaken(weights, shake):
    """Weights off by about a float32 rounding: stands for another order of summation."""
    return {n: w * (1 + 1e-7 * torch.from_numpy(noise(f"{shake}/{n}", w.numel()).reshape(w.shape)))
            for n, w in weights.items()}


def scan(seeds):
    """For each seed: worst gradient error of float32 in each mode and step, then of four shaken float64 runs."""
    for seed in seeds:
        line = []
        for mode in ("full", "frozen"):
            for step in range(len(STEPS)):
                true = run_step(seed, mode, step, torch.float64)["gradients"]
                low = run_step(seed, mode, step, torch.float32)["gradients"]
                others = [run_step(seed, mode, step, torch.float64, shake)["gradients"] for shake in "abcd"]
                shaken_worst = max(worst_error(other, true) for other in others)
                line.append(f"{mode}{step} {worst_error(low, true):.0e} {shaken_worst:.0e}")
        print(seed, *line, sep="  ", flush=True)


def main():
    if "--scan" in sys.argv:
        return scan(range(1, 21))
    golden = {"seed": SEED, "alpha": ALPHA, "decoderFilters": DECODER_FILTERS, "sidePx": SIDE, "batch": BATCH,
              "samples": SAMPLES, "steps": STEPS, "inference": describe("p", run_inference(SEED, torch.float64)["probabilities"])}
    for mode in ("full", "frozen"):
        golden[mode] = [describe_all(run_step(SEED, mode, step, torch.float64)) for step in range(len(STEPS))]
    print(json.dumps(golden, separators=(",", ":")))


if __name__ == "__main__":
    main()
