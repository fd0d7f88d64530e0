"""Losses, their gradients and three steps of Adam by PyTorch in float64; writes losses_and_adam.json.

/usr/bin/python3 tests/golden/losses_and_adam.py
"""

import json
import math
from pathlib import Path

import torch

torch.manual_seed(3)
SHAPE = (2, 3, 4, 1)
logits = (torch.randn(SHAPE, dtype=torch.float64) * 3).float().double().requires_grad_()
masks = (torch.rand(SHAPE) < 0.4).double()


def dice_loss(z, y):
    p = torch.sigmoid(z)
    return 1 - (2 * (p * y).sum() + 1) / (p.sum() + y.sum() + 1)


def bce_loss(z, y):
    return torch.nn.functional.binary_cross_entropy_with_logits(z, y)


def with_gradient(loss):
    value = loss(logits, masks)
    (gradient,) = torch.autograd.grad(value, logits)
    return {"loss": value.item(), "gradient": gradient.flatten().tolist()}


weight = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64, requires_grad=True)
gradients = [[0.3, -2.0, 0.01], [0.1, 1.5, 0.02], [-0.4, 0.7, -0.03]]
rates = [0.01, 0.01, 0.005]
adam = torch.optim.Adam([weight], lr=0.01, betas=(0.9, 0.999), eps=1e-7)
steps = []
for step, (gradient, rate) in enumerate(zip(gradients, rates), start=1):
    # Keras adds epsilon before the bias correction, PyTorch after it: scaled, they are the same.
    adam.param_groups[0].update(lr=rate, eps=1e-7 / math.sqrt(1 - 0.999**step))
    weight.grad = torch.tensor(gradient, dtype=torch.float64)
    adam.step()
    slots = adam.state[weight]
    steps.append({
        "weight": weight.tolist(),
        "m": slots["exp_avg"].tolist(),
        "v": slots["exp_avg_sq"].tolist(),
    })

golden = {
    "shape": SHAPE,
    "logits": logits.flatten().tolist(),
    "masks": masks.flatten().tolist(),
    "bce": with_gradient(bce_loss),
    "dice": with_gradient(dice_loss),
    "bceDice": with_gradient(lambda z, y: bce_loss(z, y) + dice_loss(z, y)),
    "adam": {"start": [0.5, -1.0, 2.0], "gradients": gradients, "rates": rates, "steps": steps},
}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=1) + "\n")
