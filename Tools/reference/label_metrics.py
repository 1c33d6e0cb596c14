"""Writes the numbers that ReportingTests compare measures of labels and of embeddings with, made by
scikit-learn and scipy.

    python3 Tools/reference/label_metrics.py
"""

import json
import os

import numpy as np
import scipy
import scipy.spatial
import scipy.special
import scipy.stats
import sklearn
import sklearn.metrics

tests = os.path.join(os.path.dirname(__file__), "../../Tests")
rng = np.random.default_rng(20261130)
out = {"made by": f"numpy {np.__version__}, scipy {scipy.__version__}, "
       f"scikit-learn {sklearn.__version__}"}

count, names = 90, 5
teacher = np.round(2 * rng.normal(size=(count, names)) - [0, 0.5, 1, 2, 3], 3)
# Of one decimal: some scores are the same.
student = np.round(teacher + rng.normal(size=teacher.shape), 1)
labels = (rng.random(teacher.shape) < scipy.special.expit(teacher)).astype(int)
found, said = (student > 0).astype(int), (teacher > 0).astype(int)
p, q = scipy.special.expit(teacher), scipy.special.expit(student)
out["labels"] = {
    "student": student.tolist(), "teacher": teacher.tolist(), "labels": labels.tolist(),
    "microF1": sklearn.metrics.f1_score(labels, found, average="micro"),
    "macroF1": sklearn.metrics.f1_score(labels, found, average="macro"),
    "f1": sklearn.metrics.f1_score(labels, found, average=None).tolist(),
    "averagePrecision": sklearn.metrics.average_precision_score(labels, student, average="macro"),
    "logProbability": -np.mean([
        sklearn.metrics.log_loss(labels[:, k], q[:, k], labels=[0, 1]) for k in range(names)]),
    "agreement": (found == said).mean(0).tolist(),
    "divergence": sum(
        scipy.stats.entropy([p[:, k], 1 - p[:, k]], [q[:, k], 1 - q[:, k]])
        for k in range(names)).tolist(),
}

a = np.round(rng.normal(size=(30, 6)), 3)
b = np.round(a + 0.7 * rng.normal(size=a.shape), 3)


def similarities(x):
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    return x @ x.T


s, t = similarities(b), similarities(a)
others = [np.arange(30) != i for i in range(30)]
out["embeddings"] = {
    "student": b.tolist(), "teacher": a.tolist(),
    "cosine": [1 - scipy.spatial.distance.cosine(x, y) for x, y in zip(b, a)],
    "rankCorrelation": [
        scipy.stats.spearmanr(s[i][o], t[i][o]).statistic for i, o in enumerate(others)],
    "nearest": [int(np.argmax(s[i][o]) == np.argmax(t[i][o])) for i, o in enumerate(others)],
}
path = os.path.join(tests, "ReportingTests/Fixtures/labels.json")
with open(path, "w") as file:
    json.dump(out, file)
print("wrote", path)
