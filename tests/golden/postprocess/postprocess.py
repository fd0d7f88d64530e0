"""Morphology and watershed of real masks by scikit-image and SciPy, for tests/predict/postprocess.

    /usr/bin/python3 tests/golden/postprocess/postprocess.py <folder with data/nuclei and data/butterflies>

Writes postprocess.json: for each mask, area and SHA-256 of each result's bytes (0 and 1, row-major); and
<id>_labels.png, 16 bits: the watershed of the depths from the parts of the mask eroded by a disk.
Made with scikit-image 0.19.3, SciPy 1.10.1, NumPy 1.24.2.
"""
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage.measure import label
from skimage.morphology import (binary_closing, binary_dilation, binary_erosion, binary_opening,
                                disk, remove_small_objects)
from skimage.segmentation import watershed

HERE = Path(__file__).parent
DATA = Path(sys.argv[1]) / "data"
CASES = ["nuclei/" + name for name in sorted(p.name for p in (DATA / "nuclei").iterdir())[3:230:45]]
CASES += ["butterflies/0010001"]


def read_mask(folder):
    union = None
    for path in sorted((folder / "masks").iterdir()):
        mask = np.array(Image.open(path).convert("L")) > 127
        union = mask if union is None else union | mask
    return union


def summary(mask):
    data = np.ascontiguousarray(mask, dtype=np.uint8)
    return {"areaPx": int(data.sum()), "sha256": hashlib.sha256(data.tobytes()).hexdigest()}


def results(mask):
    large = int(np.median(np.bincount(label(mask, connectivity=2).ravel())[1:]))
    return {
        "widthPx": mask.shape[1],
        "heightPx": mask.shape[0],
        "mask": summary(mask),
        "dilate3": summary(binary_dilation(mask, disk(3))),
        "erode2": summary(binary_erosion(mask, disk(2))),
        "open1": summary(binary_opening(mask, disk(1))),
        "open4": summary(binary_opening(mask, disk(4))),
        "close2": summary(binary_closing(mask, disk(2))),
        "close5": summary(binary_closing(mask, disk(5))),
        "fillHoles": summary(ndimage.binary_fill_holes(~mask)),
        "smallAreaPx": large,
        "removeSmall4": summary(remove_small_objects(mask, large, connectivity=1)),
        "removeSmall8": summary(remove_small_objects(mask, large, connectivity=2)),
    }


def split(mask):
    depth = ndimage.distance_transform_edt(mask).astype(np.float32)
    markers = label(binary_erosion(mask, disk(4)), connectivity=2)
    return watershed(-depth, markers, mask=mask), int(markers.max())


golden = []
for case in CASES:
    mask = read_mask(DATA / case)
    entry = {"case": case, **results(mask)}
    if case.startswith("nuclei"):
        labels, entry["markers"] = split(mask)
        entry["labels"] = case.split("/")[1][:8] + "_labels.png"
        Image.fromarray(labels.astype(np.uint16)).save(HERE / entry["labels"], optimize=True)
    golden.append(entry)
(HERE / "postprocess.json").write_text(json.dumps(golden, indent=1) + "\n")
