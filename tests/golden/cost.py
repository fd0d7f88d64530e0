#!/usr/bin/env python3
"""Golden multiply-adds of every layer of the U-Net, by counting instead of a formula.

    /usr/bin/python3 tests/golden/cost.py > tests/golden/cost.json

The PyTorch U-Net of ../peers is run; each of its convolutions is run once more with ones for image, padding and
kernel. Every product is then 1, and the sum of the outputs is the number of products that were added up.
"""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "peers"))
import pytorch_unet
from pytorch_unet import UNet, initial_weights, torch

F = torch.nn.functional
CASES = ((1.0, 96), (0.35, 64))


class CountingFunctional:
    """torch.nn.functional, with convolutions that note their products under the name of their kernel."""

    def __init__(self, model):
        self.names = {id(weight): name for name, weight in model.weights.items()}
        self.counts = {}

    def __getattr__(self, name):
        return getattr(F, name)

    def note(self, kernel, ones):
        self.counts[self.names[id(kernel)].split("/")[0]] = round(ones.double().sum().item())

    def conv2d(self, x, kernel, bias=None, stride=1, padding=0, dilation=1, groups=1):
        padded = F.pad(torch.ones_like(x), (padding,) * 4, value=1.0)
        self.note(kernel, F.conv2d(padded, torch.ones_like(kernel), None, stride, 0, dilation, groups))
        return F.conv2d(x, kernel, bias, stride, padding, dilation, groups)

    def conv_transpose2d(self, x, kernel, bias=None, stride=1):
        self.note(kernel, F.conv_transpose2d(torch.ones_like(x), torch.ones_like(kernel), None, stride))
        return F.conv_transpose2d(x, kernel, bias, stride)


def count(alpha, side):
    model = UNet(initial_weights(alpha), "inference")
    pytorch_unet.F = counting = CountingFunctional(model)
    model.logits(torch.zeros(1, side, side, 3))
    parameters = sum(weight.numel() for weight in model.weights.values())
    return {"alpha": alpha, "sidePx": side, "parameters": parameters, "multiplyAdds": counting.counts}


print(json.dumps([count(*case) for case in CASES], indent=1))
