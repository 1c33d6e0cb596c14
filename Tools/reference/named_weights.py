"""Weights of ordinary PyTorch networks as torch.save writes them, for the tests of ModelFiles.

    python3 Tools/reference/named_weights.py

needs PyTorch. Writes weights-NAME.pt and weights.json, which says what each is of and what PyTorch
computes, into Tests/ModelFilesTests/Fixtures.
"""

import collections
import json
import pathlib

import torch
from torch import nn

FIXTURES = pathlib.Path(__file__).parents[2] / "Tests/ModelFilesTests/Fixtures"


class Named(nn.Module):
    """A class with layers by name, in the usual style, whose convolution has a bias."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 6, 3)
        self.bn2 = nn.BatchNorm2d(6)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        x = self.bn1(self.conv1(x)).relu()
        x = self.bn2(self.conv2(x)).relu()
        return self.fc(x.mean((2, 3)))


class Backwards(nn.Module):
    """Layers that are made in another order than they are used in."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(5, 2)
        self.body = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Dropout(0.2), nn.Linear(6, 5))

    def forward(self, x):
        return self.head(self.body(x).relu())


class Plain(nn.Module):
    """The introductory network: convolutions as PyTorch makes them, pools, two linear layers."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3)
        self.conv2 = nn.Conv2d(4, 6, 2)
        self.drop = nn.Dropout(0.25)
        self.fc1 = nn.Linear(6, 5)
        self.fc2 = nn.Linear(5, 3)

    def forward(self, x):
        x = nn.functional.max_pool2d(self.conv1(x).relu(), 2)
        x = nn.functional.max_pool2d(self.conv2(x).relu(), 2)
        return self.fc2(self.drop(self.fc1(x.flatten(1)).relu()))


class Block(nn.Module):
    """The basic block of residual networks, with the names of torchvision."""

    def __init__(self, channels, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.downsample = None
        if stride != 1 or channels != filters:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        short = x if self.downsample is None else self.downsample(x)
        return (self.bn2(self.conv2(self.bn1(self.conv1(x)).relu())) + short).relu()


class Alike(nn.Module):
    """Two layers of one shape, of which the first made is the last used."""

    def __init__(self):
        super().__init__()
        self.second = nn.Linear(4, 4)
        self.first = nn.Linear(4, 4)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        return self.head(self.second(self.first(x).relu()).relu())


def trained(module, shape):
    """With running averages that are not those of the beginning."""
    for _ in range(3):
        module.train()(torch.randn(8, *shape) * 1.5 + 0.3)
    return module


def main():
    torch.manual_seed(0)
    images, rows = torch.randn(2, 1, 8, 8), torch.randn(3, 4)
    named = Named()
    for _ in range(3):
        named.train()(torch.randn(8, 1, 8, 8))
    mlp = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 3))
    plain = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
    backwards = Backwards()
    cnn = "cnn:1x8x8-4c3b-6c3p0b-gap-3"
    cases = {
        "named": (named, named.state_dict(), cnn, images),
        "dropout": (mlp, mlp.state_dict(), "mlp:4-6-3", rows),
        "backwards": (backwards, backwards.state_dict(), "mlp:4-6-5-2", rows),
        "checkpoint": (plain, {"epoch": 3, "lr": 1e-3, "best": None, "history": [0.5, 0.25],
                               "state_dict": plain.state_dict(),
                               "optimizer": torch.optim.Adam(plain.parameters()).state_dict()},
                       "mlp:4-6-3", rows),
        "parallel": (named, collections.OrderedDict(
            (f"module._orig_mod.net.{k}", v) for k, v in named.state_dict().items()), cnn, images),
        "prefixed": (plain, {f"module.{k}": v for k, v in plain.state_dict().items()},
                     "mlp:4-6-3", rows),
        "views": (plain, {k: v.t().contiguous().t() if v.dim() == 2 else v.double()
                          for k, v in plain.state_dict().items()}, "mlp:4-6-3", rows),
        "parameters": (plain, dict(plain.named_parameters()), "mlp:4-6-3", rows),
    }
    normalized = trained(nn.Sequential(
        nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(6, 5, bias=False), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3)), [4])
    layer_norm = nn.Sequential(
        nn.LayerNorm(4), nn.Linear(4, 6), nn.LayerNorm(6), nn.GELU(), nn.Linear(6, 3))
    behind = trained(nn.Sequential(
        nn.Linear(4, 6), nn.Tanh(), nn.BatchNorm1d(6), nn.Linear(6, 3)), [4])
    with torch.no_grad():
        for module in layer_norm:
            if isinstance(module, nn.LayerNorm):
                module.weight += 0.3 * torch.randn_like(module.weight)
                module.bias += 0.3 * torch.randn_like(module.bias)
    residual = trained(nn.Sequential(collections.OrderedDict(
        conv1=nn.Conv2d(1, 4, 3, padding=1, bias=False), bn1=nn.BatchNorm2d(4), relu=nn.ReLU(),
        layer1=Block(4, 4, 1), layer2=Block(4, 6, 2), pool=nn.AdaptiveAvgPool2d(1),
        flat=nn.Flatten(), fc=nn.Linear(6, 3))), [1, 8, 8])
    introductory, alike = Plain(), Alike()
    sequential = trained(nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(64, 3)), [1, 8, 8])
    cases |= {
        "batch-normalized": (normalized, normalized.state_dict(), "mlp:4-6b-d0.5-5b-3", rows),
        "layer-normalized": (layer_norm, layer_norm.state_dict(), "mlp:4-n-6n-3,gelu", rows),
        "normalized-behind": (behind, behind.state_dict(), "mlp:4-6-b-3,tanh", rows),
        "residual": (residual, residual.state_dict(), "cnn:1x8x8-4c3b-4r3-6r3s2-gap-3", images),
        "introductory": (introductory, introductory.state_dict(),
                         "cnn:1x8x8-4c3p0-m2-6c2p0-m2-5-d0.25-3", images),
        "alike": (alike, alike.state_dict(), "mlp:4-4-4-3", rows),
        "sequential": (sequential, sequential.state_dict(), "cnn:1x8x8-4c3b-m2-3", images),
    }
    facts = {}
    for name, (module, content, network, x) in cases.items():
        torch.save(content, FIXTURES / f"weights-{name}.pt")
        y = module.eval()(x).detach()
        facts[name] = {"network": network,
                       "input": {"shape": list(x.shape), "type": "float32",
                                 "values": x.flatten().tolist()},
                       "output": {"shape": list(y.shape), "type": "float32",
                                  "values": y.flatten().tolist()}}
    torch.save(plain, FIXTURES / "refused-module.pt")
    torch.save({"a": torch.zeros(2), "config": pathlib.PurePosixPath("x")},
               FIXTURES / "refused-object.pt")
    torch.save(plain.state_dict(), FIXTURES / "refused-old.pt",
               _use_new_zipfile_serialization=False)
    torch.save([torch.zeros(2)], FIXTURES / "refused-list.pt")
    (FIXTURES / "weights.json").write_text(json.dumps(facts))


main()
