"""Training steps of networks that were exported, in PyTorch: by the file's module, and by the code that
it was exported from."""

import pathlib

import torch
import torch.nn.functional as F

from programs import networks
from worker import Version, images, serve, soft_targets, threads

torch.set_num_threads(threads)
folder = pathlib.Path(__file__).resolve().parents[1] / ".build" / "programs"
SIZE = 100


def version(name, model, inputs, target):
    parameters = [p for p in model.parameters() if p.requires_grad]
    loss = lambda: F.cross_entropy(model(inputs), target)
    check = loss().item()
    optimizer = torch.optim.Adam(parameters, lr=1e-4, fused=True)

    def run():
        for _ in range(10):
            optimizer.zero_grad(set_to_none=True)
            loss().backward()
            optimizer.step()

    return Version(f"PyTorch: {name}", run, 10, check)


def work(name):
    def versions():
        network, shape = networks()[name]
        inputs = torch.tensor(images(SIZE)).reshape(SIZE, *shape)
        target = torch.tensor(soft_targets(SIZE))
        module = torch.export.load(folder / f"{name}.pt2").module()
        yield version("the file's module", module, inputs, target)
        yield version("its code", network.eval(), inputs, target)

    return versions


serve({f"program-{name}": work(name) for name in networks()})
