"""Reference numbers for the tests of GraphNetworks.

Writes Tests/GraphNetworksTests/Fixtures/layers.json, made by PyTorch Geometric, and structure.json,
made with dense [nodes, nodes] matrices by PyTorch:

    python3 Tools/reference/graphs.py

The files say which versions made them. Numbers are Float64.
"""

import json
import pathlib
import re

import torch
import torch_geometric
from torch_geometric import nn

FIXTURES = pathlib.Path(__file__).parents[2] / "Tests/GraphNetworksTests/Fixtures"


def draw(*shape):
    """Normal numbers rounded to 1/1024, which are exact and short in print."""
    return (torch.randn(*shape, dtype=torch.float64) * 1024).round() / 1024


def packed(tensor):
    tensor = tensor.detach()
    return {"shape": list(tensor.shape), "values": tensor.flatten().tolist()}


def graph(nodes, edges, loops):
    """Random edges, each at most once; the last node has none, and some have loops."""
    pairs = {(int(s), int(t)) for s, t in torch.randint(0, nodes - 1, (edges, 2)) if s != t}
    ordered = sorted(pairs) + [(n, n) for n in loops]
    order = torch.randperm(len(ordered))
    return torch.tensor(ordered).T[:, order]


def layers():
    """Name: (module, inputs, whether edges have weights)."""
    return {
        "GraphConvolution": (nn.GCNConv(4, 3), 4, False),
        "GraphConvolution weighted": (nn.GCNConv(4, 3), 4, True),
        "GraphConvolution without bias": (nn.GCNConv(4, 3, bias=False), 4, False),
        "GraphSAGE mean": (nn.SAGEConv(4, 3), 4, False),
        "GraphSAGE max": (nn.SAGEConv(4, 3, aggr="max"), 4, False),
        "GraphAttention": (nn.GATConv(4, 3), 4, False),
        "GraphAttention of 3 heads": (nn.GATConv(4, 2, heads=3), 4, False),
        "GraphAttention mean of heads": (nn.GATConv(4, 3, heads=2, concat=False), 4, False),
        "GraphNetwork convolution": (nn.GCN(4, 6, 3, 2), 4, False),
        "GraphNetwork SAGE": (nn.GraphSAGE(4, 6, 2, 2), 4, False),
        "GraphNetwork attention": (nn.GAT(4, 6, 2, 2, heads=2), 4, False),
    }


def layer_cases():
    nodes = 9
    for name, (module, inputs, weighted) in layers().items():
        edges = graph(nodes, 24, loops=[2, 5])
        weights = draw(edges.shape[1]).abs() + 0.25 if weighted else None
        module = module.double()
        for parameter in module.parameters():
            parameter.data = draw(*parameter.shape) / 2
        x = draw(nodes, inputs).requires_grad_()
        output = module(x, edges, weights) if weighted else module(x, edges)
        cotangent = draw(*output.shape)
        named = dict(module.named_parameters())
        gradients = torch.autograd.grad((output * cotangent).sum(), [x, *named.values()])
        yield {
            "name": name,
            "nodes": nodes,
            "edges": edges.tolist(),
            "weights": None if weights is None else packed(weights),
            "input": packed(x),
            "parameters": {path: packed(value) for path, value in named.items()},
            "output": packed(output),
            "cotangent": packed(cotangent),
            "inputGradient": packed(gradients[0]),
            "parameterGradients": {
                path: packed(value) for path, value in zip(named, gradients[1:])
            },
        }


def kernels():
    """Name: (settings, the kernel of all pairs of rows)."""

    def squares(z):
        return ((z[:, None] - z[None]) ** 2).sum(-1)

    return [
        ("euclidean", {}, lambda z: -squares(z)),
        ("radialBasis", {"scale": 5.0}, lambda z: torch.exp(-squares(z) / 5)),
        ("laplacian", {"scale": 4.0}, lambda z: torch.exp(-(z[:, None] - z[None]).abs().sum(-1) / 4)),
        ("linear", {}, lambda z: z @ z.T),
        ("polynomial", {"degree": 2.0, "offset": 0.5}, lambda z: (z @ z.T + 0.5) ** 2),
    ]


def structure_cases():
    nodes = 8
    for name, settings, kernel in kernels():
        edges = graph(nodes, 22, loops=[])
        listens = torch.zeros(nodes, nodes, dtype=torch.bool)
        listens[edges[1], edges[0]] = True
        student, teacher = draw(nodes, 3).requires_grad_(), draw(nodes, 5)
        value = torch.zeros((), dtype=torch.float64)
        for node in range(nodes):
            neighbours = listens[node]
            if neighbours.any():
                own = torch.log_softmax(kernel(student)[node][neighbours], 0)
                other = torch.log_softmax(kernel(teacher)[node][neighbours], 0)
                value = value + (other.exp() * (other - own)).sum() / nodes
        (gradient,) = torch.autograd.grad(value, student)
        yield {
            "kernel": name,
            "settings": settings,
            "nodes": nodes,
            "edges": edges.tolist(),
            "student": packed(student),
            "teacher": packed(teacher),
            "value": value.item(),
            "gradient": packed(gradient),
        }


def write(name, cases):
    made_by = {"torch": torch.__version__, "torch_geometric": torch_geometric.__version__}
    text = json.dumps({"madeBy": made_by, "cases": list(cases)}, indent=1)
    # Lists of numbers on one line.
    text = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda m: "[" + " ".join(m[1].split()) + "]", text)
    (FIXTURES / name).write_text(text + "\n")


if __name__ == "__main__":
    torch.manual_seed(1)
    write("layers.json", layer_cases())
    write("structure.json", structure_cases())
