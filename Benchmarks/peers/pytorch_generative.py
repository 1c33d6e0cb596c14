"""NADE and restricted Boltzmann machines in PyTorch."""

import torch
import torch.nn.functional as F

from worker import Turns, Version, binary_images, boltzmann, nade, serve, threads

torch.set_num_threads(threads)


def tensors(arrays):
    return [torch.tensor(array) for array in arrays]


def floats(count):
    return torch.tensor(binary_images(count)).float()


def by_running_sums(p, x):
    """−log q as one expression, the way it is usually written."""
    W, U, c, b = p
    steps = x.unsqueeze(2) * W
    h = torch.sigmoid(torch.cumsum(steps, 1) - steps + c)
    z = torch.einsum("ndh,dh->nd", h, U) + b
    return F.binary_cross_entropy_with_logits(z, x, reduction="sum") / len(x)


@torch.no_grad()
def by_hand(p, x, gradients):
    """The gradient without autograd: the way back undoes the updates."""
    W, U, c, b = p
    dW, dU, dc, db = gradients
    xt, z = x.t().contiguous(), torch.empty(784, len(x))
    a = c.repeat(len(x), 1)
    h, part, da = torch.empty_like(a), torch.empty_like(a), torch.zeros_like(a)
    for i in range(784):
        torch.sigmoid(a, out=h)
        torch.mv(h, U[i], out=z[i])
        a.addr_(xt[i], W[i])
    e = (torch.sigmoid(z + b.unsqueeze(1)) - xt) / len(x)
    torch.sum(e, 1, out=db)
    for i in range(783, -1, -1):
        torch.mv(da.t(), xt[i], out=dW[i])
        a.addr_(xt[i], W[i], alpha=-1)
        torch.sigmoid(a, out=h)
        torch.mv(h.t(), e[i], out=dU[i])
        torch.outer(e[i], U[i], out=part)
        part.mul_(h)
        da.add_(part)
        da.sub_(part.mul_(h))
    torch.sum(da, 0, out=dc)


def training(size):
    def versions():
        x = floats(4000)
        check = -by_running_sums(tensors(nade()), x[:20]).item() if size == 20 else None
        own = tensors(nade())
        gradients = [torch.empty_like(q) for q in own]
        optimizer, turns = torch.optim.Adam(own, lr=1e-4, fused=True), Turns(size, x)
        for parameter, gradient in zip(own, gradients):
            parameter.grad = gradient

        def step():
            by_hand(own, *turns(), gradients)
            optimizer.step()

        yield Version("PyTorch by hand: sweeps in place", step, 1, check)
        if size > 100:  # takes gigabytes
            return
        users = [q.requires_grad_() for q in tensors(nade())]
        other, slices = torch.optim.Adam(users, lr=1e-4, fused=True), Turns(size, x)

        def eager():
            other.zero_grad(set_to_none=True)
            by_running_sums(users, *slices()).backward()
            other.step()

        yield Version("PyTorch: running sums", eager)

    return versions


def probability():
    W, U, c, b = tensors(nade())
    x = floats(10000)

    @torch.no_grad()
    def run():
        total = 0.0
        for part in x.split(1000):
            pixels, z = part.t().contiguous(), torch.empty(784, len(part))
            a = c.repeat(len(part), 1)
            for i in range(784):
                torch.mv(torch.sigmoid(a), U[i], out=z[i])
                a.addr_(pixels[i], W[i])
            total -= F.binary_cross_entropy_with_logits(
                z + b.unsqueeze(1), pixels, reduction="sum").item()
        return total / 10000

    yield Version("PyTorch by hand: a loop in place, chunks of 1,000", run, 1, run())


def samples():
    W, U, c, b = tensors(nade())

    @torch.no_grad()
    def run():
        for _ in range(5):
            a, x = c.repeat(2000, 1), torch.empty(784, 2000)
            for i in range(784):
                torch.bernoulli(torch.sigmoid(torch.sigmoid(a) @ U[i] + b[i]), out=x[i])
                a.addr_(x[i], W[i])

    yield Version("PyTorch: in place, chunks of 2,000", run)


W, A, B = tensors(boltzmann())
WT = W.t().contiguous()
memory = {}


def gibbs_as_written(v, beta=1.0):
    h = torch.bernoulli(torch.sigmoid(beta * torch.addmm(B, v, W)))
    return torch.bernoulli(torch.sigmoid(beta * torch.addmm(A, h, WT)))


def gibbs_in_place(v):
    """Uniform numbers and a comparison: much sooner than `torch.bernoulli`."""
    if len(v) not in memory:
        memory[len(v)] = [torch.empty(len(v), n) for n in (500, 500, 784, 784)]
    p, u, q, w = memory[len(v)]
    torch.addmm(B, v, W, out=p).sigmoid_()
    torch.lt(u.uniform_(), p, out=p)
    torch.addmm(A, p, WT, out=q).sigmoid_()
    return torch.lt(w.uniform_(), q, out=q)


STYLES = (("PyTorch: bernoulli", gibbs_as_written), ("PyTorch by hand: in place", gibbs_in_place))


def quietly(run):
    def without_gradient():
        with torch.inference_mode():
            return run()

    return without_gradient


def gibbs():
    v = floats(2000)
    for name, step in STYLES:
        yield Version(name, quietly(lambda step=step: step(v)))


def cd25():
    data = floats(100)
    weights, visible, hidden = W.clone(), A.clone(), B.clone()

    def train(step):
        v = data
        for _ in range(25):
            v = step(v)
        p, q = torch.sigmoid(torch.addmm(B, data, W)), torch.sigmoid(torch.addmm(B, v, W))
        weights.add_(data.t() @ p - v.t() @ q, alpha=1e-9)
        visible.add_((data - v).mean(0), alpha=1e-9)
        hidden.add_((p - q).mean(0), alpha=1e-9)

    for name, step in STYLES:
        yield Version(name, quietly(lambda step=step: train(step)))


def free_energy():
    v = floats(10000)
    f = lambda v: v @ A + F.softplus(torch.addmm(B, v, W)).sum(1)
    check = f(v).mean().item()
    yield Version("PyTorch: all at once", quietly(lambda: f(v)), 1, check)
    yield Version("PyTorch: chunks of 1,000", quietly(lambda: [f(part) for part in v.split(1000)]),
                  1, check)


def ais():
    betas = torch.linspace(0, 1, 1001).tolist()

    def run():
        v, logs = torch.bernoulli(torch.full((100, 784), 0.5)), torch.zeros(100)
        for low, high in zip(betas, betas[1:]):
            a = torch.addmm(B, v, W)
            logs += (high - low) * (v @ A)
            logs += (F.softplus(high * a) - F.softplus(low * a)).sum(1)
            p = a.mul_(high).sigmoid_()
            h = (torch.rand_like(p) < p).float()
            q = torch.addmm(A, h, WT).mul_(high).sigmoid_()
            v = (torch.rand_like(q) < q).float()
        return logs

    yield Version("PyTorch by hand: products reused", quietly(run))


serve({
    **{f"nade-{n}": training(n) for n in (20, 100, 500)},
    "nade-probability": probability,
    "nade-samples": samples,
    "rbm-gibbs": gibbs,
    "rbm-cd25": cd25,
    "rbm-free-energy": free_energy,
    "rbm-ais": ais,
})
