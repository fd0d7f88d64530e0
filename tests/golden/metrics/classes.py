"""Makes classes.json: metrics of three classes of Oxford-IIIT pets, by NumPy, SciPy and scikit-image.

The predictions are made up: the trimap moved by (3, 2) pixels, with the next class in every seventh square
of 16 pixels; `simulate` of classes_golden_test.ts makes the same. Trimaps hold 1 for the pet, 2 for the
background and 3 for the border between them. In the second table the border is of no class, so that
nothing is judged there; a class whose true border is unknown for the most part has no metrics of borders.

Made with scikit-image 0.19.3 and SciPy 1.10.1; run it from the repository root:
/usr/bin/python3 tests/golden/metrics/classes.py <folder with data/pets>
"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage.metrics import hausdorff_distance

IGNORED = 255
TABLES = {
    "border": {2: 0, 1: 1, 3: 2},
    "ignored": {2: 0, 1: 1, 9: 2},
}
SQUARE = np.ones((3, 3), bool)
CROSS = ndimage.generate_binary_structure(2, 1)


def classes_of(trimap, table):
    mask = np.full(trimap.shape, IGNORED, np.uint8)
    for value, number in table.items():
        mask[trimap == value] = number
    return mask


def simulate(trimap, table):
    height, width = trimap.shape
    rows = np.maximum(np.arange(height) - 2, 0)
    columns = np.maximum(np.arange(width) - 3, 0)
    moved = classes_of(trimap, {2: 0, 1: 1, 3: 2})[np.ix_(rows, columns)]
    y, x = np.mgrid[:height, :width]
    return np.where((x // 16 + y // 16) % 7 == 0, (moved + 1) % 3, moved).astype(np.uint8)


def border_of(mask, number, judged, structure):
    """Judged pixels of the class beside one that is judged and is not, or beside the edge."""
    inside = np.pad((mask == number) | ~judged, 1)
    eroded = ndimage.binary_erosion(inside, structure)[1:-1, 1:-1]
    return (mask == number) & judged & ~eroded


def distances(border, to):
    if not to.any():
        return np.full(border.sum(), np.inf)
    return ndimage.distance_transform_edt(~to)[border]


def of_class(found, truth, number, judged):
    f, t = (found == number) & judged, (truth == number) & judged
    both = int((f & t).sum())
    values = {
        "iou": both / max(1, int((f | t).sum())),
        "dice": 2 * both / max(1, int(f.sum() + t.sum())),
        "precision": both / int(f.sum()) if f.any() else None,
        "recall": both / int(t.sum()) if t.any() else None,
    }
    beside = t & ndimage.binary_dilation(~judged, CROSS)
    if beside.sum() > border_of(truth, number, judged, CROSS).sum():
        none = dict.fromkeys(["hausdorff", "hausdorff95", "meanSurfaceDistance"])
        return {**values, "boundary": [[0, 0], [0, 0]], **none}
    near = []
    tolerance = 0.0075 * float(np.hypot(*truth.shape))
    borders = [border_of(mask, number, judged, SQUARE) for mask in (found, truth)]
    for a, b in (borders, borders[::-1]):
        d = distances(a, b)
        near.append([int(a.sum()), int((d <= tolerance).sum())])
    values["boundary"] = near
    borders = [border_of(mask, number, judged, CROSS) for mask in (found, truth)]
    if borders[0].any() and borders[1].any():
        together = np.concatenate([distances(*borders), distances(*borders[::-1])])
        values["hausdorff"] = float(hausdorff_distance(*borders))
        values["hausdorff95"] = float(np.percentile(together, 95))
        values["meanSurfaceDistance"] = float(together.mean())
    else:
        values.update(hausdorff=None, hausdorff95=None, meanSurfaceDistance=None)
    return values


def judge(found, truth):
    judged = truth != IGNORED
    cells = np.bincount(truth[judged].astype(int) * 3 + found[judged], minlength=9)
    return {
        "confusion": cells.reshape(3, 3).tolist(),
        "classes": [of_class(found, truth, number, judged) for number in range(3)],
    }


shared = Path(sys.argv[1])
trimaps = sorted((shared / "data/pets/annotations/trimaps").glob("[!.]*.png"))
chosen = trimaps[:: len(trimaps) // 6][:6]
result = {name: [] for name in TABLES}
for path in chosen:
    trimap = np.array(Image.open(path))
    for name, table in TABLES.items():
        values = judge(simulate(trimap, table), classes_of(trimap, table))
        result[name].append({"id": path.stem, **values})
Path("tests/golden/metrics/classes.json").write_text(json.dumps(result) + "\n")
