"""Networks that PyTorch exports, for both sides to train.

    python3 programs.py FOLDER

writes FOLDER/mlp.pt2, cnn.pt2 and lstm.pt2, unless they are there.
"""

import pathlib
import sys

import torch
from torch import nn
from torch.export import Dim, export, save


class Recurrent(nn.Module):
    """The rows of an image, one after the other."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(28, 64, batch_first=True)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


def convolution(inputs, outputs, stride):
    return [nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(outputs), nn.ReLU()]


def networks():
    """Name: (network, shape of an input)."""
    torch.manual_seed(0)
    return {
        "mlp": (nn.Sequential(nn.Linear(784, 50), nn.ReLU(), nn.Linear(50, 30), nn.ReLU(),
                              nn.Linear(30, 10)), [784]),
        "cnn": (nn.Sequential(*convolution(1, 16, 2), *convolution(16, 32, 2),
                              *convolution(32, 64, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                              nn.Linear(64, 10)), [1, 28, 28]),
        "lstm": (Recurrent(), [28, 28]),
    }


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, (network, shape) in networks().items():
        file = folder / f"{name}.pt2"
        if not file.exists():
            program = export(network.eval(), (torch.zeros(100, *shape),),
                             dynamic_shapes=({0: Dim("batch")},))
            save(program, file)
