"""Writes images of 12 bits in 16, and of 8, beside this file, and intensities.json with what they become.

Percentiles are NumPy's, by its default (linear interpolation): of all channels together (`image`), and of
each (`each`), then `round(255 (v - low) / (high - low))`, cut at 0 and 255. Made with tifffile and Pillow;
run it by `/usr/bin/python3 tests/golden/intensities/intensities.py`.
"""

import json
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

here = Path(__file__).parent
HEIGHT, WIDTH = 20, 26
random = np.random.default_rng(12)
records = []


def stretched(values):
    low, high = np.percentile(values, [0.1, 99.9])
    share = (values.astype(float) - low) / (high - low)
    return {"low": low, "high": high, "bytes": np.floor(255 * share.clip(0, 1) + 0.5).astype(int).ravel().tolist()}


def record(name, array):
    planes = array.reshape(HEIGHT, WIDTH, -1)
    each = [stretched(planes[..., c]) for c in range(planes.shape[2])]
    records.append({"name": name, "channels": planes.shape[2], "image": stretched(array), "each": each})


y, x = np.mgrid[:HEIGHT, :WIDTH]
spots = np.exp(-((x % 13 - 6) ** 2 + (y % 11 - 5) ** 2) / 12)
grey = (random.gamma(4, 45, spots.shape) + 1500 * spots).clip(0, 4095).astype(np.uint16)
grey[3, 4] = 4095  # A hot pixel.
rgb = np.stack([grey, grey // 2 + 60, 900 - grey // 5], axis=2).astype(np.uint16)
bands = np.concatenate([rgb, rgb[..., :1] * 8, 3 * rgb[..., 1:2] // 4], axis=2)
eight = (grey // 16).astype(np.uint8)
for name, array in [("grey.tif", grey), ("rgb.tif", rgb), ("bands.tif", bands)]:
    photometric = "rgb" if name == "rgb.tif" else "minisblack"
    planar = {"planarconfig": "contig"} if array.ndim == 3 else {}
    tifffile.imwrite(here / name, array, photometric=photometric, compression="zlib", **planar)
    record(name, array)
Image.fromarray(grey).save(here / "grey.png")
record("grey.png", grey)
Image.fromarray(eight).save(here / "eight.png")
record("eight.png", eight)
tifffile.imwrite(here / "eight_in_12.tif", eight.astype(np.uint16) * 16, photometric="minisblack", compression="zlib")
record("eight_in_12.tif", eight.astype(np.uint16) * 16)
(here / "intensities.json").write_text(json.dumps(records) + "\n")
