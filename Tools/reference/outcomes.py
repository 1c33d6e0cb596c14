"""Writes draws of outcomes of a hierarchical negative binomial regression, and what they predict.

    python3 Tools/reference/outcomes.py

Counts y of 6 groups, some of them small, with an input x: y ~ NB(mean exp(a_group + b x), size phi). The
posterior of (a, b, log phi) is sampled by random-walk Metropolis in numpy; for every row, and for rows
of a group never seen ("new": a_new ~ N(mu, tau)), each draw predicts one outcome, as Stan's y_rep. The
predictive distributions at rows that are not among them are averaged over the same draws in closed form.
"""

import json
import os

import numpy as np
from scipy import special, stats

folder = os.path.join(os.path.dirname(__file__), "../../Tests/DistillCommandTests/Fixtures/outcomes")
rng = np.random.default_rng(20260411)
groups, sizes = ["A", "B", "C", "D", "E", "F"], [12, 4, 9, 3, 8, 4]
true_a, true_b, true_phi = rng.normal(1.2, 0.6, 6), 0.5, 2.5
group = np.repeat(np.arange(6), sizes)
x = np.round(rng.uniform(-1.5, 1.5, len(group)), 2)


def negative_binomial(y, mean, size):
    return (special.gammaln(y + size) - special.gammaln(size) - special.gammaln(y + 1)
            + size * np.log(size / (size + mean)) + y * np.log(mean / (size + mean)))


def draw(mean, size):
    return rng.poisson(rng.gamma(size, mean / size))


y = draw(np.exp(true_a[group] + true_b * x), true_phi)


def log_posterior(t):
    """t = a (6), b, log phi, mu, log tau."""
    a, b, log_phi, mu, log_tau = t[:6], t[6], t[7], t[8], t[9]
    tau = np.exp(log_tau)
    return (negative_binomial(y, np.exp(a[group] + b * x), np.exp(log_phi)).sum()
            + stats.norm.logpdf(a, mu, tau).sum() + stats.norm.logpdf(b, 0, 1)
            + stats.norm.logpdf(log_phi, 1, 1) + stats.norm.logpdf(mu, 1, 2)
            + stats.norm.logpdf(log_tau, -0.7, 0.7))


t = np.array([1.0] * 6 + [0.3, 1, 1, -0.7])
value, kept, scale, accepted = log_posterior(t), [], 0.12, 0
for step in range(130_000):
    proposal = t + scale * rng.normal(size=10)
    new = log_posterior(proposal)
    if np.log(rng.random()) < new - value:
        t, value, accepted = proposal, new, accepted + 1
    if step >= 10_000 and step % 300 == 0:
        kept.append(t)
kept = np.array(kept)
print(len(kept), "draws, accepted", accepted / 130_000)

# Rows of a group that is not there, whose intercept each draw makes afresh.
new_x = np.round(np.linspace(-1.4, 1.4, 14), 2)
a_new = kept[:, 8] + np.exp(kept[:, 9]) * rng.normal(size=len(kept))
names = [groups[g] for g in group] + ["new"] * len(new_x)
rows_x = np.concatenate([x, new_x])
intercepts = np.concatenate([kept[:, :6][:, group], np.repeat(a_new[:, None], len(new_x), 1)], axis=1)
y_rep = draw(np.exp(intercepts + kept[:, 6:7] * rows_x), np.exp(kept[:, 7:8]))

places = [("A", -1.0), ("A", 0.8), ("C", 0.0), ("E", 1.0), ("F", -0.5), ("new", 0.3)]
counts = np.arange(0, 400)
predictive = []
for name, at in places:
    a = a_new if name == "new" else kept[:, groups.index(name)]
    mean = np.exp(a + kept[:, 6] * at)
    p = np.exp(negative_binomial(counts[None], mean[:, None], np.exp(kept[:, 7:8]))).mean(0)
    m = (counts * p).sum()
    predictive.append({
        "school": name, "x": at, "mean": m, "deviation": np.sqrt((counts**2 * p).sum() - m * m),
        "probabilities": np.round(p[:80], 9).tolist(),
    })

os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "data.csv"), "w") as file:
    file.write("school,x\n" + "".join(f"{n},{v}\n" for n, v in zip(names, rows_x)))
with open(os.path.join(folder, "draws.csv"), "w") as file:
    file.write(",".join(f"y_rep.{i + 1}" for i in range(len(rows_x))) + "\n")
    file.writelines(",".join(map(str, row)) + "\n" for row in y_rep)
with open(os.path.join(folder, "predictive.json"), "w") as file:
    json.dump(predictive, file, indent=0)
    file.write("\n")
