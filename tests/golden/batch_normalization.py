#!/usr/bin/env python3
"""Golden values of batch normalization in training mode and its gradients, by PyTorch in float64.

Debian: apt-get install python3-torch.  Usage: /usr/bin/python3 batch_normalization.py > batch_normalization.json
x is NHWC [2, 3, 4, 5] with a mean and a deviation of its own in each channel; the loss is sum(y * dy).
Keras' meaning: biased variance, moving = momentum * moving + (1 - momentum) * batch.
"""
import json
import torch

torch.manual_seed(3)
shape, epsilon, momentum = (2, 3, 4, 5), 1e-3, 0.9
x = torch.randn(shape).double() * torch.tensor([1, 0.1, 3, 0.01, 2]) + torch.tensor([0, 1, -2, 0.5, 4])
x = x.float().double().requires_grad_()
gamma = torch.tensor([1.0, 0.5, -2.0, 3.0, 0.0]).double().requires_grad_()
beta = torch.tensor([0.0, 1.0, 0.25, -1.0, 2.0]).double().requires_grad_()
dy = torch.randn(shape).float().double()
mean = x.mean((0, 1, 2))
variance = ((x - mean) ** 2).mean((0, 1, 2))
y = (x - mean) / torch.sqrt(variance + epsilon) * gamma + beta
(y * dy).sum().backward()
values = lambda t: t.detach().flatten().tolist()
print(json.dumps({
    "shape": shape, "epsilon": epsilon, "momentum": momentum,
    "x": values(x), "gamma": values(gamma), "beta": values(beta), "dy": values(dy),
    "y": values(y), "mean": values(mean), "variance": values(variance),
    "dx": values(x.grad), "dGamma": values(gamma.grad), "dBeta": values(beta.grad),
    "movingMean": values(mean * (1 - momentum)),
    "movingVariance": values(momentum + variance * (1 - momentum)),
}, indent=1))
