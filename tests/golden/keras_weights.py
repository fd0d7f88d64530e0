#!/usr/bin/env python3
"""A small weights file in the layout of Keras 2's save_weights: groups layer/layer/weight:0.

Debian: apt-get install python3-h5py.  Usage: /usr/bin/python3 keras_weights.py keras_weights.h5
Layers: stem (3x3 conv, 1 -> 2), stem_bn, head (a layer that the test's model does not have), relu (no weights).
Each tensor counts up from its own hundred: stem/kernel 100, 101, ...; stem_bn/gamma 200, beta 300, ...
"""
import sys
import h5py
import numpy as np

layers = {
    "stem": [("kernel", (3, 3, 1, 2), 100)],
    "stem_bn": [("gamma", (2,), 200), ("beta", (2,), 300), ("moving_mean", (2,), 400), ("moving_variance", (2,), 500)],
    "stem_relu": [],
    "head": [("kernel", (2, 4), 600), ("bias", (4,), 700)],
}
with h5py.File(sys.argv[1], "w") as file:
    file.attrs["layer_names"] = [name.encode() for name in layers]
    for layer, weights in layers.items():
        group = file.create_group(layer)
        group.attrs["weight_names"] = [f"{layer}/{name}:0".encode() for name, _, _ in weights]
        for name, shape, start in weights:
            group[f"{layer}/{name}:0"] = np.arange(start, start + np.prod(shape), dtype="float32").reshape(shape)
