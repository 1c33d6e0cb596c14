"""Reference numbers for the tests of Networks, made by PyTorch.

Writes Tests/NetworksTests/Fixtures/layers.json, optimizers.json and python.safetensors:

    python3 Tools/reference/networks.py

The files say which version of torch made them. Numbers are Float64 unless said otherwise.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

FIXTURES = pathlib.Path(__file__).parents[2] / "Tests/NetworksTests/Fixtures"


def draw(*shape):
    """Normal numbers rounded to 1/1024, which are exact and short in print."""
    return (torch.randn(*shape, dtype=torch.float64) * 1024).round() / 1024


def packed(tensor):
    """A tensor as JSON: every number with the digits that give it back exactly."""
    tensor = tensor.detach()
    return {"shape": list(tensor.shape), "values": tensor.flatten().tolist()}


# Layers -----------------------------------------------------------------------------------------


class SelfAttention(nn.MultiheadAttention):
    def forward(self, x):
        mask = None
        if self.causal:
            mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1], dtype=x.dtype)
        return super().forward(x, x, x, attn_mask=mask, need_weights=False)[0]


def attention(causal, **options):
    layer = SelfAttention(4, 2, batch_first=True, **options)
    layer.causal = causal
    return layer


class Recurrent(nn.Module):
    """Only the outputs, without the last state."""

    def __new__(cls, layer):
        forward = layer.forward
        layer.forward = lambda x: forward(x)[0]
        return layer


def layers():
    """Name: (layer, input, whether it is training)."""
    x1, x2 = (2, 4, 7), (2, 4, 5, 4)
    flat, sequence = (5, 4), (2, 4, 4)
    yield "Linear", nn.Linear(4, 3), flat, False
    yield "Convolution1D", nn.Conv1d(4, 6, 3), x1, False
    yield "Convolution1D strided", nn.Conv1d(
        4, 6, 3, stride=2, padding=2, dilation=2, groups=2, bias=False
    ), x1, False
    yield "Convolution2D", nn.Conv2d(4, 6, 3), x2, False
    yield "Convolution2D strided", nn.Conv2d(
        4, 6, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2, bias=False
    ), x2, False
    yield "TransposedConvolution2D", nn.ConvTranspose2d(4, 6, 3), x2, False
    yield "TransposedConvolution2D strided", nn.ConvTranspose2d(
        4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, dilation=2, bias=False
    ), x2, False
    yield "MaxPool", nn.MaxPool1d(3, stride=2, padding=1), x1, False
    yield "MaxPool of images", nn.MaxPool2d(2), x2, False
    yield "AveragePool", nn.AvgPool1d(3, stride=2, padding=1), x1, False
    yield "AveragePool of images", nn.AvgPool2d(2), x2, False
    yield "AdaptiveMaxPool", nn.AdaptiveMaxPool1d(4), x1, False
    yield "AdaptiveMaxPool of images", nn.AdaptiveMaxPool2d((3, 2)), x2, False
    yield "AdaptiveAveragePool", nn.AdaptiveAvgPool1d(4), x1, False
    yield "AdaptiveAveragePool of images", nn.AdaptiveAvgPool2d((3, 2)), x2, False
    for training in (False, True):
        mode = " training" if training else ""
        yield "BatchNorm" + mode, nn.BatchNorm1d(4), flat, training
        yield "BatchNorm of images" + mode, nn.BatchNorm2d(4), x2, training
    yield "BatchNorm cumulative training", nn.BatchNorm1d(4, momentum=None), flat, True
    yield "LayerNorm", nn.LayerNorm(4), sequence, False
    yield "GroupNorm", nn.GroupNorm(2, 4), x2, False
    yield "Embedding", nn.Embedding(7, 3), None, False
    yield "MultiHeadAttention", attention(False), (2, 4, 4), False
    yield "MultiHeadAttention causal", attention(True, bias=False), (2, 4, 4), False
    yield "LSTM", Recurrent(nn.LSTM(4, 3, batch_first=True)), sequence, False
    yield "LSTM stacked both ways", Recurrent(
        nn.LSTM(4, 3, num_layers=2, bidirectional=True, batch_first=True)
    ), sequence, False
    yield "GRU", Recurrent(nn.GRU(4, 3, batch_first=True)), sequence, False
    yield "GRU stacked both ways", Recurrent(
        nn.GRU(4, 3, num_layers=2, bidirectional=True, batch_first=True, bias=False)
    ), sequence, False
    yield "Flatten", nn.Flatten(), x1, False
    for name, activation in {
        "relu": nn.ReLU(),
        "tanh": nn.Tanh(),
        "sigmoid": nn.Sigmoid(),
        "gelu": nn.GELU(),
        "silu": nn.SiLU(),
        "elu": nn.ELU(),
        "leakyReLU": nn.LeakyReLU(),
        "softplus": nn.Softplus(),
        "hardSwish": nn.Hardswish(),
    }.items():
        yield name, activation, (3, 4), False


def encoders():
    """Transformer layers; they join behind the optimizers, whose numbers stay as they are."""
    for name, first in (("TransformerEncoderLayer", True), ("TransformerEncoderLayer post", False)):
        yield name, nn.TransformerEncoderLayer(
            4, 2, 6, dropout=0.0, activation="gelu" if first else "relu", batch_first=True,
            norm_first=first,
        ), (2, 4, 4), False


def layer_case(name, layer, shape, training):
    """Loss = sum of output·cotangent; its gradients with respect to the input and parameters."""
    layer.double().train(training)
    with torch.no_grad():
        for parameter in layer.parameters():  # also those that start as 0 or 1
            parameter.copy_(draw(*parameter.shape) / 2)
        for key, buffer in layer.named_buffers():
            if "running" in key:
                buffer.copy_(draw(*buffer.shape).abs() + 0.5)
    before = {key: packed(value) for key, value in layer.state_dict().items()}
    if shape is None:
        x = torch.tensor([[0, 6, 2], [2, 2, 5]])
    else:
        x = draw(*shape).requires_grad_()
    y = layer(x)
    cotangent = draw(*y.shape)
    (y * cotangent).sum().backward()
    return {
        "name": name,
        "isTraining": training,
        "input": packed(x),
        "parameters": before,
        "output": packed(y),
        "cotangent": packed(cotangent),
        "inputGradient": None if x.grad is None else packed(x.grad),
        "parameterGradients": {k: packed(p.grad) for k, p in layer.named_parameters()},
        "buffersAfter": {k: packed(b) for k, b in layer.named_buffers()},
    }


# Optimizers -------------------------------------------------------------------------------------

OPTIMIZERS = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.02),
    "SGD momentum": lambda p: torch.optim.SGD(p, lr=0.005, momentum=0.9, weight_decay=0.01),
    "SGD Nesterov": lambda p: torch.optim.SGD(p, lr=0.005, momentum=0.9, nesterov=True),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "Adam weight decay": lambda p: torch.optim.Adam(
        p, lr=0.01, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.01
    ),
    "AdamW": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
    "AdaDelta": lambda p: torch.optim.Adadelta(p, lr=1, rho=0.95, eps=1e-6),
    "AdaDelta weight decay": lambda p: torch.optim.Adadelta(
        p, lr=0.5, rho=0.9, eps=1e-5, weight_decay=0.01
    ),
    "RMSprop": lambda p: torch.optim.RMSprop(p, lr=0.001),
    "RMSprop centered": lambda p: torch.optim.RMSprop(
        p, lr=0.002, alpha=0.95, weight_decay=0.01, momentum=0.5, centered=True
    ),
}
STEPS = [1, 2, 3, 10, 100, 1000]


def optimizer_cases():
    """Regression onto soft targets through one tanh layer, four of sixteen examples at a time.

    The batches disagree, so gradients stay of order 0.1. On a fixed batch they would vanish, and the
    adaptive methods, which divide by them, would amplify rounding without bound.
    """
    inputs = torch.randn(16, 5, dtype=torch.float64)
    targets = torch.randn(16, 3, dtype=torch.float64).softmax(1)
    start = [torch.randn(5, 4, dtype=torch.float64) / 2, torch.zeros(4, dtype=torch.float64),
             torch.randn(4, 3, dtype=torch.float64) / 2]
    cases = []
    for name, make in OPTIMIZERS.items():
        for kind, dtype in (("float64", torch.float64), ("float32", torch.float32)):
            parameters = [p.to(dtype).clone().requires_grad_() for p in start]
            optimizer = make(parameters)
            x, t = inputs.to(dtype), targets.to(dtype)
            checkpoints = []
            for step in range(1, STEPS[-1] + 1):
                optimizer.zero_grad()
                rows = torch.arange(4) + 4 * ((step - 1) % 4)
                hidden = (x[rows] @ parameters[0] + parameters[1]).tanh()
                loss = -(t[rows] * (hidden @ parameters[2]).log_softmax(1)).sum(1).mean()
                loss.backward()
                optimizer.step()
                if step in STEPS:
                    checkpoints.append([packed(p) for p in parameters])
            cases.append({"name": name, "elementType": kind, "checkpoints": checkpoints})
    return {
        "inputs": packed(inputs),
        "targets": packed(targets),
        "start": [packed(p) for p in start],
        "steps": STEPS,
        "cases": cases,
    }


# Files ------------------------------------------------------------------------------------------


def write(name, content):
    content = {"madeBy": f"torch {torch.__version__}, Tools/reference/networks.py"} | content
    (FIXTURES / name).write_text(json.dumps(content, separators=(",", ":")) + "\n")


def main():
    torch.manual_seed(20)
    torch.set_num_threads(1)
    cases = [layer_case(*case) for case in layers()]
    write("optimizers.json", optimizer_cases())
    cases += [layer_case(*case) for case in encoders()]
    write("layers.json", {"cases": cases})
    save_file(
        {
            "bfloat": torch.tensor([[1.5, -2.0, 0.25]], dtype=torch.bfloat16),
            "half": torch.tensor([0.5, 65504], dtype=torch.float16),
            "single": torch.tensor([[1.0, 2.0], [3.0, 4.5]]),
            "double": torch.tensor(3.141592653589793, dtype=torch.float64),
            "long": torch.tensor([-1, 1 << 40]),
            "int": torch.tensor([7], dtype=torch.int32),
            "short": torch.tensor([-300], dtype=torch.int16),
            "byte": torch.tensor([200], dtype=torch.uint8),
            "signed": torch.tensor([-100], dtype=torch.int8),
            "truth": torch.tensor([True, False, True]),
            "empty": torch.zeros(0, 3),
        },
        FIXTURES / "python.safetensors",
        metadata={"format": "pt", "note": "é \"quoted\""},
    )
    (FIXTURES / "python.safetensors").chmod(0o644)


if __name__ == "__main__":
    main()
