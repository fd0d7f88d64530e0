"""Writes masks.json: the butterfly project's mask resize, `resize(mask, (side, side), mode="constant",
preserve_range=True) > 0`, on small random masks, and foreground fractions on nuclei if a folder is given.

Made with scikit-image 0.19.3 and SciPy; run it by
`/usr/bin/python3 tests/golden/masks.py [folder of the nuclei]`.
"""

import json
import sys
from pathlib import Path

import numpy as np
import skimage
from skimage.io import imread
from skimage.transform import resize

assert skimage.__version__.startswith("0.19"), skimage.__version__
path = Path(__file__).with_suffix(".json")


def resized_any(mask, side):
    return resize(mask, (side, side), mode="constant", preserve_range=True) > 0


def resized_nearest(mask, side):
    rows = (2 * np.arange(side) + 1) * mask.shape[0] // (2 * side)
    columns = (2 * np.arange(side) + 1) * mask.shape[1] // (2 * side)
    return mask[rows][:, columns] > 0


def text(mask):
    return "".join("1" if value else "0" for value in mask.ravel())


def small_masks():
    random = np.random.default_rng(1)
    sides = [(16, 16, 8), (9, 17, 8), (20, 13, 16), (8, 8, 16), (31, 12, 7), (5, 5, 5), (40, 7, 9), (24, 36, 12)]
    for height, width, side in sides:
        mask = np.zeros((height, width), np.uint8)
        for _ in range(3):
            mask[random.integers(height), random.integers(width)] = 255
        resized = resized_any(mask, side)
        yield {
            "heightPx": height,
            "widthPx": width,
            "sidePx": side,
            "mask": text(mask),
            "any": text(resized),
        }


def nuclei_fractions(folder, side=128):
    for case in sorted(Path(folder).iterdir())[::40]:
        masks = [imread(file) for file in sorted((case / "masks").glob("*.png"))]
        union = np.maximum.reduce(masks)
        grown = np.logical_or.reduce([resized_any(mask, side) for mask in masks])
        yield {
            "id": case.name,
            "native": float((union > 0).mean()),
            "nearest": float(resized_nearest(union, side).mean()),
            "any": float(grown.mean()),
        }


before = json.loads(path.read_text()) if path.exists() else {"nuclei": []}
nuclei = list(nuclei_fractions(sys.argv[1])) if len(sys.argv) > 1 else before["nuclei"]
golden = {"small": list(small_masks()), "nuclei": nuclei}
path.write_text(json.dumps(golden, indent=1) + "\n")
