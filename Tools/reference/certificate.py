"""Writes the numbers that the certificate's tests compare with, made by scipy, scikit-learn and numpy.

    python3 Tools/reference/certificate.py
"""

import json
import os

import numpy as np
import scipy
import scipy.ndimage
import scipy.optimize
import scipy.special
import scipy.stats
import sklearn
import sklearn.metrics

folder = os.path.join(os.path.dirname(__file__), "../../Tests/ReportingTests/Fixtures")
rng = np.random.default_rng(20250402)
seeds, count, classes = 3, 50, 4


def calibration_error(probabilities, labels, bins=15):
    """Bin by bin, straight from the definition."""
    confidence = probabilities.max(1)
    correct = probabilities.argmax(1) == labels
    error = 0.0
    for number in range(bins):
        low, high = number / bins, (number + 1) / bins
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    return error


def per_example(log_probabilities, teacher, labels):
    probabilities = np.exp(log_probabilities)
    onehot = np.eye(classes)[labels]
    return {
        "accuracy": (probabilities.argmax(1) == labels).astype(float),
        "logProbability": np.array([-sklearn.metrics.log_loss([label], [row], labels=range(classes))
                                    for label, row in zip(labels, probabilities)]),
        "brier": ((probabilities - onehot) ** 2).sum(1),
        "agreement": (probabilities.argmax(1) == teacher.argmax(1)).astype(float),
        "divergence": scipy.stats.entropy(np.exp(teacher), probabilities, axis=1),
    }


def crossed(values):
    """Mean, standard error and degrees of freedom of [seeds, examples] (Cornfield & Tukey 1956)."""
    n, m = values.shape
    grand = values.mean()
    seed = m * values.mean(1).var(ddof=1)
    example = n * values.mean(0).var(ddof=1)
    rest = values - values.mean(1, keepdims=True) - values.mean(0, keepdims=True) + grand
    residual = (rest**2).sum() / ((n - 1) * (m - 1))
    total, larger = seed + example - residual, max(seed, example)
    if total > larger:
        freedom = total**2 / (seed**2 / (n - 1) + example**2 / (m - 1)
                              + residual**2 / ((n - 1) * (m - 1)))
    else:
        freedom = n - 1 if seed >= example else m - 1
    error = np.sqrt(max(total, larger) / (n * m))
    interval = scipy.stats.t.interval(0.95, freedom, grand, error)

    def half(alpha):
        """Each source by its own t (after Banerjee 1960)."""
        s, e = scipy.stats.t.isf(alpha / 2, [n - 1, m - 1])
        return np.sqrt(max(s**2 * seed + e**2 * (example - residual), e**2 * example) / (n * m))

    p = 10 ** scipy.optimize.brentq(lambda x: half(10**x) - abs(grand), -14, -1e-12, xtol=1e-15)
    return {
        "mean": grand, "standardError": error, "degreesOfFreedom": freedom,
        "interval": list(interval),
        "intervalBySource": [grand - half(0.05), grand + half(0.05)], "pValueBySource": p,
        "pValue": 2 * scipy.stats.t.sf(abs(grand / error), freedom),
        "seedInterval": list(scipy.stats.ttest_1samp(values.mean(1), 0).confidence_interval(0.95)),
        "acrossSeeds": scipy.stats.sem(values.mean(1)),
        "acrossExamples": scipy.stats.sem(values.mean(0)),
    }


base = rng.normal(size=(count, classes))
teacher = scipy.special.log_softmax(3 * base, axis=1)
labels = np.where(rng.random(count) < 0.7, teacher.argmax(1), rng.integers(0, classes, count))
students = [scipy.special.log_softmax(2.5 * base + 0.5 * rng.normal(size=base.shape), axis=1)
            for _ in range(seeds)]
controls = [scipy.special.log_softmax(2 * base + 1.5 * rng.normal(size=base.shape), axis=1)
            for _ in range(seeds)]
of_students = [per_example(s, teacher, labels) for s in students]
of_controls = [per_example(c, teacher, labels) for c in controls]
measures = of_students[0].keys()
stack = lambda models, measure: np.stack([m[measure] for m in models])
errors = lambda models: [calibration_error(np.exp(m), labels) for m in models]
gaps = np.subtract(errors(students), errors(controls))

# The bootstrap standard error of the mean difference of calibration errors, the examples drawn
# alike for all models.
draws = [rng.integers(0, count, count) for _ in range(4000)]
boot = [np.mean([calibration_error(np.exp(s[d]), labels[d]) - calibration_error(np.exp(c[d]), labels[d])
                 for s, c in zip(students, controls)]) for d in draws]

shape = (2, 2, 7, 6)
images = rng.random(shape)
blurred = scipy.ndimage.gaussian_filter(images, (0, 0, 1.3, 1.3), mode="nearest", radius=(0, 0, 4, 4))
angle = np.deg2rad(25)
y, x = np.mgrid[0:shape[2], 0:shape[3]]
cy, cx = (shape[2] - 1) / 2, (shape[3] - 1) / 2
def turned(image, angle):
    across = np.cos(angle) * (x - cx) - np.sin(angle) * (y - cy) + cx
    down = np.sin(angle) * (x - cx) + np.cos(angle) * (y - cy) + cy
    return scipy.ndimage.map_coordinates(image, [down, across], order=1, mode="nearest")

out = {
    "made by": f"numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}",
    "teacher": teacher.tolist(), "labels": labels.tolist(),
    "students": [s.tolist() for s in students], "controls": [c.tolist() for c in controls],
    "student": {m: crossed(stack(of_students, m)) for m in measures},
    "differences": {m: crossed(stack(of_students, m) - stack(of_controls, m)) for m in measures},
    "calibration": {
        "teacher": errors([teacher])[0], "students": errors(students), "controls": errors(controls),
        "differenceAcrossSeeds": scipy.stats.sem(gaps),
        "differenceAcrossExamples": float(np.std(boot, ddof=1)),
    },
    "images": {
        "shape": list(shape), "values": images.ravel().tolist(), "blurred": blurred.ravel().tolist(),
        "left": np.stack([[turned(c, -angle) for c in i] for i in images]).ravel().tolist(),
        "right": np.stack([[turned(c, angle) for c in i] for i in images]).ravel().tolist(),
    },
}
with open(os.path.join(folder, "certificate.json"), "w") as file:
    json.dump(out, file, indent=0)
    file.write("\n")
