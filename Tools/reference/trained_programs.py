"""Exported programs, and the same networks after PyTorch trained them, for the tests of ModelFiles.

Writes Tests/ModelFilesTests/Fixtures/trained/NAME.pt2 and NAME.json:

    python3 Tools/reference/trained_programs.py

Each network takes 100 steps of an optimizer on the cross entropy, over batches of five of 40 examples
in their order; the JSON file holds the examples and the parameters afterwards. The last, student.pt2, is a
network of images of 4 by 4 with three classes, as it begins.
"""

import json

import torch
from exported_programs import FIXTURES, packed, stripped
from torch import nn
from torch.export import Dim, export
from torch.nn import functional as F


class Recurrent(nn.Module):
    """The last state of an LSTM over four positions of three features."""

    def __init__(self):
        super().__init__()
        self.cell = nn.LSTM(3, 5, batch_first=True)
        self.head = nn.Linear(5, 3)

    def forward(self, x):
        return self.head(self.cell(x)[0][:, -1])


def networks():
    """Name: network, shape of an example, optimizer."""
    return {
        "perceptron": (nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3)), (6,),
                       lambda p: torch.optim.Adam(p, lr=1e-2)),
        "convolutional": (nn.Sequential(nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4),
                                        nn.Softplus(), nn.MaxPool2d(2), nn.Flatten(),
                                        nn.Linear(36, 3)), (1, 6, 6),
                          lambda p: torch.optim.SGD(p, lr=5e-2, momentum=0.9)),
        "recurrent": (Recurrent(), (4, 3), lambda p: torch.optim.AdamW(p, lr=1e-2,
                                                                       weight_decay=0.1)),
    }


def main():
    torch.manual_seed(7)
    torch.set_num_threads(1)
    folder = FIXTURES / "trained"
    folder.mkdir(exist_ok=True)
    for name, (network, shape, optimizer) in networks().items():
        # Statistics of normalisation stay as they are, as in the exported program.
        network.eval()
        x, labels = torch.randn(40, *shape), torch.randint(0, 3, (40,))
        program = export(network, (x[:5],), dynamic_shapes=({0: Dim("batch")},))
        (folder / f"{name}.pt2").write_bytes(stripped(program))
        stepper = optimizer(network.parameters())
        for step in range(100):
            rows = slice(5 * step % 40, 5 * step % 40 + 5)
            stepper.zero_grad()
            F.cross_entropy(network(x[rows]), labels[rows]).backward()
            stepper.step()
        case = {"torch": torch.__version__.split("+")[0], "inputs": packed(x),
                "labels": labels.tolist(),
                "parameters": {key: packed(value) for key, value in network.named_parameters()},
                "outputs": packed(network(x))}
        (folder / f"{name}.json").write_text(json.dumps(case))
    network = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.GELU(), nn.Flatten(),
                            nn.Linear(64, 3))
    program = export(network.eval(), (torch.randn(2, 1, 4, 4),),
                     dynamic_shapes=({0: Dim("batch")},))
    (folder / "student.pt2").write_bytes(stripped(program))


if __name__ == "__main__":
    main()
