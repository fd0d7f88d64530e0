"""What the annotation formats and measurements should give, computed by other means.

    /usr/bin/python3 annotation.py    # writes annotation.json beside this file; scikit-image 0.19, numpy

Run lengths and COCO's strings follow their definition (cocodataset.org, "Data format"; maskApi.c),
measurements are scikit-image's, and so are the lines of find_contours.
"""
import json
import os

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.measure import find_contours, label, regionprops

HEIGHT, WIDTH = 40, 60


def column_major(mask):
    return mask.T.reshape(-1)


def counts(mask):
    lengths, value, length = [], 0, 0
    for pixel in column_major(mask):
        if pixel != value:
            lengths.append(length)
            value, length = pixel, 0
        length += 1
    return [int(n) for n in lengths + [length]]


def packed(numbers):
    text = ""
    for i, number in enumerate(numbers):
        rest = number - numbers[i - 2] if i > 2 else number
        while True:
            low = rest & 31
            rest >>= 5
            is_last = rest == -1 if low & 16 else rest == 0
            text += chr(48 + low + (0 if is_last else 32))
            if is_last:
                break
    return text


def start_lengths(mask):
    padded = np.concatenate([[0], column_major(mask), [0]])
    changes = np.flatnonzero(padded[1:] != padded[:-1]) + 1
    starts, ends = changes[::2], changes[1::2]
    return " ".join(f"{start} {end - start}" for start, end in zip(starts, ends))


def measured(region):
    y, x = region.centroid
    top, left, bottom, right = region.bbox
    return {
        "areaPx": int(region.area),
        "box": {"leftPx": left, "topPx": top, "widthPx": right - left, "heightPx": bottom - top},
        "centroid": {"xPx": x + 0.5, "yPx": y + 0.5},
        "perimeterPx": region.perimeter,
        "equivalentDiameterPx": region.equivalent_diameter,
        "majorAxisPx": region.major_axis_length,
        "minorAxisPx": region.minor_axis_length,
        "eccentricity": region.eccentricity,
        "orientationRad": region.orientation,
        "solidity": region.solidity,
        "colour": list(region.mean_intensity),
    }


random = np.random.default_rng(7)
smooth = gaussian_filter(random.standard_normal((HEIGHT, WIDTH)), 2)
probability = 1 / (1 + np.exp(-smooth / smooth.std() * 2))
levels = np.round(probability * 255).astype(np.uint8)
labels = label(levels >= 140, connectivity=1)
image = random.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
masks = [labels == region.label for region in regionprops(labels)]

# find_contours counts from pixel centres, and does not close its lines at the image's edge.
interior = np.pad(levels, 1).astype(float)
lines = find_contours(interior, 139.5, fully_connected="low")
golden = {
    "widthPx": WIDTH,
    "heightPx": HEIGHT,
    "levels": levels.reshape(-1).tolist(),
    "labels": labels.reshape(-1).tolist(),
    "image": image.reshape(-1).tolist(),
    "counts": [counts(mask) for mask in masks],
    "packed": [packed(counts(mask)) for mask in masks],
    "startLengths": [start_lengths(mask) for mask in masks],
    "measurements": [measured(region) for region in regionprops(labels, intensity_image=image)],
    # Points between two pixels of the image, x and y from its corner, to 6 digits, sorted.
    "crossings": sorted(
        [round(float(x) - 0.5, 6), round(float(y) - 0.5, 6)]
        for line in lines
        for y, x in line[:-1]
        if 1 <= x <= WIDTH and 1 <= y <= HEIGHT
    ),
}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "annotation.json")
with open(path, "w") as file:
    json.dump(golden, file, separators=(",", ":"))
    file.write("\n")
