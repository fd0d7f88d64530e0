"""Losses and their gradients by PyTorch's autograd in float64; writes losses.json.

/usr/bin/python3 tests/golden/losses/losses.py
"""

import json
from pathlib import Path

import torch
from scipy.ndimage import distance_transform_edt
from torch.nn import functional as F

torch.manual_seed(11)
SHAPE = (2, 5, 6, 1)
CLASSES = 4
# No two hinge errors of an image within 0.1: else the kinks of the Lovasz hinge spoil its slopes.
logits = ((torch.randperm(60).reshape(SHAPE) - 30) * 0.2 + 0.05).float().double().requires_grad_()
masks = (torch.rand(SHAPE) < 0.35).double()
class_logits = (torch.randn((2, 3, 4, CLASSES), dtype=torch.float64) * 3).float().double()
class_logits.requires_grad_()
classes = torch.randint(0, CLASSES, (2, 3, 4, 1))
with_ignored = classes.clone()
with_ignored[torch.rand(classes.shape) < 0.3] = 255
CLASS_WEIGHTS = [0.5, 1.0, 2.0, 3.5]


def dice(z, y):
    p = torch.sigmoid(z)
    return (2 * (p * y).sum() + 1) / (p.sum() + y.sum() + 1)


def jaccard(z, y):
    p = torch.sigmoid(z)
    both = (p * y).sum()
    return (both + 1) / (p.sum() + y.sum() - both + 1)


def focal(z, y, gamma, alpha):
    p = torch.sigmoid(z)
    of_truth = torch.where(y == 1, p, 1 - p)
    balance = torch.where(y == 1, torch.full_like(z, alpha), torch.full_like(z, 1 - alpha))
    return (-balance * (1 - of_truth) ** gamma * torch.log(of_truth)).mean()


def tversky(z, y, alpha, beta):
    p = torch.sigmoid(z)
    hits = (p * y).sum()
    index = (hits + 1) / (hits + alpha * (p * (1 - y)).sum() + beta * ((1 - p) * y).sum() + 1)
    return 1 - index


def lovasz_hinge(z, y):
    """Algorithm 1 of Berman 2018 as written there: differences of neighbouring Jaccard losses."""
    losses = []
    for logits, labels in zip(z.flatten(1), y.flatten(1)):
        errors, order = torch.sort(1 - logits * (2 * labels - 1), descending=True)
        truth = labels[order]
        intersection = truth.sum() - truth.cumsum(0)
        union = truth.sum() + (1 - truth).cumsum(0)
        loss = 1 - intersection / union
        steps = torch.cat([loss[:1], loss[1:] - loss[:-1]])
        losses.append(torch.dot(F.relu(errors), steps))
    return torch.stack(losses).mean()


def border_weights(y, weight, sigma):
    maps = []
    for mask in y[..., 0].numpy():
        depth = distance_transform_edt(mask) + distance_transform_edt(1 - mask)
        maps.append(1 + weight * torch.exp(-torch.tensor(depth) ** 2 / (2 * sigma**2)))
    return torch.stack(maps)[..., None]


def border_bce(z, y, weight, sigma):
    w = border_weights(y, weight, sigma)
    return (w * F.binary_cross_entropy_with_logits(z, y, reduction="none")).sum() / w.sum()


def bce(z, y):
    return F.binary_cross_entropy_with_logits(z, y)


def cross_entropy(z, y, weights=None, ignored=-100):
    weight = None if weights is None else torch.tensor(weights, dtype=torch.float64)
    return F.cross_entropy(
        z.permute(0, 3, 1, 2), y[..., 0], weight=weight, ignore_index=ignored
    )


def case(loss, settings, z, y, f):
    value = f(z, y)
    (gradient,) = torch.autograd.grad(value, z)
    return {
        "loss": loss,
        "settings": settings,
        "logits": {"shape": z.shape, "data": z.flatten().tolist()},
        "masks": {"shape": y.shape, "data": y.flatten().tolist()},
        "value": value.item(),
        "gradient": gradient.flatten().tolist(),
    }


def binary(loss, f, settings=None):
    return case(loss, settings or {}, logits, masks, f)


def one_hot(labels):
    return F.one_hot(labels[..., 0], CLASSES).double()


def of_one_hot(weights=None):
    return lambda z, y: cross_entropy(z, y.argmax(3, keepdim=True), weights)


sparse, categorical = "sparse-categorical-cross-entropy", "categorical-cross-entropy"
weighed = {"categorical": {"classWeights": CLASS_WEIGHTS}}
golden = [
    binary("bce", bce),
    binary("dice", lambda z, y: 1 - dice(z, y)),
    binary("log-dice", lambda z, y: -torch.log(dice(z, y))),
    binary("jaccard", lambda z, y: 1 - jaccard(z, y)),
    binary("bce+dice", lambda z, y: bce(z, y) + 1 - dice(z, y)),
    binary("bce+log-dice", lambda z, y: bce(z, y) - torch.log(dice(z, y))),
    binary("bce+jaccard", lambda z, y: bce(z, y) + 1 - jaccard(z, y)),
    binary("0.5*bce + 2*jaccard", lambda z, y: 0.5 * bce(z, y) + 2 * (1 - jaccard(z, y))),
    binary("focal", lambda z, y: focal(z, y, 2, 0.25)),
    binary(
        "focal", lambda z, y: focal(z, y, 1.5, 0.6), {"focal": {"gamma": 1.5, "alpha": 0.6}}
    ),
    binary("tversky", lambda z, y: tversky(z, y, 0.3, 0.7)),
    binary(
        "tversky",
        lambda z, y: tversky(z, y, 0.9, 0.2),
        {"tversky": {"falsePositiveWeight": 0.9, "falseNegativeWeight": 0.2}},
    ),
    binary("focal-tversky", lambda z, y: tversky(z, y, 0.3, 0.7) ** 0.75),
    binary(
        "focal-tversky",
        lambda z, y: tversky(z, y, 0.5, 0.5) ** 0.5,
        {"focalTversky": {"falsePositiveWeight": 0.5, "falseNegativeWeight": 0.5, "gamma": 2}},
    ),
    binary("lovasz-hinge", lovasz_hinge),
    binary("border-bce", lambda z, y: border_bce(z, y, 10, 5)),
    binary(
        "border-bce",
        lambda z, y: border_bce(z, y, 3, 1.5),
        {"border": {"borderWeight": 3, "sigmaPx": 1.5}},
    ),
    case(categorical, {}, class_logits, one_hot(classes), of_one_hot()),
    case(categorical, weighed, class_logits, one_hot(classes), of_one_hot(CLASS_WEIGHTS)),
    case(sparse, {}, class_logits, classes, cross_entropy),
    case(
        sparse,
        {"categorical": {"classWeights": CLASS_WEIGHTS, "ignoreIndex": 255}},
        class_logits,
        with_ignored,
        lambda z, y: cross_entropy(z, y, CLASS_WEIGHTS, 255),
    ),
    case(
        sparse,
        {"categorical": {"ignoreIndex": 0}},
        class_logits,
        classes,
        lambda z, y: cross_entropy(z, y, None, 0),
    ),
]
Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")
