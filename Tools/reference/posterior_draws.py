"""Posterior draws by samplers of their own, in numpy alone, written as other programs write them.

    python Tools/reference/posterior_draws.py

- Bayesian linear regression on every ninth patient of the diabetes table of scikit-learn (Efron,
  Hastie, Johnstone & Tibshirani 2004), unscaled: a Gibbs sampler of weights and noise, two chains, as
  CmdStan's CSV. The other patients are held out.
- Bayesian logistic regression on five columns of its breast-cancer table (Street, Wolberg &
  Mangasarian 1993), standardised: Hamiltonian Monte Carlo, two chains, as ArviZ's JSON.

Nothing here shares code with Distill: the files stand for draws of an independent program.
Made with numpy 2.x and scikit-learn 1.x; seeds are fixed.
"""

import gzip
import json
import pathlib

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes

HERE = pathlib.Path(__file__).resolve().parents[2] / "Documentation" / "Predictive"


def table(path, names, columns):
    lines = [",".join(names)]
    lines += [",".join(f"{value:.10g}" if isinstance(value, float) else str(value) for value in row)
              for row in columns]
    path.write_text("\n".join(lines) + "\n")


def gibbs(x, y, rng, draws, warm_up):
    """y ~ N(x w, s²), w ~ N(0, 100² I), s² ~ InvGamma(2, 0.5): both conditionals are standard."""
    n, d = x.shape
    gram, cross = x.T @ x, x.T @ y
    s2, kept = 1.0, []
    for step in range(warm_up + draws):
        precision = gram / s2 + np.eye(d) / 1e4
        factor = np.linalg.cholesky(precision)
        mean = np.linalg.solve(precision, cross / s2)
        w = mean + np.linalg.solve(factor.T, rng.standard_normal(d))
        rest = y - x @ w
        s2 = (0.5 + 0.5 * rest @ rest) / rng.gamma(2 + n / 2)
        if step >= warm_up:
            kept.append((w, np.sqrt(s2)))
    return kept


def diabetes():
    raw = load_diabetes(scaled=False)
    x, y = raw.data, raw.target
    names = list(raw.feature_names)
    isSampled = np.arange(len(x)) % 9 == 0
    for path, rows in (("diabetes.csv", isSampled), ("diabetes-new.csv", ~isSampled)):
        table(HERE / path, names + ["progression"],
              [[float(v) for v in row] + [float(t)] for row, t in zip(x[rows], y[rows])])
    x, y = x[isSampled], y[isSampled]
    m, s, my, sy = x.mean(0), x.std(0), y.mean(), y.std()
    z = np.column_stack([np.ones(len(x)), (x - m) / s])
    for chain in (1, 2):
        rng = np.random.default_rng(20150800 + chain)
        draws = gibbs(z, (y - my) / sy, rng, 1000, 200)
        lines = ["# model = diabetes_model", "# method = sample (Default)", "#   sample",
                 "#     num_samples = 1000 (Default)", "#     num_warmup = 200",
                 "#     save_warmup = 0 (Default)", "#     thin = 1 (Default)", f"# id = {chain}",
                 ",".join(["lp__", "accept_stat__", "divergent__", "alpha"]
                          + [f"beta.{j + 1}" for j in range(len(names))] + ["sigma"])]
        for w, noise in draws:
            # Back to the units of the table.
            beta = w[1:] * sy / s
            alpha = my + w[0] * sy - beta @ m
            log = -len(y) * np.log(noise)
            row = [log, 1, 0, alpha, *beta, noise * sy]
            lines.append(",".join(f"{value:.6g}" for value in row))
        lines.append("#\n#  Elapsed Time: 0.1 seconds (Sampling)")
        path = HERE / f"diabetes-{chain}.csv.gz"
        with open(path, "wb") as file:
            file.write(gzip.compress(("\n".join(lines) + "\n").encode(), 9, mtime=0))


def hamiltonian(x, y, rng, draws, warm_up, prior=2.5):
    """Logistic regression, weights ~ N(0, prior² I): leapfrog with a fixed metric from the Hessian."""
    sign = 2 * y - 1

    def potential(w):
        margin = sign * (x @ w)
        return np.logaddexp(0, -margin).sum() + 0.5 * w @ w / prior**2

    def slope(w):
        margin = sign * (x @ w)
        return -(x * (sign / (1 + np.exp(margin)))[:, None]).sum(0) + w / prior**2

    d = x.shape[1]
    w = np.zeros(d)
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ w))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.eye(d) / prior**2
        w = w - np.linalg.solve(hessian, slope(w))
    spread = np.linalg.cholesky(np.linalg.inv(hessian))
    kept, accepted = [], 0
    w = w + spread @ rng.standard_normal(d) * 2
    for step in range(warm_up + draws):
        momentum = rng.standard_normal(d)
        start = potential(w) + 0.5 * momentum @ momentum
        size, new, p = 0.25 * rng.uniform(0.8, 1.2), w.copy(), momentum
        p = p - 0.5 * size * spread.T @ slope(new)
        for leap in range(8):
            new = new + size * spread @ p
            p = p - (size if leap < 7 else 0.5 * size) * spread.T @ slope(new)
        if np.log(rng.uniform()) < start - potential(new) - 0.5 * p @ p:
            w, accepted = new, accepted + 1
        if step >= warm_up:
            kept.append(w.copy())
    print("acceptance", accepted / (warm_up + draws))
    return np.array(kept)


def breast_cancer():
    raw = load_breast_cancer()
    picked = [0, 1, 4, 6, 8]
    x, y = raw.data[:, picked], raw.target
    names = [raw.feature_names[j].replace("mean ", "").replace(" ", "_") for j in picked]
    z = (x - x.mean(0)) / x.std(0)
    table(HERE / "tumours.csv", names + ["tumour"],
          [[round(float(v), 5) for v in row] + ["benign" if t else "malignant"]
           for row, t in zip(z, y)])
    design = np.column_stack([np.round(z, 5), np.ones(len(z))])
    malignant = 1 - y
    chains = [hamiltonian(design, malignant, np.random.default_rng(1993 + chain), 800, 200)
              for chain in range(2)]
    rounded = lambda values: [[np.round(draw, 5).tolist() for draw in chain] for chain in values]
    content = {
        "posterior": {"beta": rounded([c[:, :-1] for c in chains]),
                      "alpha": rounded([c[:, -1] for c in chains])},
        "sample_stats": {"diverging": [[False] * 800] * 2},
        "dims": {"beta": ["column"], "alpha": []},
        "coords": {"column": names},
    }
    (HERE / "tumours.json").write_text(json.dumps(content, separators=(",", ":")))


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    diabetes()
    breast_cancer()
