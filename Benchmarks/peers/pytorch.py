"""PyTorch, as its users write it and as well as it can be written for the same work."""

import os

import torch
import torch.nn.functional as F
from torch import nn
from torch.func import grad, jacrev, vmap

from worker import (Turns, Version, classes, images, large, perceptron, serve, small, soft_targets,
                    threads)

torch.set_num_threads(threads)
COMPILES = os.environ.get("BENCH_COMPILE", "1") == "1"


def tensors(arrays):
    return [torch.tensor(array) for array in arrays]


def network(widths, seed, activation=nn.ReLU):
    parts = []
    parameters = tensors(perceptron(widths, seed))
    for index, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        layer = nn.Linear(inputs, outputs)
        with torch.no_grad():
            layer.weight.copy_(parameters[2 * index])
            layer.bias.copy_(parameters[2 * index + 1])
        parts += [layer, activation()]
    return nn.Sequential(*parts[:-1])


def adam(parameters):
    return torch.optim.Adam(parameters, lr=1e-4, fused=True)


def training(name, model, loss, turns, compiled=False, one_thread=False):
    """Steps of Adam on a loss of the model's outputs."""
    check = loss(model(turns.arrays[0][:turns.size]), turns.arrays[1][:turns.size]).item()
    optimizer = adam(model.parameters())
    evaluate = lambda x, t: loss(model(x), t)
    if compiled:
        evaluate = torch.compile(evaluate, dynamic=False)

    def step():
        x, t = turns()
        optimizer.zero_grad(set_to_none=True)
        evaluate(x, t).backward()
        optimizer.step()

    def alone():
        torch.set_num_threads(1)
        step()
        torch.set_num_threads(threads)

    return Version(name, alone if one_thread else step, 1, check)


def trainings(widths, size, activation=nn.ReLU, targets=soft_targets):
    def versions():
        turns = lambda: Turns(size, *tensors([images(2000), targets(2000)]))
        model = lambda: network(widths, 10, activation)
        yield training("PyTorch: eager, fused Adam", model(), F.cross_entropy, turns())
        yield training("PyTorch: the same, one thread", model(), F.cross_entropy, turns(),
                       one_thread=True)
        if COMPILES:
            torch._dynamo.reset()
            yield training("torch.compile: forward and backward", model(), F.cross_entropy,
                           turns(), compiled=True)

    return versions


def forward(p, x, activation=torch.relu):
    a = activation(F.linear(x, p[0], p[1]))
    return F.log_softmax(F.linear(activation(F.linear(a, p[2], p[3])), p[4], p[5]), -1)


def taught(widths, count):
    """The student's parameters, images, and what the teacher does at them."""
    teacher = tensors(perceptron((784, 100, 60, 10), 20))
    x = torch.tensor(images(count))
    f = lambda z: forward(teacher, z, torch.tanh)
    parts = [vmap(jacrev(f))(part) for part in x.split(128)]
    return tensors(perceptron(widths, 10)), x, f(x).exp(), torch.cat(parts)


def compared(logs, slopes, targets, theirs):
    """Soft cross entropy and a tenth of the derivative error, means over the batch."""
    difference = (slopes - theirs).square().sum() / (20 * len(logs))
    return -(targets * logs).sum() / len(logs) + 0.1 * difference


def by_batched_gradient(p, x, t, theirs):
    x = x.detach().requires_grad_()
    logs = forward(p, x)
    along = torch.eye(10)[:, None, :].expand(10, len(x), 10)
    slopes = torch.autograd.grad(logs, x, along, create_graph=True, is_grads_batched=True)[0]
    return compared(logs, slopes.transpose(0, 1), t, theirs)


def by_jacobian(p, x, t, theirs):
    slopes, logs = vmap(jacrev(lambda z: (forward(p, z),) * 2, has_aux=True))(x)
    return compared(logs, slopes, t, theirs)


def by_formula(p, x, t, theirs):
    """The derivatives written out, so that one ordinary backward pass is enough."""
    z1 = F.linear(x, p[0], p[1])
    z2 = F.linear(z1.relu(), p[2], p[3])
    logs = F.log_softmax(F.linear(z2.relu(), p[4], p[5]), -1)
    u = p[4] - (logs.exp() @ p[4]).unsqueeze(1)
    u = (u * (z2 > 0).unsqueeze(1)) @ p[2]
    return compared(logs, (u * (z1 > 0).unsqueeze(1)) @ p[0], t, theirs)


def matching(name, loss, parameters, turns, gradients=None):
    parameters = [p.clone().requires_grad_() for p in parameters]
    optimizer = adam(parameters)
    check = loss(parameters, *[array[:turns.size] for array in turns.arrays]).item()

    def step():
        if gradients:
            result = gradients(parameters, *turns())
        else:
            result = torch.autograd.grad(loss(parameters, *turns()), parameters)
        for parameter, gradient in zip(parameters, result):
            parameter.grad = gradient
        optimizer.step()

    return Version(name, step, 1, check)


def derivatives(widths, size):
    def versions():
        p, *data = taught(widths, 1280)
        turns = lambda: Turns(size, *data)
        yield matching("PyTorch: batched autograd.grad", by_batched_gradient, p, turns())
        yield matching("PyTorch: vmap of jacrev", by_jacobian, p, turns())
        yield matching("PyTorch by hand: derivatives written out", by_formula, p, turns())
        if not COMPILES:
            return
        torch._dynamo.reset()
        compiled = torch.compile(by_formula, dynamic=False)
        yield matching("torch.compile: derivatives written out", compiled, p, turns())
        torch._dynamo.reset()
        compiled = torch.compile(lambda q, *a: grad(by_jacobian)(q, *a), dynamic=False)
        constants = lambda q, *a: compiled([w.detach() for w in q], *a)
        yield matching("torch.compile: vmap of jacrev", by_jacobian, p, turns(), constants)

    return versions


def projection(widths, size):
    def loss(p, x, t, theirs):
        v = torch.randn(len(x), 10)
        x = x.detach().requires_grad_()
        logs = forward(p, x)
        own = torch.autograd.grad((logs * v).sum(), x, create_graph=True)[0]
        difference = own - (v.unsqueeze(1) @ theirs).squeeze(1)
        return (-(t * logs).sum() + 0.1 / 20 * difference.square().sum()) / len(x)

    def versions():
        p, *data = taught(widths, 1280)
        version = matching("PyTorch: double backward", loss, p, Turns(size, *data))
        version.check = None
        yield version

    return versions


def ensemble(rounding):
    members = [tensors(perceptron(large, 100 + 3 * m)) for m in range(30)]
    x = torch.tensor(images(10000))

    def evaluate(chunk, kind, linear=F.linear):
        cast = [[p.to(kind) for p in member] for member in members]
        inputs = x.to(kind)

        def run():
            with torch.inference_mode():
                total = torch.zeros(10000, 10)
                for start in range(0, 10000, chunk):
                    for p in cast:
                        h = linear(inputs[start:start + chunk], p[0], p[1]).relu_()
                        h = linear(h, p[2], p[3]).relu_()
                        part = linear(h, p[4], p[5]).float().softmax(-1)
                        total[start:start + chunk] += part
                return total / 30

        return run

    def one_dnn(a, w, b):
        return torch.ops.mkldnn._linear_pointwise(a, w, b, "none", [], "")

    exact, rounded = torch.float32, torch.bfloat16
    for name, chunk, kind, linear in [
        ("PyTorch: member by member, chunks of 1,000", 1000, exact, F.linear),
        ("PyTorch: member by member, all at once", 10000, exact, F.linear),
        ("PyTorch by hand: oneDNN's linear layer", 10000, exact, one_dnn),
        ("PyTorch BFloat16: member by member, all at once", 10000, rounded, F.linear),
    ]:
        if kind == rounded and not rounding:
            continue
        run = evaluate(chunk, kind, linear)
        try:
            check = run()[:, 0].mean().item()
        except (AttributeError, RuntimeError):  # built without oneDNN
            continue
        yield Version(name, run, 1, check if kind == exact else None)


def one_image():
    model, x = network(small, 10).eval(), torch.tensor(images(1))

    def hundred(call):
        def run():
            with torch.inference_mode():
                for _ in range(100):
                    call(x)

        return run

    check = model(x).sum().item()
    traced = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, x)))
    yield Version("PyTorch: eager", hundred(model), 100, check)
    yield Version("PyTorch by hand: traced and frozen", hundred(traced), 100, check)


def addition():
    a, b = torch.tensor([1.0, 2, 3, 4]), torch.tensor([5.0, 6, 7, 8])

    def run():
        for _ in range(10000):
            a + b

    yield Version("PyTorch: eager", run, 10000, (a + b).sum().item())


def gradient():
    model = network(small, 10, nn.GELU)
    x, t = tensors([images(20), soft_targets(20)])
    parameters = list(model.parameters())
    loss = lambda: F.cross_entropy(model(x), t)
    yield Version("PyTorch: eager", lambda: torch.autograd.grad(loss(), parameters), 1,
                  loss().item())


serve({
    **{f"student-{n}": trainings(small, n) for n in (20, 100)},
    **{f"large-{n}": trainings(large, n, targets=classes) for n in (20, 100)},
    **{f"gelu-{n}": trainings(small, n, nn.GELU) for n in (20, 100)},
    **{f"derivatives-{n}": derivatives(small, n) for n in (20, 128)},
    "derivatives-large-20": derivatives(large, 20),
    **{f"projection-{n}": projection(small, n) for n in (20, 128)},
    "ensemble": lambda: ensemble(rounding=False),
    "ensemble-bfloat16": lambda: ensemble(rounding=True),
    "one-image": one_image,
    "addition": addition,
    "gradient": gradient,
})
