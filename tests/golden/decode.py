"""Writes decode.json: Pillow's resize of a small image, as reference for decodeResized: Lanczos for sides
that shrink, then bicubic for sides that grow.

Made with Pillow; run it by `/usr/bin/python3 tests/golden/decode.py`.
"""

import base64
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

rows, columns = np.mgrid[0:45, 0:70]
image = np.stack(
    [
        127 + 100 * np.sin(rows / 3.0) * np.cos(columns / 5.0),
        (rows * 5 + columns * 2) % 256,
        np.where((rows // 6 + columns // 6) % 2 == 0, 220, 30),
    ],
    axis=-1,
).round().astype(np.uint8)

png = io.BytesIO()
Image.fromarray(image).save(png, "png")


def resized(side):
    width, height = min(side, image.shape[1]), min(side, image.shape[0])
    shrunk = Image.fromarray(image).resize((width, height), Image.LANCZOS)
    return np.asarray(shrunk.resize((side, side), Image.BICUBIC)).ravel().tolist()


golden = {"png": base64.b64encode(png.getvalue()).decode(), "resized": {side: resized(side) for side in (20, 32, 60, 90)}}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
