"""The guided filter with a colour guide, window by window from its definition, in float64.

    /usr/bin/python3 tests/golden/postprocess/guided_filter.py

Writes guided_filter.json. He, Sun & Tang, Guided Image Filtering (2013), equations 19 to 21: in each
window the least squares of p on the colours with eps·|a|², solved by numpy; then the mean over windows.
"""
import json
from pathlib import Path

import numpy as np

HEIGHT, WIDTH, RADIUS, EPSILON = 14, 17, 3, 1e-3
random = np.random.default_rng(42)
# Two colours with an oblique edge, and noise; the probabilities' edge is upright, and soft.
y, x = np.mgrid[:HEIGHT, :WIDTH]
left = (x + 0.4 * y < 11)[..., None]
image = np.clip(np.where(left, [200, 90, 40], [60, 120, 70]) + random.normal(0, 12, (HEIGHT, WIDTH, 3)), 0, 255)
image = image.astype(np.uint8)
p = np.clip(0.5 + (8 - x) / 6 + random.normal(0, 0.05, (HEIGHT, WIDTH)), 0, 1).astype(np.float32)

guide = image / 255
a = np.zeros((HEIGHT, WIDTH, 3))
b = np.zeros((HEIGHT, WIDTH))
window = lambda i, j: (slice(max(0, i - RADIUS), i + RADIUS + 1), slice(max(0, j - RADIUS), j + RADIUS + 1))
for i in range(HEIGHT):
    for j in range(WIDTH):
        colours = guide[window(i, j)].reshape(-1, 3)
        target = p[window(i, j)].astype(np.float64).ravel()
        centred = colours - colours.mean(0)
        sigma = centred.T @ centred / len(colours)
        a[i, j] = np.linalg.solve(sigma + EPSILON * np.eye(3), centred.T @ (target - target.mean()) / len(colours))
        b[i, j] = target.mean() - a[i, j] @ colours.mean(0)
q = np.zeros((HEIGHT, WIDTH))
for i in range(HEIGHT):
    for j in range(WIDTH):
        q[i, j] = a[window(i, j)].reshape(-1, 3).mean(0) @ guide[i, j] + b[window(i, j)].mean()

golden = {
    "widthPx": WIDTH, "heightPx": HEIGHT, "radiusPx": RADIUS, "epsilon": EPSILON,
    "image": image.ravel().tolist(),
    "map": [round(float(v), 7) for v in p.ravel()],
    "refined": [round(float(v), 7) for v in np.clip(q, 0, 1).ravel()],
}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")
