"""Reference numbers for losses that compare derivatives and for ensembles, in float64.

Usage: python Tools/reference/losses.py   (writes Tests/DistillationTests/Fixtures/losses.json)

Formulas are written from the papers, example by example and class by class, with PyTorch's autograd
for derivatives with respect to inputs and parameters. Nothing here is fast, and nothing is shared
with the library: that is the point. Losses on outputs alone are in conformance.py.
"""

import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)
INPUTS, HIDDEN, CLASSES, BATCH, PROJECTIONS, MEMBERS = 3, 5, 4, 6, 2, 3


def network(outputs, generator):
    """Weights of a tanh network inputs-hidden-outputs."""
    def draw(*shape):
        return torch.randn(*shape, generator=generator) * 0.8

    return [draw(HIDDEN, INPUTS), draw(HIDDEN), draw(outputs, HIDDEN), draw(outputs)]


def logits(weights, x):
    return weights[2] @ torch.tanh(weights[0] @ x + weights[1]) + weights[3]


def class_logits(weights, x):
    """One logit z stands for the two logits (0, z)."""
    z = logits(weights, x)
    return torch.cat([torch.zeros(1), z]) if z.numel() == 1 else z


def probabilities(z, temperature=1.0):
    e = torch.exp(z / temperature)
    return e / e.sum()


def derivatives(function, x, create_graph):
    """Rows: the derivative of each output of function at x."""
    x = x.clone().requires_grad_(True)
    out = function(x)
    rows = [torch.autograd.grad(o, x, create_graph=create_graph, retain_graph=True)[0] for o in out]
    return torch.stack(rows)


def log_probability_derivatives(weights, x, create_graph):
    return derivatives(lambda x: torch.log(probabilities(class_logits(weights, x))), x, create_graph)


def derivative_squared_error(student, teacher, x, label, v):
    J = log_probability_derivatives(student, x, True)
    Jt = log_probability_derivatives(teacher, x, False)
    return sum(((J[k] - Jt[k]) ** 2).sum() for k in range(len(J))) / (2 * len(J))


def projected(student, teacher, x, label, v):
    J = log_probability_derivatives(student, x, True)
    Jt = log_probability_derivatives(teacher, x, False)
    K, M = len(J), v.shape[0]
    total = 0.0
    for m in range(M):
        row = sum(v[m, k] * (J[k] - Jt[k]) for k in range(K))
        total = total + (row ** 2).sum()
    return total / (2 * K * M)


def average_score_matching(student, teacher, x, label, v):
    J = log_probability_derivatives(student, x, True)
    Jt = log_probability_derivatives(teacher, x, False)
    t = probabilities(class_logits(teacher, x))
    return sum(t[k] * ((J[k] - Jt[k]) ** 2).sum() for k in range(len(J))) / 2


LOSSES = {
    "derivativeSquaredError": derivative_squared_error,
    f"projectedDerivativeSquaredError(projections: {PROJECTIONS})": projected,
    "averageScoreMatching": average_score_matching,
}


def mixture(members, mean):
    def log_mean(x):
        p = torch.stack([probabilities(class_logits(w, x)) for w in members])
        if mean == "probabilities":
            return torch.log(p.mean(0))
        g = torch.exp(torch.log(p).mean(0))
        return torch.log(g / g.sum())
    return log_mean


def case(outputs, seed):
    generator = torch.Generator().manual_seed(seed)
    student = [w.requires_grad_(True) for w in network(outputs, generator)]
    members = [network(outputs, generator) for _ in range(MEMBERS)]
    teacher = members[0]
    x = torch.randn(BATCH, INPUTS, generator=generator)
    classes = max(outputs, 2)
    labels = torch.randint(classes, (BATCH,), generator=generator)
    v = torch.randn(BATCH, PROJECTIONS, classes, generator=generator)
    losses = {}
    for name, loss in LOSSES.items():
        value = sum(loss(student, teacher, x[n], labels[n], v[n]) for n in range(BATCH)) / BATCH
        gradients = torch.autograd.grad(value, student, allow_unused=True)
        flat = [g if g is not None else torch.zeros_like(w) for g, w in zip(gradients, student)]
        losses[name] = {
            "value": value.item(),
            "gradient": torch.cat([g.flatten() for g in flat]).tolist(),
        }
    ensembles = {}
    for mean in ["probabilities", "logProbabilities"]:
        function = mixture(members, mean)
        ensembles[mean] = {
            "values": torch.stack([function(x[n]) for n in range(BATCH)]).tolist(),
            "derivatives": torch.stack(
                [derivatives(function, x[n], False) for n in range(BATCH)]).tolist(),
        }
    return {
        "widths": [INPUTS, HIDDEN, outputs],
        "student": [w.detach().flatten().tolist() for w in student],
        "members": [[w.flatten().tolist() for w in m] for m in members],
        "inputs": x.tolist(),
        "labels": labels.tolist(),
        "directions": v.tolist(),
        "losses": losses,
        "ensembles": ensembles,
    }


if __name__ == "__main__":
    fixture = {
        "madeBy": f"Tools/reference/losses.py with PyTorch {torch.__version__}",
        "classes": case(CLASSES, 1),
        "binary": case(1, 2),
    }
    target = pathlib.Path(__file__).parents[2] / "Tests/DistillationTests/Fixtures/losses.json"
    target.write_text(json.dumps(fixture) + "\n")
    print(f"wrote {target.name}: {len(LOSSES)} losses")
