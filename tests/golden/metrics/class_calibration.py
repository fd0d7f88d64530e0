"""Makes class_calibration.json: calibration of several classes, by NumPy alone.

The probabilities are made up: a softmax of seeded numbers, sure in one case, hesitant in the other, and
wrong more often than they say. They are stored as they come out of float32, with the true classes (255:
not judged).

`exact` is confidence calibration by Guo et al. (2017), section 2: 16 ranges of equal width of the largest
probability, `from ≤ p < to`; and the multi-class Brier score. In `steps` the confidence is first replaced
by the middle of its 256th, as Papilio counts it.

Made with NumPy 1.24.2; run it from the repository root:
/usr/bin/python3 tests/golden/metrics/class_calibration.py
"""

import json
from pathlib import Path

import numpy as np

PIXELS, BINS, IGNORED = 120, 16, 255


def probabilities_of(rng, classes, scale):
    logits = scale * rng.standard_normal((PIXELS, classes))
    exps = np.exp(logits - logits.max(1, keepdims=True))
    return (exps / exps.sum(1, keepdims=True)).astype(np.float32)


def truth_of(rng, probabilities):
    flattened = probabilities.astype(float) ** 0.6
    flattened /= flattened.sum(1, keepdims=True)
    truth = np.array([rng.choice(len(row), p=row) for row in flattened])
    truth[rng.random(PIXELS) < 0.1] = IGNORED
    return truth


def calibration(confidence, right):
    rows = []
    bins = np.minimum(np.floor(confidence * BINS), BINS - 1)
    for b in np.unique(bins):
        inside = bins == b
        rows.append([inside.mean(), confidence[inside].mean(), right[inside].mean()])
    rows = np.array(rows)
    gaps = np.abs(rows[:, 1] - rows[:, 2])
    return {"expectedError": (rows[:, 0] * gaps).sum(), "maximumError": gaps.max(), "rows": rows.tolist()}


def case(seed, classes, scale):
    rng = np.random.default_rng(seed)
    probabilities = probabilities_of(rng, classes, scale)
    truth = truth_of(rng, probabilities)
    judged = truth != IGNORED
    p, t = probabilities[judged].astype(float), truth[judged]
    confidence, right = p.max(1), (p.argmax(1) == t).astype(float)
    steps = np.minimum(1, (np.floor(confidence * 256) + 0.5) / 256)
    return {
        "classes": classes,
        "probabilities": probabilities.ravel().tolist(),
        "truth": truth.tolist(),
        "exact": calibration(confidence, right),
        "steps": calibration(steps, right),
        "brierScore": ((p - np.eye(classes)[t]) ** 2).sum(1).mean(),
    }


cases = {"sure": case(1, 3, 4.0), "hesitant": case(2, 5, 1.0), "two": case(3, 2, 2.0)}
path = Path("tests/golden/metrics/class_calibration.json")
path.write_text(json.dumps(cases) + "\n")
