"""MobileNetV2 at output stride 16 by PyTorch in float64: its last features, in inference mode and with batch statistics.

    /usr/bin/python3 tests/golden/model/mobilenet_v2_dilated.py > tests/golden/model/mobilenet_v2_dilated.json

Weights (alpha 0.35) and images are those of ../unet_step.py, step 0. Block 13 has stride 1, and the kernels of blocks
14 to 16 are dilated by 2.
"""
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))
from unet_step import ALPHA, SEED, start_images, start_value, weight_shapes

from pytorch_unet import BLOCKS, UNet, block_prefix, torch

import torch.nn.functional as F

SAMPLES = 32
LAST, LAST_BN = "block_16_project", "block_16_project_BN"


def start_weights():
    shapes = {name: shape for name, shape in weight_shapes(ALPHA, (8,) * 5).items() if not name.startswith(("dec", "mask"))}
    channels = shapes[LAST + "/kernel"][3]
    shapes.update({f"{LAST_BN}/{kind}": (channels,) for kind in ("gamma", "beta", "moving_mean", "moving_variance")})
    return {name: start_value(f"{SEED}/0/{name}", name, shape) for name, shape in shapes.items()}


def features(net):
    x = start_images(SEED).permute(0, 3, 1, 2).double() / 127.5 - 1
    x = F.relu6(net.conv_bn(x, "Conv1", "bn_Conv1", 2))
    for index, (_, stride, expansion) in enumerate(BLOCKS):
        prefix, y = block_prefix(index), x
        if expansion > 1:
            y = F.relu6(net.conv_bn(y, f"{prefix}expand", f"{prefix}expand_BN"))
        if index < 13:
            y = net.conv_bn(y, f"{prefix}depthwise", f"{prefix}depthwise_BN", stride)
        else:
            rate = 1 if index == 13 else 2
            kernel = net.weights[f"{prefix}depthwise/depthwise_kernel"]
            y = F.conv2d(y, kernel, padding=rate, dilation=rate, groups=kernel.shape[0])
            y = net.normalise(y, f"{prefix}depthwise_BN")
        y = net.conv_bn(F.relu6(y), f"{prefix}project", f"{prefix}project_BN")
        x = x + y if net.adds_input(index) else y
    return x.permute(0, 2, 3, 1).contiguous()


def describe(x):
    flat = x.flatten().numpy()
    rounded = lambda value: float(f"{value:.9g}")
    indices = [i * len(flat) // SAMPLES for i in range(SAMPLES)]
    return {"shape": list(x.shape), "norm": rounded(np.linalg.norm(flat)), "samples": [rounded(flat[i]) for i in indices]}


torch.set_grad_enabled(False)
weights = start_weights()
print(json.dumps({name: describe(features(UNet(weights, mode, torch.float64)))
                  for name, mode in (("inference", "inference"), ("training", "full"))}, separators=(",", ":")))
