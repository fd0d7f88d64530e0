"""Dilated convolutions and SegNet's unpooling by PyTorch in float64, with the gradients of sum(y * cos(i)).

    /usr/bin/python3 tests/golden/model/layers.py > tests/golden/model/layers.json

Inputs are sin(i), filters cos(2 i), in the order of NHWC and HWIO; what is pooled is round(4 sin(3 i)), with ties.
"""
import json

import torch
import torch.nn.functional as F


def wave(function, shape, frequency=1.0):
    count = torch.Size(shape).numel()
    return function(frequency * torch.arange(count, dtype=torch.float64)).reshape(shape)


def rounded(tensor):
    return [round(value, 7) for value in tensor.flatten().tolist()]


nchw = lambda x: x.permute(0, 3, 1, 2)
nhwc = lambda x: x.permute(0, 2, 3, 1)


def dilated(shape, filters, rate, side=3):
    x = wave(torch.sin, shape).requires_grad_()
    w = wave(torch.cos, [side, side, shape[3], filters], 2.0).requires_grad_()
    y = nhwc(F.conv2d(nchw(x), w.permute(3, 2, 0, 1), padding=rate * (side // 2), dilation=rate))
    gradients = torch.autograd.grad((y * wave(torch.cos, y.shape)).sum(), [x, w])
    return {"shape": shape, "filterShape": list(w.shape), "rate": rate, "output": rounded(y),
            "gradients": [rounded(g) for g in gradients]}


def unpooled(shape):
    before = torch.round(4 * wave(torch.sin, shape, 3.0))
    _, indices = F.max_pool2d(nchw(before), 2, return_indices=True)
    features = wave(torch.sin, [shape[0], shape[1] // 2, shape[2] // 2, shape[3]]).requires_grad_()
    y = nhwc(F.max_unpool2d(nchw(features), indices, 2))
    (gradient,) = torch.autograd.grad((y * wave(torch.cos, y.shape)).sum(), features)
    return {"shape": shape, "output": rounded(y), "gradient": rounded(gradient)}


print(json.dumps({
    "dilated": [dilated([2, 6, 5, 2], 3, 2), dilated([1, 4, 4, 2], 2, 6), dilated([1, 9, 8, 1], 2, 2, side=5)],
    "unpooled": [unpooled([2, 4, 6, 2]), unpooled([1, 2, 2, 3])],
}, separators=(",", ":")))
