"""Writes comparison.json: p-values and bootstrap intervals of paired values by SciPy 1.10.1; run it by
`/usr/bin/python3 tests/golden/metrics/comparison.py`.
"""

import json
from pathlib import Path

import numpy as np
import scipy
from scipy import stats

assert scipy.__version__.startswith("1.10"), scipy.__version__
RESAMPLES = 200_000


def compare(first, second):
    # "samples" exchanges the two values of each pair.
    test = stats.permutation_test((first, second), lambda a, b: np.mean(b - a), permutation_type="samples",
                                  n_resamples=np.inf, vectorized=False)
    interval = stats.bootstrap((second - first,), np.mean, n_resamples=RESAMPLES, method="percentile", random_state=1,
                               batch=1000).confidence_interval
    return {
        "first": first.tolist(),
        "second": second.tolist(),
        "difference": np.mean(second - first),
        "pValue": test.pvalue,
        "low": interval.low,
        "high": interval.high,
    }


def examples():
    random = np.random.default_rng(1)
    for images, gain in [(3, 0.05), (7, 0.02), (10, 0.0), (12, 0.01), (12, 0.03)]:
        first = random.uniform(0.6, 0.95, images).round(3)
        yield compare(first, (first + gain + random.normal(0, 0.02, images)).round(3))


def interval(values, statistic, **options):
    low, high = stats.bootstrap((values,), statistic, n_resamples=RESAMPLES, method="percentile", random_state=2,
                                batch=1000, **options).confidence_interval
    return {"values": values.tolist(), "value": statistic(values), "low": low, "high": high}


values = np.random.default_rng(2).beta(8, 2, 40).round(3)
golden = {"pairs": list(examples()), "mean": interval(values, np.mean)}
path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, indent=1, default=float) + "\n")
