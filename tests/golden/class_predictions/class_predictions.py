"""Masks of classes by NumPy, SciPy and Pillow: python3 class_predictions.py, in this folder."""

import json

import numpy as np
from PIL import Image
from scipy import ndimage

rng = np.random.default_rng(7)
SIDE, CLASSES, SIZE = 6, 3, (11, 17)  # Height, width.

logits = rng.normal(0, 2, (SIDE, SIDE, CLASSES))
probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
probabilities[0, 0] = [0.2, 0.4, 0.4]  # Of equals the first.
probabilities = probabilities.astype(np.float32)

rows, columns = [((np.arange(n) + 0.5) * SIDE / n) for n in SIZE]
nearest = probabilities[rows.astype(int)][:, columns.astype(int)].argmax(-1)
places = np.meshgrid(rows - 0.5, columns - 0.5, indexing="ij")
smooth = np.stack(
    [
        ndimage.map_coordinates(probabilities[..., c].astype(float), places, order=1, mode="nearest")
        for c in range(CLASSES)
    ],
    -1,
).argmax(-1)

# Blobs of classes 1 and 2 on background, with holes and specks.
field = ndimage.gaussian_filter(rng.normal(size=(CLASSES, 40, 50)), (0, 1.2, 1.2))
blobs = field.argmax(0)
blobs[:, 25:][ndimage.gaussian_filter(rng.normal(size=(40, 25)), 1) > 0.2] = 1


def part_sizes(mask):
    labels, count = ndimage.label(mask, np.ones((3, 3)))
    return labels, ndimage.sum(mask, labels, np.arange(count + 1))


def of_each(mask, step):
    mask = mask.copy()
    for number in (1, 2):
        before = mask == number
        after = step(before)
        mask[before & ~after] = 0
        mask[(mask == 0) & after] = number
    return mask


def min_area(mask, area=12):
    labels, sizes = part_sizes(mask)
    return (labels > 0) & (sizes[labels] >= area)


def largest(mask):
    labels, sizes = part_sizes(mask)
    return (labels > 0) & (labels == sizes[1:].argmax() + 1)


def filled(mask):
    return of_each(mask, ndimage.binary_fill_holes)


steps = {
    "minArea": of_each(blobs, min_area),
    "largest": of_each(blobs, largest),
    "fillHoles": filled(blobs),
    # Once more at the end: a speck that is removed leaves a hole in the class around.
    "fillHoles minArea": filled(of_each(filled(blobs), min_area)),
}

# An overlay: contours of one pixel to each side of a border, a tint elsewhere; -1 where a background
# pixel touches both classes.
colours = np.array([[255, 255, 255], [0x56, 0xB4, 0xE9], [0xE6, 0x9F, 0x00]])
photo = rng.integers(0, 256, (*blobs.shape, 3))
near = []
for axis, shift in ((0, 1), (0, -1), (1, 1), (1, -1)):
    other = np.roll(blobs, shift, axis)
    edge = [slice(None)] * 2
    edge[axis] = 0 if shift == 1 else -1
    other[tuple(edge)] = blobs[tuple(edge)]
    near.append(other)
near = np.stack(near)
border = (near != blobs).any(0)
overlay = photo.astype(float)
tinted = (blobs > 0) & ~border
overlay[tinted] += 0.35 * (colours[blobs[tinted]] - overlay[tinted])
overlay = np.floor(overlay + 0.5).astype(int)
overlay[border & (blobs > 0)] = colours[blobs[border & (blobs > 0)]]
outside = border & (blobs == 0)
overlay[outside] = colours[near.max(0)[outside]]
overlay[outside & (near == 1).any(0) & (near == 2).any(0)] = -1

picture = Image.fromarray(blobs.astype(np.uint8), "P")
picture.putpalette(colours.astype(np.uint8).tobytes())
picture.save("blobs.png")

text = lambda array: "".join(str(v) for v in array.ravel())
with open("class_predictions.json", "w") as file:
    json.dump(
        {
            "side": SIDE,
            "size": {"heightPx": SIZE[0], "widthPx": SIZE[1]},
            "probabilities": [float(v) for v in probabilities.ravel()],
            "nearest": text(nearest),
            "bilinear": text(smooth),
            "blobs": {"heightPx": blobs.shape[0], "widthPx": blobs.shape[1], "data": text(blobs)},
            "steps": {name: text(mask) for name, mask in steps.items()},
            "photo": photo.ravel().tolist(),
            "overlay": overlay.ravel().tolist(),
        },
        file,
        separators=(",", ":"),
    )
