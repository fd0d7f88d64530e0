"""Steps of torch.optim in float64, clipped gradients and learning rates; writes optimizers.json.

/usr/bin/python3 tests/golden/optimizers/optimizers.py
"""

import json
import math
from pathlib import Path

import torch
from torch.optim import lr_scheduler

torch.manual_seed(5)
KERNEL, BIAS = (2, 3), (3,)
STEPS = 6
RATES = [0.01, 0.01, 0.02, 0.005, 0.005, 0.03]


def numbers(shape, scale):
    return (torch.randn(shape, dtype=torch.float64) * scale).float().double()


start = {"kernel": numbers(KERNEL, 1), "bias": numbers(BIAS, 1)}
# Small and large ones: both ends of what an adaptive optimizer divides by.
gradients = [
    {"kernel": numbers(KERNEL, 10.0 ** (i - 3)), "bias": numbers(BIAS, 0.1)} for i in range(STEPS)
]


def run(make, before_step=lambda group, step: None):
    weights = {name: value.clone().requires_grad_() for name, value in start.items()}
    optimizer = make(weights)
    steps = []
    for step, (rate, gradient) in enumerate(zip(RATES, gradients), start=1):
        for group in optimizer.param_groups:
            group["lr"] = rate * group.get("factor", 1)
            before_step(group, step)
        for name, weight in weights.items():
            weight.grad = gradient[name].clone()
        optimizer.step()
        steps.append({name: weight.flatten().tolist() for name, weight in weights.items()})
    return steps


def plain(kind, **options):
    return run(lambda weights: kind(list(weights.values()), lr=1, **options))


def kernel_alone_decays(weights):
    return torch.optim.AdamW(
        [{"params": [weights["kernel"]], "weight_decay": 0.2},
         {"params": [weights["bias"]], "weight_decay": 0}],
        lr=1,
    )


FACTORS = {"kernel": 0.3, "bias": 1}


def grouped(kind, kernel={}, bias={}, **options):
    """Each weight in a group of its own, whose learning rate is multiplied."""
    return lambda weights: kind(
        [{"params": [weights["kernel"]], "factor": FACTORS["kernel"], **kernel},
         {"params": [weights["bias"]], "factor": FACTORS["bias"], **bias}],
        lr=1, **options,
    )


def epsilon_as_keras(group, step):
    # Keras adds epsilon before the bias correction, PyTorch after it: scaled, they are the same.
    group["eps"] = 1e-7 / math.sqrt(1 - 0.999**step)


sgd, rmsprop = torch.optim.SGD, torch.optim.RMSprop
momentum, nesterov = {"momentum": 0.9}, {"momentum": 0.8, "nesterov": True}
optimizers = [
    {"name": "sgd", "settings": {}, "steps": plain(sgd)},
    {"name": "sgd", "settings": {"sgd": momentum}, "steps": plain(sgd, **momentum)},
    {"name": "sgd", "settings": {"sgd": nesterov}, "steps": plain(sgd, **nesterov)},
    {
        "name": "sgd",
        "settings": {"sgd": {**nesterov, "weightDecay": 0.1}},
        "steps": plain(sgd, **nesterov, weight_decay=0.1),
    },
    {"name": "adamw", "settings": {"adamw": {"weightDecay": 0.2}}, "steps": run(kernel_alone_decays)},
    {
        "name": "adamw",
        "settings": {"adamw": {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, "weightDecay": 0}},
        "steps": plain(torch.optim.AdamW, betas=(0.8, 0.95), eps=1e-3, weight_decay=0),
    },
    {"name": "rmsprop", "settings": {}, "steps": plain(rmsprop)},
    {
        "name": "rmsprop",
        "settings": {"rmsprop": {"decay": 0.9, "epsilon": 1e-3, "momentum": 0.7}},
        "steps": plain(rmsprop, alpha=0.9, eps=1e-3, momentum=0.7),
    },
]


adamw_groups = grouped(torch.optim.AdamW, kernel={"weight_decay": 0.2}, bias={"weight_decay": 0})
rate_factors = [
    {"name": "adam", "settings": {}, "steps": run(grouped(torch.optim.Adam), epsilon_as_keras)},
    {"name": "adamw", "settings": {"weightDecay": 0.2}, "steps": run(adamw_groups)},
    {
        "name": "sgd",
        "settings": {"momentum": 0.8, "nesterov": True, "weightDecay": 0.1},
        "steps": run(grouped(sgd, **nesterov, weight_decay=0.1)),
    },
    {"name": "rmsprop", "settings": {"momentum": 0.7}, "steps": run(grouped(rmsprop, momentum=0.7))},
]


def clipped(limit, gradient):
    weights = {name: value.clone().requires_grad_() for name, value in start.items()}
    for name, weight in weights.items():
        weight.grad = gradient[name].clone()
    norm = torch.nn.utils.clip_grad_norm_(weights.values(), limit)
    return {
        "limit": limit,
        "norm": norm.item(),
        "gradients": {name: weight.grad.flatten().tolist() for name, weight in weights.items()},
        "given": {name: value.flatten().tolist() for name, value in gradient.items()},
    }


def rates(make, steps, rate):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    scheduler = make(optimizer)
    values = []
    for _ in range(steps):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step() if len(values) < steps else None
    return values


def schedule(name, options, make):
    return {"name": name, "options": options, "rates": rates(make, options["steps"], options["rate"])}


schedules = [
    schedule(
        "one-cycle", {"rate": 0.1, "steps": 20}, lambda o: lr_scheduler.OneCycleLR(o, 0.1, 20)
    ),
    schedule(
        "one-cycle",
        {"rate": 0.02, "steps": 7, "warmUpShare": 0.5},
        lambda o: lr_scheduler.OneCycleLR(o, 0.02, 7, pct_start=0.5),
    ),
    schedule(
        "cosine",
        {"rate": 0.1, "steps": 11, "minimum": 0.003},
        lambda o: lr_scheduler.CosineAnnealingLR(o, 11, eta_min=0.003),
    ),
    schedule(
        "poly",
        {"rate": 0.1, "steps": 9},
        lambda o: lr_scheduler.PolynomialLR(o, total_iters=9, power=0.9),
    ),
    schedule(
        "poly",
        {"rate": 0.1, "steps": 6, "power": 2},
        lambda o: lr_scheduler.PolynomialLR(o, total_iters=6, power=2),
    ),
]

golden = {
    "start": {name: value.flatten().tolist() for name, value in start.items()},
    "gradients": [
        {name: value.flatten().tolist() for name, value in step.items()} for step in gradients
    ],
    "rates": RATES,
    "optimizers": optimizers,
    "rateFactors": {"factors": FACTORS, "optimizers": rate_factors},
    "clipped": [clipped(0.5, gradients[3]), clipped(1e4, gradients[3])],
    "schedules": schedules,
}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")
