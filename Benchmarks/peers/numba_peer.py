"""NADE in numba: loops over images and hidden units that compute activations anew only after a
pixel that is on."""

import numba
import numpy as np

from worker import Turns, Version, binary_images, nade, serve

f4 = np.float32
numba.set_num_threads(min(2, numba.config.NUMBA_NUM_THREADS))


@numba.njit(fastmath=True)
def activate(a, h):
    for j in range(a.size):
        h[j] = f4(1) / (f4(1) + np.exp(-a[j]))


@numba.njit(fastmath=True)
def logit(h, u, bias):
    z = f4(0)
    for j in range(h.size):
        z += h[j] * u[j]
    return z + bias


@numba.njit(fastmath=True)
def surprise(z, pixel):
    return max(z, f4(0)) - z * pixel + np.log1p(np.exp(-abs(z)))


@numba.njit(fastmath=True, parallel=True)
def log_probability(W, U, c, b, x, out):
    for n in numba.prange(len(x)):
        a, h = c.copy(), np.empty_like(c)
        total = f4(0)
        activate(a, h)
        for i in range(784):
            total -= surprise(logit(h, U[i], b[i]), f4(x[n, i]))
            if x[n, i]:
                for j in range(a.size):
                    a[j] += W[i, j]
                activate(a, h)
        out[n] = total


@numba.njit(fastmath=True)
def gradient(W, U, c, b, x, dW, dU, dc, db):
    h, error, da = np.empty_like(c), np.empty_like(b), np.empty_like(c)
    for n in range(len(x)):
        a = c.copy()
        activate(a, h)
        for i in range(784):
            z = logit(h, U[i], b[i])
            error[i] = (f4(1) / (f4(1) + np.exp(-z)) - f4(x[n, i])) / f4(len(x))
            if x[n, i]:
                for j in range(a.size):
                    a[j] += W[i, j]
                activate(a, h)
        da[:] = 0
        for i in range(783, -1, -1):
            if x[n, i]:
                for j in range(a.size):
                    dW[i, j] += da[j]
                    a[j] -= W[i, j]
                activate(a, h)
            e = error[i]
            db[i] += e
            for j in range(a.size):
                dU[i, j] += e * h[j]
                da[j] += e * U[i, j] * h[j] * (f4(1) - h[j])
        dc += da


@numba.njit(fastmath=True)
def adam(p, g, m, v):
    for i in range(p.size):
        m[i] = f4(0.9) * m[i] + f4(0.1) * g[i]
        v[i] = f4(0.999) * v[i] + f4(0.001) * g[i] * g[i]
        p[i] -= f4(1e-4) * m[i] / (np.sqrt(v[i]) + f4(1e-8))
        g[i] = 0


def training(size):
    def versions():
        parameters, x = nade(), binary_images(4000)
        out = np.empty(size, f4)
        log_probability(*parameters, x[:size], out)
        gradients, means, squares = ([np.zeros_like(p) for p in parameters] for _ in range(3))
        turns = Turns(size, x)

        def step():
            gradient(*parameters, *turns(), *gradients)
            for each in zip(parameters, gradients, means, squares):
                adam(*(array.reshape(-1) for array in each))

        yield Version("numba: loops, one thread", step, 1, out.mean())

    return versions


def probability():
    parameters, x, out = nade(), binary_images(10000), np.empty(10000, f4)
    run = lambda: log_probability(*parameters, x, out)
    run()
    yield Version("numba: loops, parallel", run, 1, out.mean())


serve({
    **{f"nade-{n}": training(n) for n in (20, 100, 500)},
    "nade-probability": probability,
})
