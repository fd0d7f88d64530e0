"""Writes the golden masks of classes beside this file, by NumPy and Pillow alone.

pets.json: of a few trimaps as the classes 2 (background), 1 (pet), 3 (border) in this order, the pixels of
each class, and SHA-256 of the class numbers, native and scaled to 128×128 by nearest neighbour.

parts/: wings, body and antennae of a drawn butterfly, each grown so that they overlap, and expected.png:
the numbers of background (what is left), wings, body, antennae, where later ones lie uppermost; and
without_rest.png: the numbers of body, wings, antennae, 255 where there is none.

Run it by `/usr/bin/python3 tests/golden/classes/classes.py <pets> <drawn case>`.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import binary_dilation

here = Path(__file__).parent


def digest(values):
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def nearest(values, side):
    rows = (2 * np.arange(side) + 1) * values.shape[0] // (2 * side)
    columns = (2 * np.arange(side) + 1) * values.shape[1] // (2 * side)
    return values[rows][:, columns]


def pet(trimaps, name):
    trimap = np.asarray(Image.open(trimaps / f"{name}.png"))
    classes = np.select([trimap == 2, trimap == 1, trimap == 3], [0, 1, 2], 255).astype(np.uint8)
    return {
        "id": name,
        "pixels": [int((classes == i).sum()) for i in range(3)],
        "native": digest(classes),
        "nearest": digest(nearest(classes, 128)),
    }


def painted(shape, layers, below):
    classes = np.full(shape, below, np.uint8)
    for number, layer in layers:
        classes[layer] = number
    return Image.fromarray(classes)


def parts(case):
    names = ["wings", "body", "antennae"]
    drawn = {name: np.asarray(Image.open(case / "parts" / f"{name}.png")) > 127 for name in names}
    grown = {name: binary_dilation(layer, iterations=2) for name, layer in drawn.items()}
    for name, layer in grown.items():
        Image.fromarray(layer.astype(np.uint8) * 255).save(here / "parts" / f"{name}.png")
    wings, body, antennae = (grown[name] for name in names)
    assert (wings & body).any() and (body & antennae).any()
    painted(wings.shape, [(1, wings), (2, body), (3, antennae)], 0).save(here / "parts" / "expected.png")
    painted(wings.shape, [(0, body), (1, wings), (2, antennae)], 255).save(here / "parts" / "without_rest.png")


trimaps = Path(sys.argv[1]) / "annotations" / "trimaps"
(here / "parts").mkdir(exist_ok=True)
names = sorted(path.stem for path in trimaps.glob("[!.]*.png"))[::50]
records = [pet(trimaps, name) for name in names]
(here / "pets.json").write_text(json.dumps(records, indent=1) + "\n")
parts(Path(sys.argv[2]))
