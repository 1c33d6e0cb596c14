"""JAX, compiled: single steps, many steps in one scan, and hand-derived sweeps where those win."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from worker import (Turns, Version, binary_images, boltzmann, classes, images, large, nade,
                    perceptron, serve, small, soft_targets)

STEPS = 50  # in one scan


def arrays(values):
    return [jnp.asarray(value) for value in values]


def forward(p, x, activation=jax.nn.relu):
    a = activation(x @ p[0].T + p[1])
    return jax.nn.log_softmax(activation(a @ p[2].T + p[3]) @ p[4].T + p[5])


def adam(p, m, v, g):
    m = [0.9 * a + 0.1 * b for a, b in zip(m, g)]
    v = [0.999 * a + 0.001 * b * b for a, b in zip(v, g)]
    return [a - 1e-4 * b / (jnp.sqrt(c) + 1e-8) for a, b, c in zip(p, m, v)], m, v


def training(name, loss, parameters, turns, scans=True):
    """Steps of Adam: one compiled call for each, then one for many."""

    def step(state, *batch):
        return adam(*state, jax.grad(loss)(state[0], *batch))

    fresh = lambda: ([jnp.array(p) for p in parameters],
                     *([jnp.zeros_like(p) for p in parameters] for _ in range(2)))
    check = loss(fresh()[0], *[array[:turns.size] for array in turns.arrays])
    compiled, kept = jax.jit(step, donate_argnums=0), [fresh()]
    # Cut beforehand: slicing costs JAX more than the step.
    cut = [turns() for _ in range(len(turns.arrays[0]) // turns.size)]
    position = [0]

    def single():
        position[0] = (position[0] + 1) % len(cut)
        kept[0] = compiled(kept[0], *cut[position[0]])
        jax.block_until_ready(kept[0])

    yield Version(f"JAX jit: {name}", single, 1, check)
    if not scans:
        return
    count = min(STEPS, len(cut))
    stacked = [jnp.stack(part) for part in zip(*cut[:count])]
    scan = jax.jit(lambda s, b: jax.lax.scan(lambda c, q: (step(c, *q), None), s, b)[0],
                   donate_argnums=0)
    kept_by_scan = [fresh()]

    def many():
        kept_by_scan[0] = scan(kept_by_scan[0], stacked)
        jax.block_until_ready(kept_by_scan[0])

    yield Version(f"JAX jit: {name}, lax.scan", many, count, check)


def trainings(widths, size, activation=jax.nn.relu, targets=soft_targets):
    def loss(p, x, t):
        logs = forward(p, x, activation)
        if t.ndim == 1:
            return -jnp.take_along_axis(logs, t[:, None], 1).mean()
        return -(t * logs).sum(1).mean()

    def versions():
        turns = Turns(size, *arrays([images(2000), targets(2000)]))
        yield from training("step", loss, perceptron(widths, 10), turns)

    return versions


def taught(count):
    teacher, x = arrays(perceptron((784, 100, 60, 10), 20)), jnp.asarray(images(count))
    f = lambda z: forward(teacher, z, jnp.tanh)
    return x, jnp.exp(f(x)), jax.jit(jax.vmap(jax.jacrev(f)))(x)


def derivatives(widths, size):
    def loss(p, x, t, theirs):
        logs = forward(p, x)
        own = jax.vmap(jax.jacrev(lambda z: forward(p, z)))(x)
        return (-(t * logs).sum() + 0.1 / 20 * jnp.square(own - theirs).sum()) / len(x)

    def versions():
        yield from training("vmap of jacrev", loss, perceptron(widths, 10),
                            Turns(size, *taught(1280)), scans=False)

    return versions


def projection(widths, size):
    def loss(p, x, t, theirs, v):
        logs, pull = jax.vjp(lambda z: forward(p, z), x)
        difference = pull(v)[0] - jnp.einsum("nk,nkd->nd", v, theirs)
        return (-(t * logs).sum() + 0.1 / 20 * jnp.square(difference).sum()) / len(x)

    def versions():
        v = np.random.default_rng(0).normal(size=(1280, 10)).astype(np.float32)
        turns = Turns(size, *taught(1280), jnp.asarray(v))
        for version in training("vector-Jacobian product", loss, perceptron(widths, 10), turns,
                                scans=False):
            version.check = None
            yield version

    return versions


def ensemble():
    members = [arrays(perceptron(large, 100 + 3 * m)) for m in range(30)]
    x = jnp.asarray(images(10000))
    member = jax.jit(lambda total, p, z: total + jnp.exp(forward(p, z)))

    def run():
        total = jnp.zeros((10000, 10))
        for p in members:
            total = member(total, p, x)
        return (total / 30).block_until_ready()

    yield Version("JAX jit: member by member", run, 1, run()[:, 0].mean())


def one_image():
    p, x = arrays(perceptron(small, 10)), jnp.asarray(images(1))
    relu = jax.nn.relu
    f = jax.jit(lambda z: relu(relu(z @ p[0].T + p[1]) @ p[2].T + p[3]) @ p[4].T + p[5])

    def run():
        for _ in range(100):
            f(x).block_until_ready()

    yield Version("JAX jit: call", run, 100, f(x).sum())


def bernoulli_loss(z, x):
    return jnp.sum(jnp.logaddexp(0.0, z) - x * z)


def sweep(p, x):
    """A NADE's logits [inputs, batch], by a scan over the inputs."""
    W, U, c, b = p

    def one(a, turn):
        w, u, pixel = turn
        return a + pixel[:, None] * w, jax.nn.sigmoid(a) @ u

    a, z = jax.lax.scan(one, jnp.broadcast_to(c, (len(x), 500)), (W, U, x.T))
    return a, z + b[:, None]


def nade_gradient(p, x):
    """Derived by hand: the way back undoes the updates instead of keeping activations."""
    a, z = sweep(p, x)
    error = (jax.nn.sigmoid(z) - x.T) / len(x)

    def back(carry, turn):
        a, da = carry
        w, u, pixel, e = turn
        dw, a = pixel @ da, a - pixel[:, None] * w
        h = jax.nn.sigmoid(a)
        return (a, da + e[:, None] * u * h * (1 - h)), (dw, e @ h)

    (_, da), (dW, dU) = jax.lax.scan(back, (a, jnp.zeros_like(a)), (p[0], p[1], x.T, error),
                                     reverse=True)
    return [dW, dU, da.sum(0), error.sum(1)]


def nade_training(size):
    def versions():
        parameters = arrays(nade())
        x = jnp.asarray(binary_images(4000), jnp.float32)
        turns, kept = Turns(size, x), [
            [jnp.array(q) for q in parameters],
            *([jnp.zeros_like(q) for q in parameters] for _ in range(2))]
        step = jax.jit(lambda s, x: adam(*s, nade_gradient(s[0], x)), donate_argnums=0)
        check = -bernoulli_loss(sweep(parameters, x[:size])[1], x[:size].T) / size

        def run():
            kept[:] = step(kept, *turns())
            jax.block_until_ready(kept)

        yield Version("JAX jit: reverse sweep by hand", run, 1, check)

    return versions


def nade_probability():
    p, x = arrays(nade()), jnp.asarray(binary_images(10000), jnp.float32)
    f = jax.jit(lambda x: bernoulli_loss(sweep(p, x)[1], x.T))
    run = lambda: sum(float(f(x[i:i + 1000])) for i in range(0, 10000, 1000))
    yield Version("JAX jit: scan, chunks of 1,000", run, 1, -run() / 10000)


def nade_samples():
    W, U, c, b = arrays(nade())

    @functools.partial(jax.jit, static_argnums=1)
    def draw(key, count):
        def one(a, turn):
            w, u, bias, key = turn
            p = jax.nn.sigmoid(jax.nn.sigmoid(a) @ u + bias)
            pixel = (jax.random.uniform(key, (count,)) < p).astype(jnp.float32)
            return a + pixel[:, None] * w, pixel

        start = jnp.broadcast_to(c, (count, 500))
        return jax.lax.scan(one, start, (W, U, b, jax.random.split(key, 784)))[1]

    def run():
        for part in range(5):
            draw(jax.random.key(part), 2000).block_until_ready()

    yield Version("JAX jit: scan, chunks of 2,000", run)


def machine():
    """The restricted Boltzmann machine's parameters and its Gibbs step at a temperature."""
    weights, visible, hidden = arrays(boltzmann())

    def gibbs(v, key, beta=1.0, w=weights):
        first, second = jax.random.split(key)
        p = jax.nn.sigmoid(beta * (v @ w + hidden))
        h = (jax.random.uniform(first, p.shape) < p).astype(jnp.float32)
        q = jax.nn.sigmoid(beta * (h @ w.T + visible))
        return (jax.random.uniform(second, q.shape) < q).astype(jnp.float32)

    return weights, visible, hidden, gibbs


def rbm_gibbs():
    *_, gibbs = machine()
    v = jnp.asarray(binary_images(2000), jnp.float32)
    for kind in ("threefry2x32", "rbg"):
        f, key = jax.jit(gibbs), jax.random.key(0, impl=kind)
        yield Version(f"JAX jit: {kind}", lambda: f(v, key).block_until_ready())


def rbm_cd25():
    weights, visible, hidden, gibbs = machine()
    data = jnp.asarray(binary_images(100), jnp.float32)

    @jax.jit
    def step(w, a, b, key):
        v = jax.lax.scan(lambda v, k: (gibbs(v, k, 1.0, w), None), data,
                         jax.random.split(key, 25))[0]
        p, q = jax.nn.sigmoid(data @ w + b), jax.nn.sigmoid(v @ w + b)
        return (w + 1e-9 * (data.T @ p - v.T @ q), a + 1e-9 * (data - v).mean(0),
                b + 1e-9 * (p - q).mean(0))

    for kind in ("threefry2x32", "rbg"):
        key = jax.random.key(0, impl=kind)
        yield Version(f"JAX jit: scan, {kind}",
                      lambda: jax.block_until_ready(step(weights, visible, hidden, key)))


def rbm_free_energy():
    weights, visible, hidden, _ = machine()
    v = jnp.asarray(binary_images(10000), jnp.float32)
    f = jax.jit(lambda v: v @ visible + jax.nn.softplus(v @ weights + hidden).sum(1))
    yield Version("JAX jit: all at once", lambda: f(v).block_until_ready(), 1, f(v).mean())


def rbm_ais():
    weights, visible, hidden, gibbs = machine()

    @jax.jit
    def run(key):
        betas = jnp.linspace(0, 1, 1001)
        start = jax.random.bernoulli(key, 0.5, (100, 784)).astype(jnp.float32)

        def one(carry, turn):
            (v, logs), (low, high, key) = carry, turn
            a = v @ weights + hidden
            logs += (high - low) * (v @ visible)
            logs += (jax.nn.softplus(high * a) - jax.nn.softplus(low * a)).sum(1)
            return (gibbs(v, key, high), logs), None

        turns = (betas[:-1], betas[1:], jax.random.split(key, 1000))
        return jax.lax.scan(one, (start, jnp.zeros(100)), turns)[0][1]

    for kind in ("threefry2x32", "rbg"):
        key = jax.random.key(0, impl=kind)
        yield Version(f"JAX jit: scan, {kind}", lambda: run(key).block_until_ready())


serve({
    **{f"student-{n}": trainings(small, n) for n in (20, 100)},
    **{f"large-{n}": trainings(large, n, targets=classes) for n in (20, 100)},
    **{f"gelu-{n}": trainings(small, n, functools.partial(jax.nn.gelu, approximate=False))
       for n in (20, 100)},
    **{f"derivatives-{n}": derivatives(small, n) for n in (20, 128)},
    "derivatives-large-20": derivatives(large, 20),
    **{f"projection-{n}": projection(small, n) for n in (20, 128)},
    "ensemble": ensemble,
    "ensemble-bfloat16": ensemble,
    "one-image": one_image,
    **{f"nade-{n}": nade_training(n) for n in (20, 100, 500)},
    "nade-probability": nade_probability,
    "nade-samples": nade_samples,
    "rbm-gibbs": rbm_gibbs,
    "rbm-cd25": rbm_cd25,
    "rbm-free-energy": rbm_free_energy,
    "rbm-ais": rbm_ais,
})
