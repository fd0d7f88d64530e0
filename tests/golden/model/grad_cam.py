"""Golden Grad-CAM maps of a small U-Net, in float64, by PyTorch's autograd.

    /usr/bin/python3 tests/golden/model/grad_cam.py > tests/golden/model/grad_cam.json

Weights, images and masks are those of ../unet_step.py at its first step. Two scores for each image: the mean
logit over the disc of its mask, and the mean of the negative logit there; with the mean of the gradients as
weights (Grad-CAM), and with each place's own (HiResCAM).
"""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from unet_step import SEED, UNet, describe, start_images, start_masks, start_weights, torch
import torch.nn.functional as F

TAPS = ["block_13_expand_relu", "block_6_expand_relu", "block_3_expand_relu", "block_1_expand_relu"]


def forward(model, image):
    """Logits, and the feature maps by their layers' names."""
    x = image.permute(0, 3, 1, 2).double() / 127.5 - 1
    skips, x = model.encode(x.requires_grad_(True))
    features = {**dict(zip(TAPS, skips)), "block_16_project": x}
    w = model.weights
    for stage in range(1, 6):
        x = F.conv_transpose2d(x, w[f"dec{stage}_up/kernel"], w[f"dec{stage}_up/bias"], stride=2)
        x = torch.cat([x, skips[stage - 1]], 1) if stage <= 4 else x
        for layer in (f"dec{stage}_conv1", f"dec{stage}_conv2"):
            x = F.relu(F.conv2d(x, w[f"{layer}/kernel"], w[f"{layer}/bias"], padding=1))
        features[f"dec{stage}_conv2"] = x
    return F.conv2d(x, w["mask/kernel"], w["mask/bias"]), features


def grad_cam(image, mask, sign, weighting):
    model = UNet(start_weights(SEED, 0, "inference"), "inference", torch.float64)
    logits, features = forward(model, image)
    score = sign * logits[mask > 0].mean()
    gradients = torch.autograd.grad(score, list(features.values()))
    weights = [g.mean((2, 3), keepdim=True) if weighting == "mean" else g for g in gradients]
    maps = {name: F.relu((a * w).sum(1)).detach().contiguous()
            for (name, a), w in zip(features.items(), weights)}
    return {name: describe(name, m) for name, m in maps.items()}


def main():
    images, masks = start_images(SEED), start_masks()
    cases = [{"image": n, "sign": sign, "weighting": weighting,
              "maps": grad_cam(images[n:n + 1], masks[n:n + 1], sign, weighting)}
             for n in range(len(images)) for weighting in ("mean", "local") for sign in (1, -1)]
    print(json.dumps(cases, separators=(",", ":")))


if __name__ == "__main__":
    main()
