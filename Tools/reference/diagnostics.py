"""Reference numbers for the convergence diagnostics, made by ArviZ.

Usage: python Tools/reference/diagnostics.py > Tests/ProbabilityTests/Fixtures/diagnostics.json
The chains are autoregressive with known coefficients, so the file also pins down which is which.
"""
import json
import warnings

warnings.filterwarnings("ignore")
import arviz as az
import numpy as np
import scipy


def chains(coefficient, shift, count, draws, seed, heavy=False):
    """AR(1) chains; `shift` moves chain 0; `heavy` cubes the values."""
    random = np.random.default_rng(seed)
    x = np.zeros((count, draws))
    x[:, 0] = random.normal(size=count)
    for t in range(1, draws):
        x[:, t] = coefficient * x[:, t - 1] + np.sqrt(1 - coefficient**2) * random.normal(size=count)
    x[0] += shift
    return np.round(x**3 if heavy else x, 5)


def mcse(x, **options):
    """ArviZ returns arrays, data sets or numbers depending on the method: take the one number."""
    result = az.mcse(x, **options)
    return float(np.ravel(result if not hasattr(result, "data_vars") else result["x"].values)[0])


cases = {
    "independent": chains(0.0, 0.0, 4, 100, 1),
    "sticky": chains(0.9, 0.0, 4, 150, 2),
    "antithetic": chains(-0.7, 0.0, 2, 100, 3),
    "shifted": chains(0.3, 1.0, 3, 81, 4),
    "heavy": chains(0.5, 0.0, 4, 100, 5, heavy=True),
    "single": chains(0.6, 0.0, 1, 200, 6),
    "ties": np.round(chains(0.4, 0.0, 2, 100, 7)),
}
result = {"made_by": f"arviz {az.__version__}, numpy {np.__version__}, scipy {scipy.__version__}"}
result["cases"] = [
    {
        "name": name,
        "chains": x.tolist(),
        # ArviZ refuses a single chain.
        "rHat": float(az.rhat(x, method="rank")) if len(x) > 1 else None,
        "bulk": float(az.ess(x, method="bulk")),
        "tail": float(az.ess(x, method="tail")),
        "mean": float(az.ess(x, method="mean")),
        "standardError": mcse(x, method="mean"),
        "quantileError": mcse(x, method="quantile", prob=0.9),
    }
    for name, x in cases.items()
]
print(json.dumps(result))
