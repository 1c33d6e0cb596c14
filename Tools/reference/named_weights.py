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
