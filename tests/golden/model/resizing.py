"""What PyTorch's interpolation and pixel_shuffle give in float64, and the gradients of sum(y * weights).

    /usr/bin/python3 tests/golden/model/resizing.py > tests/golden/model/resizing.json

Inputs count up: x[i] = sin(i), weights[i] = cos(i), in the order of NHWC.
"""
import json

import torch
import torch.nn.functional as F


def wave(function, shape):
    n, h, w, c = shape
    return function(torch.arange(n * h * w * c, dtype=torch.float64)).reshape(shape)


def shuffle(x, factor):
    """TensorFlow orders channels (i, j, c), PyTorch (c, i, j)."""
    n, channels, h, w = x.shape
    x = x.reshape(n, factor * factor, channels // factor**2, h, w).transpose(1, 2).reshape(n, channels, h, w)
    return F.pixel_shuffle(x, factor)


def case(name, factor, shape):
    functions = {"nearest": lambda x: F.interpolate(x, scale_factor=factor, mode="nearest"),
                 "bilinear": lambda x: F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False),
                 "pixel-shuffle": lambda x: shuffle(x, factor)}
    x = wave(torch.sin, shape).requires_grad_()
    y = functions[name](x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    (gradient,) = torch.autograd.grad((y * wave(torch.cos, y.shape)).sum(), x)
    rounded = lambda t: [round(v, 7) for v in t.flatten().tolist()]
    return {"name": name, "factor": factor, "shape": shape, "outputShape": list(y.shape), "output": rounded(y),
            "gradient": rounded(gradient)}


print(json.dumps([case("nearest", 2, [2, 3, 2, 2]), case("nearest", 3, [2, 2, 1, 3]),
                  case("bilinear", 2, [2, 3, 2, 2]), case("bilinear", 4, [2, 2, 3, 1]),
                  case("bilinear", 8, [1, 1, 4, 1]), case("bilinear", 2, [1, 1, 1, 2]), case("bilinear", 4, [1, 1, 2, 1]),
                  case("pixel-shuffle", 2, [2, 2, 3, 8]), case("pixel-shuffle", 3, [1, 2, 1, 9])],
                 separators=(",", ":")))
