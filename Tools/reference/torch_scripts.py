"""TorchScript programs for the tests of ModelFiles.

Writes Tests/ModelFilesTests/Fixtures/script-NAME.pt, beside script-NAME.json with what PyTorch
computes, for modules of the zoo of exported_programs.py, most of them traced and some scripted:

    python3 Tools/reference/torch_scripts.py
"""

import io
import json
import warnings
import zipfile

import torch
from torch import nn
from torch.nn import functional as F

from exported_programs import FIXTURES, answers, packed, zoo

warnings.filterwarnings("ignore")

# Written in the other order, these would need what a graph without choices cannot say.
LEFT_OUT = {"embedding-bag", "linear-algebra", "constants", "casts"}


class Stages(nn.Module):
    """A loop over modules, a list taken apart, and a choice that is known before it runs."""

    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList(nn.Linear(4, 4) for _ in range(3))
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        for stage in self.stages:
            x = torch.tanh(self.drop(stage(x))) + x
        if self.training:
            x = x + torch.rand_like(x)
        left, right = torch.chunk(x, 2, dim=1)
        return torch.softmax(torch.cat([right, left], 1), dim=1)


class Convolutional(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.fc = nn.Linear(36, 3)

    def forward(self, x):
        x = F.max_pool2d(F.silu(self.bn1(self.conv1(x))), 2)
        return self.fc(x.view(x.size(0), -1))


class Recurrent(nn.Module):
    """Whose layers ask, each time, whether there is a batch."""

    def __init__(self, kind, **options):
        super().__init__()
        self.rnn = kind(3, 4, batch_first=True, **options)
        self.head = nn.Linear(8 if options else 4, 2)

    def forward(self, x):
        y, _ = self.rnn(x)
        return self.head(y[:, -1])


class Words(nn.Module):
    """Two recurrent layers of different widths, of which the second asks what the first gives."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(6, 3)
        self.first = nn.GRU(3, 5, batch_first=True, bidirectional=True)
        self.between = nn.LayerNorm(10)
        self.second = nn.LSTM(10, 4, batch_first=True)
        self.head = nn.Linear(4, 2)

    def forward(self, tokens):
        x, _ = self.first(self.table(tokens))
        _, (hidden, _) = self.second(torch.relu(self.between(x)))
        return self.head(hidden[-1])


class Choosing(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x.sin()
        return x.cos()


def saved(script, **notes):
    """The archive of a script, without the sources' places, which name this machine."""
    whole = io.BytesIO()
    torch.jit.save(script, whole, _extra_files=notes)
    small = io.BytesIO()
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(small, "w") as target:
        for member in source.infolist():
            if member.filename.endswith(".debug_pkl"):
                continue
            name = "net/" + member.filename.split("/", 1)[1]
            target.writestr(zipfile.ZipInfo(name), source.read(member))
    return small.getvalue()


def write(name, script, module, inputs, **notes):
    (FIXTURES / f"script-{name}.pt").write_bytes(saved(script, **notes))
    case = {"torch": torch.__version__.split("+")[0], "inputs": [packed(x) for x in inputs],
            **answers(module, inputs)}
    (FIXTURES / f"script-{name}.json").write_text(json.dumps(case))


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    torch.backends.mha.set_fastpath_enabled(False)
    for name, (module, inputs, _) in zoo().items():
        module.eval()
        if name not in LEFT_OUT:
            example = tuple(x.clone() for x in inputs)
            write(name, torch.jit.trace(module, example, check_trace=False), module, inputs)
    for name, module, x in [("stages", Stages(), torch.randn(3, 4)),
                            ("convolutional", Convolutional(), torch.randn(2, 1, 6, 6))]:
        module.eval()
        write(name, torch.jit.script(module), module, [x], classes="a\nb\nc")
    torch.manual_seed(1)
    deep = {"num_layers": 2, "bidirectional": True, "dropout": 0.2}
    for name, module, x in [("scripted-lstm", Recurrent(nn.LSTM), torch.randn(2, 5, 3)),
                            ("scripted-gru", Recurrent(nn.GRU, **deep), torch.randn(2, 4, 3)),
                            ("scripted-rnn", Recurrent(nn.RNN), torch.randn(2, 4, 3)),
                            ("scripted-words", Words(), torch.tensor([[1, 4, 2], [0, 3, 5]]))]:
        module.eval()
        write(name, torch.jit.script(module), module, [x])
    (FIXTURES / "refused-choice.pt").write_bytes(saved(torch.jit.script(Choosing())))


if __name__ == "__main__":
    main()
