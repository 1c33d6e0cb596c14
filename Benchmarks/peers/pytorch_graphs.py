"""PyTorch Geometric, as its users write it, and PyTorch with a sparse matrix made beforehand."""

import numpy as np
import torch
import torch.nn.functional as F
from torch_geometric.nn import GAT, GCN, GraphSAGE

from worker import Version, numbers, serve, symmetric, threads

torch.set_num_threads(threads)
NODES, EDGES, WIDTHS = 10_000, 60_000, (128, 64, 16)


def graph():
    edges = (numbers(2 * EDGES, 50) * np.float32(NODES)).astype(np.int64).reshape(2, EDGES)
    features = symmetric(NODES * WIDTHS[0], 1, 51).reshape(NODES, -1)
    labels = (numbers(NODES, 52) * 16).astype(np.int64)
    return [torch.tensor(array) for array in (features, edges, labels)]


def filled(model):
    """With the same numbers as Distill's, by the order of the parameters' names."""
    with torch.no_grad():
        for index, (_, parameter) in enumerate(sorted(model.named_parameters())):
            values = symmetric(parameter.numel(), 0.1, 60 + index)
            parameter.copy_(torch.tensor(values).reshape(parameter.shape))
    return model


def steps(name, model, features, ends, labels):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, fused=True)
    loss = lambda: F.cross_entropy(model(features, ends), labels)
    check = loss().item()

    def run():
        for _ in range(5):
            optimizer.zero_grad(set_to_none=True)
            loss().backward()
            optimizer.step()

    return Version(name, run, 5, check)


def versions(make, cached=None):
    def prepare():
        features, edges, labels = graph()
        yield steps("PyTorch: Geometric", filled(make()), features, edges, labels)
        if cached:
            yield steps("PyTorch: Geometric, normalised once", filled(cached()), features, edges,
                        labels)
            # A sparse matrix in place of the list of edges: a product in place of a scatter.
            matrix = torch.sparse_coo_tensor(edges.flip(0), torch.ones(EDGES), (NODES, NODES))
            yield steps("PyTorch by hand: Geometric with a sparse matrix", filled(cached()),
                        features, matrix.coalesce().to_sparse_csr(), labels)

    return prepare


serve({
    "graph-gcn": versions(lambda: GCN(WIDTHS[0], WIDTHS[1], 2, WIDTHS[2]),
                          lambda: GCN(WIDTHS[0], WIDTHS[1], 2, WIDTHS[2], cached=True)),
    "graph-sage": versions(lambda: GraphSAGE(WIDTHS[0], WIDTHS[1], 2, WIDTHS[2])),
    "graph-gat": versions(lambda: GAT(WIDTHS[0], WIDTHS[1], 2, WIDTHS[2], heads=4)),
})
