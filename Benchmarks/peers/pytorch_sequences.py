"""A recurrent language model and a classifier of n-grams in PyTorch, as its users write them."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from worker import Version, numbers, serve, symmetric, threads

torch.set_num_threads(threads)


class LanguageModel(nn.Module):
    def __init__(self, tokens=92, width=16, hidden=64):
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        self.gru = nn.GRU(width, hidden, batch_first=True)
        self.head = nn.Linear(hidden, tokens)

    def forward(self, windows):
        return self.head(self.gru(self.embedding(windows))[0]).flatten(0, 1)


class NGrams(nn.Module):
    def __init__(self, classes=9, rows=2_048, longest=4):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(classes))
        self.table = nn.Parameter(torch.zeros(rows, classes))
        self.longest = longest

    def forward(self, texts):
        total, count = 0, 0
        for size in range(1, self.longest + 1):
            windows = texts.unfold(1, size, 1)
            hashed = windows[..., 0]
            for place in range(1, size):
                hashed = hashed * 263 + windows[..., place]
            row = (hashed % 1_000_000_007 * 1_000_003 + size) % 998_244_353 % len(self.table)
            there = (windows[..., -1] != 0).float()
            total = total + (F.embedding(row, self.table) * there[..., None]).sum(1)
            count = count + there.sum(1, keepdim=True)
        return total / count.sqrt() + self.bias


def filled(model):
    """With the same numbers as Distill's, by the order of the parameters' names."""
    with torch.no_grad():
        for index, (_, parameter) in enumerate(sorted(model.named_parameters())):
            values = symmetric(parameter.numel(), 0.1, 80 + index)
            parameter.copy_(torch.tensor(values).reshape(parameter.shape))
    return model


def steps(model, loss):
    check = loss().item()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, fused=True)

    def run():
        for _ in range(10):
            optimizer.zero_grad(set_to_none=True)
            loss().backward()
            optimizer.step()

    yield Version("PyTorch: eager", run, 10, check)


def sequences():
    windows, length, tokens = 16, 64, 92
    ids = (numbers(windows * length, 70) * np.float32(tokens)).astype(np.int64)
    inputs = torch.tensor(ids).reshape(windows, length)
    said = torch.tensor(symmetric(windows * length * tokens, 4, 71)).reshape(-1, tokens)
    target = said.log_softmax(1)
    model = filled(LanguageModel())
    return steps(model, lambda: F.kl_div(model(inputs).log_softmax(1), target,
                                         reduction="batchmean", log_target=True))


def captions():
    captions, length, classes = 64, 64, 9
    ids = (numbers(captions * length, 72) * np.float32(257)).astype(np.int64) + 1
    inputs = torch.tensor(ids).reshape(captions, length)
    target = torch.tensor(symmetric(captions * classes, 2, 73)).reshape(-1, classes).softmax(1)
    model = filled(NGrams())
    return steps(model, lambda: F.cross_entropy(model(inputs), target))


serve({"sequence-gru": sequences, "caption-ngrams": captions})
