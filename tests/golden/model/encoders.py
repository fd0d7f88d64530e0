"""Weight files of ResNet34 and VGG16 in their published layout, narrow, and what PyTorch makes of them in float64.

    /usr/bin/python3 tests/golden/model/encoders.py

writes resnet34_narrow.h5 and vgg16_narrow.h5 (names and nesting of the published files, a 32nd of their width),
and encoders.json: every tensor's shape at full width, and the taps of a 64 x 64 image, in inference mode and with
the batch's own statistics.
"""
import json
from pathlib import Path

import h5py
import numpy as np
import torch
import torch.nn.functional as F

FOLDER = Path(__file__).parent
NARROW, FULL = 2, 64
SIDE, SAMPLES = 64, 16
torch.set_grad_enabled(False)


def resnet34_shapes(base):
    """{layer: {weight: shape}} of qubvel/classification_models, resnet34_imagenet_1000_no_top.h5."""
    shapes = {}

    def norm(name, channels, scale=True):
        shapes[name] = {k: (channels,) for k in ("gamma", "beta", "moving_mean", "moving_variance")
                        if scale or k != "gamma"}

    def conv(name, side, channels, filters):
        shapes[name] = {"kernel": (side, side, channels, filters)}

    norm("bn_data", 3, scale=False)
    conv("conv0", 7, 3, base)
    norm("bn0", base)
    channels = base
    for stage, units in enumerate((3, 4, 6, 3), start=1):
        filters = base * 2 ** (stage - 1)
        for unit in range(1, units + 1):
            name = f"stage{stage}_unit{unit}_"
            norm(name + "bn1", channels)
            if unit == 1:
                conv(name + "sc", 1, channels, filters)
            conv(name + "conv1", 3, channels, filters)
            norm(name + "bn2", filters)
            conv(name + "conv2", 3, filters, filters)
            channels = filters
    norm("bn1", channels)
    return shapes


def vgg16_shapes(base):
    shapes, channels = {}, 3
    for block, (count, width) in enumerate(((2, 1), (2, 2), (3, 4), (3, 8), (3, 8)), start=1):
        for index in range(1, count + 1):
            shapes[f"block{block}_conv{index}"] = {"W": (3, 3, channels, base * width), "b": (base * width,)}
            channels = base * width
    return shapes


def values(shapes, seed):
    random = np.random.default_rng(seed)
    around = {"gamma": (1, 0.3), "beta": (0, 0.3), "moving_mean": (0, 0.3), "moving_variance": (1, 0.3), "b": (0, 0.3)}

    def draw(kind, shape):
        if kind in ("kernel", "W"):
            return random.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape).astype(np.float32)
        centre, width = around[kind]
        return random.uniform(centre - width, centre + width, shape).astype(np.float32)

    drawn = {layer: {kind: draw(kind, shape) for kind, shape in weights.items()} for layer, weights in shapes.items()}
    if "bn_data" in drawn:  # Of pixels 0...255.
        drawn["bn_data"]["moving_mean"] += np.float32(127)
        drawn["bn_data"]["moving_variance"] *= np.float32(4000)
    return drawn


def write(path, weights, dataset_name):
    """The layers of a file of Keras weights; `dataset_name(layer, kind)` is the dataset's path in its layer's group."""
    with h5py.File(path, "w", libver="latest") as file:
        file.attrs["layer_names"] = [layer.encode() for layer in weights]
        for layer, tensors in weights.items():
            group = file.create_group(layer)
            group.attrs["weight_names"] = [dataset_name(layer, kind).encode() for kind in tensors]
            for kind, tensor in tensors.items():
                group.create_dataset(dataset_name(layer, kind), data=tensor)


def image():
    row, column, channel = np.indices((SIDE, SIDE, 3))
    pixels = np.floor(127.5 + 127.5 * np.sin(0.11 * row + 0.07 * column * (1 + channel) + 1.7 * channel))
    return torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy())


def tensor(array):
    array = torch.from_numpy(array.astype(np.float64))
    return array.permute(3, 2, 0, 1).contiguous() if array.ndim == 4 else array


def resnet34_taps(weights, training):
    w = {f"{layer}/{kind}": tensor(a) for layer, kinds in weights.items() for kind, a in kinds.items()}

    def norm(x, name):
        gamma = w.get(name + "/gamma")
        mean, variance = w[name + "/moving_mean"], w[name + "/moving_variance"]
        return F.batch_norm(x, mean.clone(), variance.clone(), gamma, w[name + "/beta"], training, 0, 2e-5)

    def conv(x, name, **options):
        return F.conv2d(x, w[name + "/kernel"], **options)

    taps = {}
    x = norm(image(), "bn_data")
    x = taps["relu0"] = F.relu(norm(conv(x, "conv0", stride=2, padding=3), "bn0"))
    x = F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 2)
    for stage, units in enumerate((3, 4, 6, 3), start=1):
        for unit in range(1, units + 1):
            name = f"stage{stage}_unit{unit}_"
            stride = 2 if unit == 1 and stage > 1 else 1
            y = F.relu(norm(x, name + "bn1"))
            if unit == 1 and stage > 1:
                taps[name + "relu1"] = y
            shortcut = conv(y, name + "sc", stride=stride) if unit == 1 else x
            y = F.relu(norm(conv(y, name + "conv1", stride=stride, padding=1), name + "bn2"))
            x = conv(y, name + "conv2", padding=1) + shortcut
    taps["relu1"] = F.relu(norm(x, "bn1"))
    return taps


def vgg16_taps(weights):
    x = image()[:, [2, 1, 0]] - torch.tensor([103.939, 116.779, 123.68], dtype=torch.float64)[None, :, None, None]
    taps, layers = {}, list(weights)
    for layer in layers:
        x = F.relu(F.conv2d(x, tensor(weights[layer]["W"]), tensor(weights[layer]["b"]), padding=1))
        block, index = layer.split("_conv")
        if f"{block}_conv{int(index) + 1}" not in weights:
            taps[layer] = x
            x = F.max_pool2d(x, 2)
    taps["block5_pool"] = x
    return taps


def describe(taps):
    rounded = lambda value: float(f"{value:.9g}")

    def one(x):
        flat = x[0].permute(1, 2, 0).flatten().numpy()
        indices = [i * len(flat) // SAMPLES for i in range(SAMPLES)]
        return {"shape": [x.shape[2], x.shape[3], x.shape[1]], "norm": rounded(np.linalg.norm(flat)),
                "samples": [rounded(flat[i]) for i in indices]}

    return {name: one(x) for name, x in taps.items()}


def main():
    resnet, vgg = values(resnet34_shapes(NARROW), 1), values(vgg16_shapes(NARROW), 2)
    write(FOLDER / "resnet34_narrow.h5", resnet, lambda layer, kind: f"{layer}/{kind}:0")
    write(FOLDER / "vgg16_narrow.h5", vgg, lambda layer, kind: f"{layer}_{kind}_1:0")
    names = {"W": "kernel", "b": "bias"}
    shapes = lambda layers: {f"{layer}/{names.get(kind, kind)}": shape
                             for layer, weights in layers.items() for kind, shape in weights.items()}
    golden = {
        "resnet34": {"shapes": shapes(resnet34_shapes(FULL)),
                     "inference": describe(resnet34_taps(resnet, False)),
                     "training": describe(resnet34_taps(resnet, True))},
        "vgg16": {"shapes": shapes(vgg16_shapes(FULL)), "inference": describe(vgg16_taps(vgg))},
    }
    (FOLDER / "encoders.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    for name in golden:
        print(name, sum(int(np.prod(shape)) for shape in golden[name]["shapes"].values()))


main()
