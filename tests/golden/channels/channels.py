"""Writes small TIFFs of many channels beside this file, and channels.json with what they hold.

`expected` has 8 bits: of 16, the upper ones. The values rise along each axis, so that a mix-up shows.
Made with tifffile and Pillow; run it by `/usr/bin/python3 tests/golden/channels/channels.py`.
"""

import json
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

here = Path(__file__).parent
HEIGHT, WIDTH = 4, 6
records = []


def values(channels, dtype):
    y, x, c = np.mgrid[:HEIGHT, :WIDTH, :channels]
    byte = (40 * y + 6 * x + 17 * c + 3 * (x * y * c % 5)) % 256
    return (byte * (257 if dtype == "uint16" else 1) + (5 if dtype == "uint16" else 0)).clip(0, 65535).astype(dtype)


def record(name, array, **more):
    eight = array >> 8 if array.dtype == np.uint16 else array
    records.append({"name": name, "channels": array.shape[2], "expected": eight.ravel().tolist(), **more})


def tiff(name, channels, dtype="uint8", photometric="minisblack", planar="contig", **options):
    array = values(channels, dtype)
    stored = array if planar == "contig" else array.transpose(2, 0, 1)
    extra = {"extrasamples": ["unspecified"] * (channels - 3)} if photometric == "rgb" and channels > 3 else {}
    tifffile.imwrite(here / name, stored, photometric=photometric, planarconfig=planar, **extra, **options)
    record(name, array)


tiff("two.tif", 2)
tiff("three_grey.tif", 3)
tiff("five.tif", 5)
tiff("five_16.tif", 5, "uint16")
tiff("five_rgb.tif", 5, photometric="rgb")
tiff("seven_rgb_16.tif", 7, "uint16", photometric="rgb")
tiff("five_planes.tif", 5, planar="separate")
tiff("five_planes_big.tif", 5, planar="separate", bigtiff=True, byteorder=">")
tiff("five_big.tif", 5, bigtiff=True, byteorder=">")
for name, mode, channels in [("rgba.png", "RGBA", 4), ("grey_alpha.png", "LA", 2)]:
    array = values(channels, "uint8")
    Image.fromarray(array, mode).save(here / name)
    record(name, array)
(here / "channels.json").write_text(json.dumps(records) + "\n")
