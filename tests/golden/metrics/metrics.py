"""Writes metrics.json: metrics of simulated predictions on real masks, by naive implementations that share nothing
with those of lib/metrics (scikit-image, SciPy, or loops over whole masks).

Made with scikit-image 0.19.3 and SciPy 1.10.1; run it by
`/usr/bin/python3 tests/golden/metrics/metrics.py <folder of the nuclei> <folder of the butterflies>`. The recipe of
the predictions is repeated in tests/metrics/_simulated.ts.
"""

import json
import sys
from pathlib import Path

import numpy as np
import skimage
from scipy import ndimage, optimize, stats
from skimage.io import imread
from skimage.metrics import hausdorff_distance

assert skimage.__version__.startswith("0.19"), skimage.__version__
CROSS = ndimage.generate_binary_structure(2, 1)
SQUARE = np.ones((3, 3), bool)
THRESHOLDS = [(10 + k) / 20 for k in range(10)]


# The recipe.


def read_labels(case):
    files = sorted((case / "masks").glob("*.png"))
    masks = [np.atleast_3d(imread(file))[:, :, 0] > 0 for file in files]
    if len(masks) == 1:
        return ndimage.label(masks[0], SQUARE)[0]
    labels = np.zeros(masks[0].shape, int)
    count = 0
    for mask in masks:
        free = mask & (labels == 0)
        if free.any():
            count += 1
            labels[free] = count
    return labels


def shifted(mask, right, down):
    height, width = mask.shape
    moved = np.zeros_like(mask)
    y, x = np.nonzero(mask)
    y, x = y + down, x + right
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    moved[y[inside], x[inside]] = True
    return moved


def simulate_objects(labels):
    """Object k by k % 6: dropped, shifted, eroded, kept, merged with the one before, grown; and one invented."""
    prediction = np.zeros_like(labels)
    count = labels.max()
    for k in range(1, count + 1):
        mask = labels == k
        kind = k % 6
        if kind == 0:
            continue
        if kind == 1:
            mask = shifted(mask, 2, 1)
        if kind == 2:
            mask = ndimage.binary_erosion(mask, CROSS, iterations=2)
        if kind == 5:
            mask = ndimage.binary_dilation(mask, CROSS)
        prediction[mask & (prediction == 0)] = k - 1 if kind == 4 else k
    top, left = labels.shape[0] // 3, labels.shape[1] // 3
    square = np.zeros(labels.shape, bool)
    square[top : top + 7, left : left + 7] = True
    prediction[square & (prediction == 0) & (labels == 0)] = count + 1
    return prediction


def simulate_mask(mask, index):
    """Shifted, with some blocks of 16 pixels cut out in every second case, and a square that is not there."""
    y, x = np.indices(mask.shape)
    prediction = shifted(mask, 3 + index, -2)
    if index % 2 == 1:
        prediction &= (x // 16 + y // 16) % 7 != 0
    prediction[10:30, 10 + 5 * index : 30 + 5 * index] = True
    return prediction


def simulate_probabilities(prediction):
    y, x = np.indices(prediction.shape)
    return (np.where(prediction, 560, 80) + (37 * x + 91 * y + x * y) % 420) / 1024


# Naive metrics.


def pixel_metrics(prediction, truth):
    tp, fp = (prediction & truth).sum(), (prediction & ~truth).sum()
    fn, tn = (~prediction & truth).sum(), (~prediction & ~truth).sum()
    return {
        "dice": 2 * tp / (prediction.sum() + truth.sum()),
        "iou": tp / (prediction | truth).sum(),
        "precision": tp / prediction.sum(),
        "recall": tp / truth.sum(),
        "specificity": tn / (~truth).sum(),
        "accuracy": (prediction == truth).mean(),
        "matthews": np.corrcoef(prediction.ravel(), truth.ravel())[0, 1],
    }


def border_distances(prediction, truth, structure):
    predicted = prediction & ~ndimage.binary_erosion(prediction, structure, border_value=0)
    there = truth & ~ndimage.binary_erosion(truth, structure, border_value=0)
    to_truth = ndimage.distance_transform_edt(~there)[predicted]
    to_prediction = ndimage.distance_transform_edt(~predicted)[there]
    return predicted, there, to_truth, to_prediction


def surface_metrics(prediction, truth):
    predicted, there, *distances = border_distances(prediction, truth, CROSS)
    both = np.hstack(distances)
    return {
        "hausdorff95": np.percentile(both, 95),
        "hausdorff": hausdorff_distance(predicted, there),
        "meanSurfaceDistance": both.mean(),
    }


def boundary_metrics(prediction, truth, tolerance):
    _, _, to_truth, to_prediction = border_distances(prediction, truth, SQUARE)
    precision, recall = (to_truth <= tolerance).mean(), (to_prediction <= tolerance).mean()
    return {
        "boundaryF1": stats.hmean([precision, recall]),
        "boundaryPrecision": precision,
        "boundaryRecall": recall,
    }


def instance_metrics(prediction, truth):
    predicted = [prediction == k for k in np.unique(prediction) if k > 0]
    there = [truth == k for k in np.unique(truth) if k > 0]
    iou = np.array([[(t & p).sum() / (t | p).sum() for p in predicted] for t in there])

    def matches(threshold):
        rows, columns = optimize.linear_sum_assignment(iou > threshold, maximize=True)
        return [iou[pair] for pair in zip(rows, columns) if iou[pair] > threshold]

    def precision(threshold):
        found = len(matches(threshold))
        return found / (len(predicted) + len(there) - found)

    half = matches(0.5)
    found, wrong, missed = len(half), len(predicted) - len(half), len(there) - len(half)
    recognition = found / (found + wrong / 2 + missed / 2)
    segmentation = np.mean(half)
    return {
        "dsbScore": np.mean([precision(threshold) for threshold in THRESHOLDS]),
        "precision50": precision(0.5),
        "precision75": precision(0.75),
        "recognitionQuality": recognition,
        "segmentationQuality": segmentation,
        "panopticQuality": segmentation * recognition,
        "aggregatedJaccard": aggregated_jaccard(predicted, there, iou),
    }


def aggregated_jaccard(predicted, there, iou):
    intersection = union = 0
    used = set()
    for row, t in zip(iou, there):
        best = int(np.argmax(row))
        if row[best] == 0:
            union += t.sum()
            continue
        used.add(best)
        intersection += (t & predicted[best]).sum()
        union += (t | predicted[best]).sum()
    union += sum(p.sum() for k, p in enumerate(predicted) if k not in used)
    return intersection / union


def ranking_metrics(probabilities, truth, bins):
    """From the probabilities themselves, not from a histogram of them."""
    p, y = probabilities.ravel(), truth.ravel()
    ranks = stats.rankdata(p)
    positives, negatives = y.sum(), (~y).sum()
    area = (ranks[y].sum() - positives * (positives + 1) / 2) / (positives * negatives)
    thresholds, inverse = np.unique(p, return_inverse=True)
    found = np.cumsum(np.bincount(inverse, y)[::-1])
    taken = np.cumsum(np.bincount(inverse)[::-1])
    precision, recall = found / taken, found / positives
    curve = []
    for k in range(bins):
        inside = (p >= k / bins) & (p < (k + 1) / bins)
        if inside.any():
            curve.append((p[inside].mean(), y[inside].mean(), inside.mean()))
    gaps = [abs(confidence - share) for confidence, share, _ in curve]
    return {
        "rocArea": area,
        "precisionRecallArea": np.sum(np.diff(recall, prepend=0) * precision),
        "brier": np.mean((p - y) ** 2),
        "expectedError": sum(gap * weight for gap, (_, _, weight) in zip(gaps, curve)),
        "maximumError": max(gaps),
    }


def describe(prediction, truth, tolerance=2.5, bins=16):
    probabilities = simulate_probabilities(prediction)
    quantised = (np.floor(256 * probabilities) + 0.5) / 256
    return {
        "pixel": pixel_metrics(prediction, truth),
        "surface": surface_metrics(prediction, truth),
        "boundary": boundary_metrics(prediction, truth, tolerance),
        "probabilities": ranking_metrics(probabilities, truth, bins),
        "quantised": ranking_metrics(quantised, truth, bins),
    }


def every(folder, step, count):
    return sorted(Path(folder).iterdir())[step // 2 :: step][:count]


def nuclei(folder):
    for case in every(folder, 16, 12):
        truth = read_labels(case)
        prediction = simulate_objects(truth)
        yield {
            "id": case.name,
            **describe(prediction > 0, truth > 0),
            "instance": instance_metrics(prediction, truth),
        }


def butterflies(folder):
    for index, case in enumerate(every(folder, 70, 8)):
        truth = read_labels(case) > 0
        yield {"id": case.name, **describe(simulate_mask(truth, index), truth)}


golden = {"nuclei": list(nuclei(sys.argv[1])), "butterflies": list(butterflies(sys.argv[2]))}
path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, indent=1, default=float) + "\n")
