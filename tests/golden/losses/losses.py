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


def of_classes(overlap):
    """The mean over all classes of a loss of hits, false positives and false negatives of the batch."""

    def loss(z, y):
        counted = y[..., 0] != 255
        p = torch.softmax(z[counted], dim=1)
        truth = F.one_hot(y[..., 0][counted], CLASSES).double()
        return torch.stack(
            [
                overlap((q * t).sum(), (q * (1 - t)).sum(), ((1 - q) * t).sum())
                for q, t in zip(p.T, truth.T)
            ]
        ).mean()

    return loss


def class_dice(hits, fp, fn):
    return (2 * hits + 1) / (2 * hits + fp + fn + 1)


def class_tversky(alpha, beta):
    return lambda hits, fp, fn: 1 - (hits + 1) / (hits + alpha * fp + beta * fn + 1)


def class_focal(gamma):
    def loss(z, y):
        counted = y[..., 0] != 255
        log_p = F.log_softmax(z[counted], dim=1)
        of_truth = log_p.gather(1, y[..., 0][counted][:, None])
        return (-((1 - of_truth.exp()) ** gamma) * of_truth).mean()

    return loss


def lovasz_softmax(z, y):
    """As the authors' lovasz_softmax(classes="present", per_image=False, ignore=255)."""
    counted = y[..., 0] != 255
    p, labels = torch.softmax(z[counted], dim=1), y[..., 0][counted]
    losses = []
    for c in range(CLASSES):
        truth = (labels == c).double()
        if truth.sum() == 0:
            continue
        errors, order = torch.sort((truth - p[:, c]).abs(), descending=True)
        truth = truth[order]
        intersection = truth.sum() - truth.cumsum(0)
        union = truth.sum() + (1 - truth).cumsum(0)
        loss = 1 - intersection / union
        losses.append(torch.dot(errors, torch.cat([loss[:1], loss[1:] - loss[:-1]])))
    return torch.stack(losses).mean()


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


def several(loss, f, settings=None):
    """All four classes, and three of them with ignored pixels."""
    missing = torch.where(with_ignored == 2, 1, with_ignored)
    return [case(loss, settings or {}, class_logits, y, f) for y in (classes, missing)]


WEIGHED = {"crossEntropy": {"classWeights": CLASS_WEIGHTS}}
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
    *several("cross-entropy", lambda z, y: cross_entropy(z, y, None, 255)),
    *several("cross-entropy", lambda z, y: cross_entropy(z, y, CLASS_WEIGHTS, 255), WEIGHED),
    *several("dice", of_classes(lambda *n: 1 - class_dice(*n))),
    *several("log-dice", of_classes(lambda *n: -torch.log(class_dice(*n)))),
    *several("jaccard", of_classes(class_tversky(1, 1))),
    *several("tversky", of_classes(class_tversky(0.3, 0.7))),
    *several(
        "focal-tversky",
        of_classes(lambda *n: class_tversky(0.5, 0.2)(*n) ** 0.5),
        {"focalTversky": {"falsePositiveWeight": 0.5, "falseNegativeWeight": 0.2, "gamma": 2}},
    ),
    *several("focal", class_focal(2)),
    *several("focal", class_focal(0.5), {"focal": {"gamma": 0.5}}),
    *several("lovasz-softmax", lovasz_softmax),
    *several(
        "cross-entropy+dice",
        lambda z, y: cross_entropy(z, y, None, 255) + of_classes(lambda *n: 1 - class_dice(*n))(z, y),
    ),
]
Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")
