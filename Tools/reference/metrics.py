"""Writes the numbers that MathematicsTests and ReportingTests compare with, made by scipy, scikit-learn and numpy.

    python3 Tools/reference/metrics.py
"""

import json
import os

import numpy as np
import scipy
import scipy.special
import scipy.stats
import sklearn
import sklearn.metrics

tests = os.path.join(os.path.dirname(__file__), "../../Tests")
rng = np.random.default_rng(20240611)
made_by = f"numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}"
quantiles = {"made by": made_by}
out = {"made by": made_by}

probabilities = [1e-300, 1e-20, 1e-10, 1e-5, 0.001, 0.025, 0.07, 0.0751, 0.2, 0.4, 0.5, 0.6, 0.9,
                 0.95, 0.975, 0.995, 0.9999, 1 - 1e-9]
quantiles["normal"] = [[p, scipy.stats.norm.ppf(p)] for p in probabilities]
freedoms = [0.5, 1, 2, 3, 4.7, 9, 30, 39.9, 40.1, 99, 1000, 9999, 9e4, 2e5, 1e6, 1e9]
quantiles["t quantiles"] = [[nu, p, scipy.stats.t.ppf(p, nu)] for nu in freedoms
                            for p in (1e-8, 0.001, 0.025, 0.3, 0.5, 0.51, 0.95, 0.975, 0.9995)]
quantiles["t tails"] = [[nu, t, 2 * scipy.stats.t.sf(t, nu)] for nu in freedoms
                        for t in (1e-6, 0.1, 0.7, 1.3, 2, 3.5, 8, 30)]

# Values far from zero, where a naive sum of squares loses every digit.
values = rng.normal(size=501) + 1e8
weights = rng.integers(0, 5, size=501)
repeated = np.repeat(values, weights)
out["estimate"] = {
    "values": values.tolist(), "weights": weights.tolist(),
    # Shifted first: exact in double precision.
    "mean": float(np.mean(values - 1e8) + 1e8), "standardError": float(scipy.stats.sem(values - 1e8)),
    "weightedMean": float(np.mean(repeated - 1e8) + 1e8),
    "weightedStandardError": float(scipy.stats.sem(repeated - 1e8)),
}

count, classes = 60, 4
student = scipy.special.log_softmax(2 * rng.normal(size=(count, classes)), axis=1)
teacher = scipy.special.log_softmax(3 * rng.normal(size=(count, classes)), axis=1)
labels = np.where(rng.random(count) < 0.6, student.argmax(1), rng.integers(0, classes, count))
onehot = np.eye(classes)[labels]
out["predictions"] = {
    "student": student.tolist(), "teacher": teacher.tolist(), "labels": labels.tolist(),
    "accuracy": sklearn.metrics.accuracy_score(labels, student.argmax(1)),
    "logLoss": sklearn.metrics.log_loss(labels, np.exp(student)),
    "brier": ((np.exp(student) - onehot) ** 2).sum(1).tolist(),
    "entropy": scipy.stats.entropy(np.exp(student), axis=1).tolist(),
    "divergence": scipy.stats.entropy(np.exp(teacher), np.exp(student), axis=1).tolist(),
    "agreement": sklearn.metrics.accuracy_score(teacher.argmax(1), student.argmax(1)),
}
logits = 2 * rng.normal(size=count)
truth = (rng.random(count) < scipy.special.expit(logits)).astype(int)
out["binary"] = {
    "logits": logits.tolist(), "labels": truth.tolist(),
    "brier": sklearn.metrics.brier_score_loss(truth, scipy.special.expit(logits)),
    "logLoss": sklearn.metrics.log_loss(truth, scipy.special.expit(logits)),
}

confidence = rng.random(997)
right = (rng.random(997) < confidence**1.4).astype(float)


def expected_error(places, bins):
    total = 0.0
    for number in range(bins):
        inside = places == number
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return total


width = np.digitize(confidence, np.linspace(0, 1, 16), right=True) - 1
mass = np.empty(997, dtype=int)
for number, rows in enumerate(np.array_split(np.argsort(confidence, kind="stable"), 15)):
    mass[rows] = number
gaps = right - confidence
boot = []
for _ in range(4000):
    rows = rng.integers(0, 997, 997)
    boot.append(np.abs(np.bincount(width[rows], gaps[rows], 15)).sum() / 997)
out["calibration"] = {
    "confidence": confidence.tolist(), "correct": right.tolist(),
    "equalWidth": expected_error(width, 15), "equalMass": expected_error(mass, 15),
    "counts": np.bincount(width, minlength=15).tolist(),
    "massCounts": np.bincount(mass, minlength=15).tolist(),
    "standardError": float(np.std(boot, ddof=1)),
}

first = rng.normal(0.3, 1, size=14)
second = rng.normal(0, 1, size=14)
test = scipy.stats.ttest_rel(first, second)
# All 2^14 exchanges.
exact = scipy.stats.permutation_test((first, second), lambda a, b: np.mean(a - b),
                                     permutation_type="samples", n_resamples=np.inf)
interval = test.confidence_interval(0.9)
boot = scipy.stats.bootstrap((first - second,), np.mean, n_resamples=200000, method="percentile",
                             rng=np.random.default_rng(1)).confidence_interval
out["paired"] = {
    "first": first.tolist(), "second": second.tolist(), "pValue": test.pvalue,
    "interval90": [interval.low, interval.high], "permutation": exact.pvalue,
    "bootstrap95": [boot.low, boot.high],
}

crossed = rng.normal(size=(4, 1)) * 0.5 + rng.normal(size=(1, 7)) + rng.normal(size=(4, 7)) * 0.3
grand = crossed.mean()
seeds, examples = crossed.shape
ms_seed = examples * ((crossed.mean(1) - grand) ** 2).sum() / (seeds - 1)
ms_example = seeds * ((crossed.mean(0) - grand) ** 2).sum() / (examples - 1)
rest = crossed - crossed.mean(1, keepdims=True) - crossed.mean(0, keepdims=True) + grand
ms_rest = (rest**2).sum() / ((seeds - 1) * (examples - 1))
combined = ms_seed + ms_example - ms_rest
out["seeds"] = {
    "differences": crossed.tolist(), "mean": grand,
    "standardError": np.sqrt(combined / crossed.size),
    "degreesOfFreedom": combined**2 / (ms_seed**2 / (seeds - 1) + ms_example**2 / (examples - 1)
                                       + ms_rest**2 / ((seeds - 1) * (examples - 1))),
}

for room, name, numbers in (("Mathematics", "quantiles", quantiles), ("Reporting", "metrics", out)):
    folder = os.path.join(tests, f"{room}Tests", "Fixtures")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f"{name}.json"), "w") as file:
        json.dump(numbers, file, indent=0)
        file.write("\n")
