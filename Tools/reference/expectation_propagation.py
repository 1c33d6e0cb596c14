"""Expectation propagation on the line by quadrature: the reference numbers of BaselineTests.

Run with numpy and scipy; prints mean and variance for the logistic and the probit link.
"""

import numpy as np
from scipy.special import expit, ndtr

GRID = np.linspace(-40, 40, 400001)


def propagate(inputs, labels, link, deviation, passes=500):
    signed = np.where(labels, inputs, -inputs)
    tau, nu = np.zeros(len(signed)), np.zeros(len(signed))
    for _ in range(passes):
        for i, x in enumerate(signed):
            precision = 1 / deviation**2 + (tau * signed**2).sum() - tau[i] * x**2
            shift = (nu * signed).sum() - nu[i] * x
            density = np.exp(-0.5 * precision * (GRID - shift / precision) ** 2) * link(GRID * x)
            density /= density.sum()
            mean = (density * GRID).sum()
            variance = (density * GRID**2).sum() - mean**2
            tau[i] = (1 / variance - precision) / x**2
            nu[i] = (mean / variance - shift) / x
    precision = 1 / deviation**2 + (tau * signed**2).sum()
    return (nu * signed).sum() / precision, 1 / precision


x = np.array([0.5, -1, 2, 0.3, -0.8, 1.4])
y = np.array([1, 0, 1, 0, 0, 1], bool)
for name, link in [("logistic", expit), ("probit", ndtr)]:
    print(name, *propagate(x, y, link, 2.0))
