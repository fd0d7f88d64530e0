"""Trains the PyTorch U-Net by the two-phase recipe on an instance-folder data set, and prints validation IoU.

The last 10 % of the sorted ids validate; no augmentation; phase 1 trains the decoder over a frozen encoder with
Adam 1e-3, phase 2 everything with a fresh Adam 1e-4; the last, smaller batch of an epoch is used too.

    pytorch_train.py --data FOLDER --weights KERAS.h5 --epochs 4 4 --batch 4 --side 256
"""
import argparse
import json
import os
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from pytorch_unet import Adam, UNet, initial_weights, load_encoder, to_keras, torch, train_step


def read_case(folder, side):
    """Image [side, side, 3] (antialiased bilinear) and mask [1, side, side] (union, threshold, nearest), uint8."""
    image_path = next(path for path in sorted((folder / "images").iterdir()))
    image = ImageOps.exif_transpose(Image.open(image_path)).convert("RGB")
    masks = [np.asarray(Image.open(path).convert("L")) for path in sorted((folder / "masks").iterdir())]
    union = Image.fromarray((np.max(masks, axis=0) >= 128).astype(np.uint8))
    return (
        np.asarray(image.resize((side, side), Image.Resampling.BILINEAR)),
        np.asarray(union.resize((side, side), Image.Resampling.NEAREST))[None],
    )


def load(folders, side):
    images, masks = zip(*(read_case(folder, side) for folder in folders))
    return torch.from_numpy(np.stack(images)), torch.from_numpy(np.stack(masks))


def batches(count, size, order=None):
    order = torch.arange(count) if order is None else order
    return [order[start : start + size] for start in range(0, count, size)]


def validate(weights, images, masks, size):
    """IoU of the whole set at probability 0.5, from summed counts."""
    model = UNet(weights, "inference")
    overlap = union = 0
    with torch.no_grad():
        for batch in batches(len(images), size):
            predicted, true = model.logits(images[batch]) >= 0, masks[batch] > 0
            overlap += (predicted & true).sum().item()
            union += (predicted | true).sum().item()
    return overlap / union


def keras_weights(model):
    return {name: to_keras(name, weight.detach()) for name, weight in model.weights.items()}


def train_phase(name, weights, epochs, learning_rate, train, validation, batch_size):
    images, masks = train
    model = UNet(weights, "frozen" if name == "phase 1" else "full")
    optimizer = Adam(model, learning_rate)
    for epoch in range(epochs):
        start, losses = time.perf_counter(), []
        for batch in batches(len(images), batch_size, torch.randperm(len(images))):
            losses.append(train_step(model, optimizer, images[batch], masks[batch].float())[0])
        seconds = time.perf_counter() - start
        weights = keras_weights(model)
        row = {"phase": name, "epoch": epoch + 1, "loss": round(float(np.mean(losses)), 5)}
        row |= {"val_iou": round(validate(weights, *validation, batch_size), 5), "seconds": round(seconds, 1)}
        print(json.dumps(row), flush=True)
    return weights


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, help="Keras' .h5 of MobileNetV2 without top; random if not given")
    parser.add_argument("--alpha", type=float, default=1.0)
    parser.add_argument("--epochs", type=int, nargs=2, default=(4, 4))
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--limit", type=int, help="take only so many cases")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    folders = sorted(path for path in options.data.iterdir() if path.is_dir())[: options.limit]
    cut = len(folders) - int(len(folders) * 0.1)
    train, validation = load(folders[:cut], options.side), load(folders[cut:], options.side)
    print(json.dumps({"train": len(train[0]), "validation": len(validation[0])}), flush=True)
    weights = initial_weights(options.alpha, seed=options.seed)
    if options.weights:
        load_encoder(weights, options.weights)
    phase1, phase2 = options.epochs
    weights = train_phase("phase 1", weights, phase1, 1e-3, train, validation, options.batch)
    train_phase("phase 2", weights, phase2, 1e-4, train, validation, options.batch)


if __name__ == "__main__":
    main()
