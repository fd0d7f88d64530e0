"""The same U-Net in PyTorch, written from Keras' definition: an independent judge of values and speed.

Architecture: MobileNetV2 as in keras/src/applications/mobilenet_v2.py up to `block_16_project`, skips at
`block_{1,3,6,13}_expand_relu`, a decoder of five transposed convolutions, a 1x1 sigmoid convolution.
Weights go in and out under Keras' names (`Conv1/kernel`) and in Keras' axis order (HWIO).

Debian: apt-get install python3-torch libopenblas0-pthread python3-h5py python3-pil
"""
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # PyTorch's own threads do the rest: fastest on CPUs

import math

import torch
import torch.nn.functional as F

BLOCKS = [  # filters, stride, expansion
    (16, 1, 1), (24, 2, 6), (24, 1, 6), (32, 2, 6), (32, 1, 6), (32, 1, 6), (64, 2, 6), (64, 1, 6), (64, 1, 6),
    (64, 1, 6), (96, 1, 6), (96, 1, 6), (96, 1, 6), (160, 2, 6), (160, 1, 6), (160, 1, 6), (320, 1, 6),
]
SKIPS = (13, 6, 3, 1)  # blocks whose expand_relu the decoder takes, deepest first
BN_EPSILON = 1e-3
BN_MOMENTUM = 0.999


def make_divisible(value, divisor=8):
    near = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return near + divisor if near < 0.9 * value else near


def block_prefix(index):
    return "expanded_conv_" if index == 0 else f"block_{index}_"


def weight_shapes(alpha=1.0, decoder_filters=(256, 128, 64, 32, 16)):
    """Keras name -> Keras shape of every weight, in the order of the layers."""
    shapes = {}

    def conv(name, size, channels, filters):
        shapes[f"{name}/kernel"] = (size, size, channels, filters)

    def bn(name, channels):
        for weight in ("gamma", "beta", "moving_mean", "moving_variance"):
            shapes[f"{name}/{weight}"] = (channels,)

    channels = make_divisible(32 * alpha)
    conv("Conv1", 3, 3, channels)
    bn("bn_Conv1", channels)
    skip_channels = []
    for index, (filters, _, expansion) in enumerate(BLOCKS):
        prefix, width = block_prefix(index), expansion * channels
        if index in SKIPS:
            skip_channels.insert(0, width)
        if expansion > 1:
            conv(f"{prefix}expand", 1, channels, width)
            bn(f"{prefix}expand_BN", width)
        shapes[f"{prefix}depthwise/depthwise_kernel"] = (3, 3, width, 1)
        bn(f"{prefix}depthwise_BN", width)
        channels_out = make_divisible(int(filters * alpha))
        conv(f"{prefix}project", 1, width, channels_out)
        channels = channels_out
        if index < 16:  # the bottleneck is the last projection, before its normalisation
            bn(f"{prefix}project_BN", channels)
    for stage, filters in enumerate(decoder_filters, 1):
        shapes[f"dec{stage}_up/kernel"] = (2, 2, filters, channels)
        shapes[f"dec{stage}_up/bias"] = (filters,)
        channels = filters + (skip_channels[stage - 1] if stage <= 4 else 0)
        for name in (f"dec{stage}_conv1", f"dec{stage}_conv2"):
            conv(name, 3, channels, filters)
            shapes[f"{name}/bias"] = (filters,)
            channels = filters
    conv("mask", 1, channels, 1)
    shapes["mask/bias"] = (1,)
    return shapes


def is_decoder(name):
    return name.startswith("dec") or name.startswith("mask/")


def from_keras(name, weight):
    """Keras' axis order -> PyTorch's: HWIO -> OIHW, depthwise HWC1 -> C1HW, transposed HWOI -> IOHW."""
    if weight.ndim != 4:
        return weight
    return weight.permute(2, 3, 0, 1) if name.endswith("depthwise_kernel") else weight.permute(3, 2, 0, 1)


def to_keras(name, weight):
    if weight.ndim != 4:
        return weight
    return weight.permute(2, 3, 0, 1) if name.endswith("depthwise_kernel") else weight.permute(2, 3, 1, 0)


class UNet:
    """`mode` is "full" (all layers train, batch statistics), "frozen" (encoder as Keras' frozen layers: moving
    statistics, nothing in it changes) or "inference"."""

    def __init__(self, weights, mode, dtype=torch.float32):
        self.mode = mode
        self.weights = {}
        for name, weight in weights.items():
            tensor = from_keras(name, torch.as_tensor(weight).to(dtype))
            layout = torch.channels_last if tensor.ndim == 4 else torch.contiguous_format
            self.weights[name] = tensor.clone(memory_format=layout)
        self.trainable = [name for name in self.weights if self.is_trainable(name)]
        for name in self.trainable:
            self.weights[name].requires_grad_(True)
        self.batch_statistics = {}

    def is_trainable(self, name):
        if self.mode == "inference" or "/moving_" in name:
            return False
        return self.mode == "full" or is_decoder(name)

    def normalisation(self, bn):
        return [self.weights[f"{bn}/{weight}"] for weight in ("gamma", "beta", "moving_mean", "moving_variance")]

    def conv_bn(self, x, layer, bn, stride=1):
        depthwise = layer.endswith("depthwise")
        kernel = self.weights[f"{layer}/{'depthwise_kernel' if depthwise else 'kernel'}"]
        groups = int(kernel.shape[0]) if depthwise else 1
        padding = int(kernel.shape[2]) // 2
        if stride == 2:  # TensorFlow's 'same' on an even side
            x, padding = F.pad(x, (0, 1, 0, 1)), 0
        return self.normalise(F.conv2d(x, kernel, None, stride, padding, 1, groups), bn)

    def normalise(self, x, bn):
        gamma, beta, mean, variance = self.normalisation(bn)
        if self.mode != "full":
            return F.batch_norm(x, mean, variance, gamma, beta, False, 0.0, BN_EPSILON)
        y, batch_mean, inverse_std = torch.native_batch_norm(x, gamma, beta, None, None, True, 0.0, BN_EPSILON)
        # the biased variance (divided by n), as Keras 3 and TensorFlow.js feed it to the moving average
        self.batch_statistics[bn] = (batch_mean.detach(), inverse_std.detach() ** -2 - BN_EPSILON)
        return y

    def encode(self, x):
        x = F.relu6(self.conv_bn(x, "Conv1", "bn_Conv1", 2))
        skips = []
        for index, (_, stride, expansion) in enumerate(BLOCKS):
            prefix, y = block_prefix(index), x
            if expansion > 1:
                y = F.relu6(self.conv_bn(y, f"{prefix}expand", f"{prefix}expand_BN"))
                if index in SKIPS:
                    skips.insert(0, y)
            y = F.relu6(self.conv_bn(y, f"{prefix}depthwise", f"{prefix}depthwise_BN", stride))
            if index == 16:
                return skips, F.conv2d(y, self.weights[f"{prefix}project/kernel"])
            y = self.conv_bn(y, f"{prefix}project", f"{prefix}project_BN")
            x = x + y if self.adds_input(index) else y

    def logits(self, images):
        """images: [batch, height, width, 3], 0..255 -> logits [batch, 1, height, width]."""
        dtype = self.weights["mask/bias"].dtype
        x = images.permute(0, 3, 1, 2).to(dtype) / 127.5 - 1
        with torch.set_grad_enabled(self.mode == "full"):
            skips, x = self.encode(x)
        with torch.set_grad_enabled(self.mode != "inference"):
            return self.decode(x, skips)

    def adds_input(self, index):
        kernel = self.weights[f"{block_prefix(index)}project/kernel"]
        return BLOCKS[index][1] == 1 and int(kernel.shape[1]) == BLOCKS[index][2] * int(kernel.shape[0])

    def decode(self, x, skips):
        w = self.weights
        for stage in range(1, 6):
            x = F.conv_transpose2d(x, w[f"dec{stage}_up/kernel"], w[f"dec{stage}_up/bias"], stride=2)
            if stage <= 4:
                x = torch.cat([x, skips[stage - 1]], 1)
            for layer in (f"dec{stage}_conv1", f"dec{stage}_conv2"):
                x = F.relu(F.conv2d(x, w[f"{layer}/kernel"], w[f"{layer}/bias"], padding=1))
        return F.conv2d(x, w["mask/kernel"], w["mask/bias"])

    def gradients(self, loss):
        return dict(zip(self.trainable, torch.autograd.grad(loss, [self.weights[n] for n in self.trainable])))

    @torch.no_grad()
    def move_statistics(self):
        for bn, (mean, variance) in self.batch_statistics.items():
            self.weights[f"{bn}/moving_mean"].lerp_(mean, 1 - BN_MOMENTUM)
            self.weights[f"{bn}/moving_variance"].lerp_(variance, 1 - BN_MOMENTUM)
        self.batch_statistics = {}


def loss_of(logits, masks):
    """BCE + (1 - Dice), Dice with smooth 1 over the whole batch. masks: [batch, 1, height, width] in {0, 1}."""
    probabilities = torch.sigmoid(logits)
    cross_entropy = F.binary_cross_entropy_with_logits(logits, masks)
    overlap = (probabilities * masks).sum()
    return cross_entropy + 1 - (2 * overlap + 1) / (probabilities.sum() + masks.sum() + 1)


class Adam:
    """Keras' Adam: w -= lr * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + epsilon)."""

    def __init__(self, model, learning_rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        self.learning_rate, self.beta_1, self.beta_2, self.epsilon = learning_rate, beta_1, beta_2, epsilon
        self.model, self.iterations = model, 0
        self.m = {name: torch.zeros_like(model.weights[name]) for name in model.trainable}
        self.v = {name: torch.zeros_like(model.weights[name]) for name in model.trainable}

    @torch.no_grad()
    def apply(self, gradients):
        self.iterations += 1
        correction = math.sqrt(1 - self.beta_2**self.iterations) / (1 - self.beta_1**self.iterations)
        grads, m, v = list(gradients.values()), list(self.m.values()), list(self.v.values())
        torch._foreach_mul_(m, self.beta_1)
        torch._foreach_add_(m, grads, alpha=1 - self.beta_1)
        torch._foreach_mul_(v, self.beta_2)
        torch._foreach_addcmul_(v, grads, grads, 1 - self.beta_2)
        denominators = torch._foreach_sqrt(v)
        torch._foreach_add_(denominators, self.epsilon)
        weights = [self.model.weights[name] for name in gradients]
        torch._foreach_addcdiv_(weights, m, denominators, -self.learning_rate * correction)


def train_step(model, optimizer, images, masks):
    loss = loss_of(model.logits(images), masks)
    gradients = model.gradients(loss)
    optimizer.apply(gradients)
    model.move_statistics()
    return loss.item(), gradients


def initial_weights(alpha=1.0, decoder_filters=(256, 128, 64, 32, 16), seed=0):
    """Keras' initial values: he_normal for the 3x3 decoder convolutions, glorot_uniform for the other kernels."""
    torch.manual_seed(seed)
    weights = {}
    for name, shape in weight_shapes(alpha, decoder_filters).items():
        if not name.endswith("kernel"):
            start = torch.ones if name.endswith(("gamma", "moving_variance")) else torch.zeros
            weights[name] = start(shape)
            continue
        area = shape[0] * shape[1]
        fan_in, fan_out = area * shape[2], area * shape[3]
        if "_conv" in name and is_decoder(name):
            std = math.sqrt(2 / fan_in) / 0.87962566103423978  # of the normal before it is cut at two std
            weights[name] = torch.nn.init.trunc_normal_(torch.empty(shape), 0, std, -2 * std, 2 * std)
        else:
            limit = math.sqrt(6 / (fan_in + fan_out))
            weights[name] = (torch.rand(shape) * 2 - 1) * limit
    return weights


def load_encoder(weights, path):
    """Takes the encoder's weights from Keras' own .h5 file."""
    import h5py  # only here: the benchmark does without

    with h5py.File(path) as file:
        for name in weights:
            if not is_decoder(name):
                layer, weight = name.split("/")
                weights[name] = torch.as_tensor(file[layer][layer][f"{weight}:0"][()])
