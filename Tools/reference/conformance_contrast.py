"""Reference numbers for the losses on features that contrast, review or reuse a head, in float64.

Usage: python Tools/reference/conformance_contrast.py   (writes Conformance/features/*.json, and
Conformance/peersKullbackLeibler.json)

Formulas are written from the papers, example by example and place by place. PyTorch's autograd
differentiates them with respect to the student's features and the loss's own parameters. Nothing is
shared with the library.
"""

import json
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
folder = pathlib.Path(__file__).parents[2] / "Conformance"
made_by = f"Tools/reference/conformance_contrast.py with PyTorch {torch.__version__}"


class Draws:
    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)

    def __call__(self, *shape, scale=1.0):
        """Normal numbers of three decimals."""
        x = torch.randn(*shape, generator=self.generator) * scale
        return torch.round(x * 1000) / 1000



# Channel-wise distillation: one channel of one example after another.

def channel_wise(student, teacher, parameters, settings):
    T, (B, C) = settings["temperature"], student["map"].shape[:2]
    total = 0.0
    for n in range(B):
        for c in range(C):
            q = torch.softmax(student["map"][n, c].flatten() / T, 0)
            p = torch.softmax(teacher["map"][n, c].flatten() / T, 0)
            total = total + sum(p[i] * torch.log(p[i] / q[i]) for i in range(len(p)))
    return T * T * total / (B * C)


# Reused head: the projector is the student's; only the difference is the loss.

def averaged(x, height, width):
    """Means over regions from ⌊i·n/m⌋ to ⌈(i + 1)·n/m⌉."""
    H, W = x.shape[2:]
    rows = [torch.stack([
        x[:, :, i * H // height:-(-(i + 1) * H // height),
          j * W // width:-(-(j + 1) * W // width)].mean((2, 3))
        for j in range(width)], -1) for i in range(height)]
    return torch.stack(rows, -2)


def reused_head(student, teacher, parameters, settings):
    s, t = student["map"], teacher["map"]
    height, width = min(s.shape[2], t.shape[2]), min(s.shape[3], t.shape[3])
    difference = averaged(s, height, width) - averaged(t, height, width)
    return sum(d * d for d in difference.flatten()) / difference.numel()


# Softmax regression: connector a 1×1 convolution, head the mean over places and a linear layer.

def softmax_regression(student, teacher, parameters, settings):
    s, t = student["map"], teacher["map"]
    W, b = parameters["0.weight"][:, :, 0, 0], parameters["0.bias"]
    r = torch.einsum("oc,nchw->nohw", W, s) + b[None, :, None, None]
    features = ((r.mean((2, 3)) - t.mean((2, 3))) ** 2).mean()
    head_w, head_b = teacher["head_weight"], teacher["head_bias"]
    logits = r.mean((2, 3)) @ head_w.T + head_b
    return features + settings["regression"] * ((logits - teacher["values"]) ** 2).mean()


# Knowledge review.

def nearest(x, height, width):
    H, W = x.shape[2:]
    return torch.stack([torch.stack([x[:, :, i * H // height, j * W // width]
                                     for j in range(width)], -1) for i in range(height)], -2)


def normalized(x, p, path, training):
    if training:
        mean = x.mean((0, 2, 3))
        var = ((x - mean[None, :, None, None]) ** 2).mean((0, 2, 3))
    else:
        mean, var = p[f"{path}.running_mean"], p[f"{path}.running_var"]
    shape = (None, slice(None), None, None)
    x = (x - mean[shape]) / torch.sqrt(var[shape] + 1e-5)
    return x * p[f"{path}.weight"][shape] + p[f"{path}.bias"][shape]


def knowledge_review(student, teacher, parameters, settings):
    stages, deeper, total = settings["stages"], None, 0.0
    for level in reversed(range(stages)):
        s, t, path = student[f"s{level}"], teacher[f"t{level}"], f"stages.{level}"
        if s.dim() == 2:
            s = s[:, :, None, None]
        x = torch.einsum("oc,nchw->nohw", parameters[f"{path}.narrowing.0.weight"][:, :, 0, 0], s)
        x = normalized(x, parameters, f"{path}.narrowing.1", settings["training"])
        if deeper is not None:
            y = nearest(deeper, *s.shape[2:])
            z = torch.cat([x, y], 1)
            w = parameters[f"{path}.attention.weight"][:, :, 0, 0]
            a = torch.sigmoid(torch.einsum("oc,nchw->nohw", w, z)
                              + parameters[f"{path}.attention.bias"][None, :, None, None])
            x = x * a[:, :1] + y * a[:, 1:]
        deeper = x = nearest(x, *t.shape[2:])
        x = F.conv2d(x, parameters[f"{path}.widening.0.weight"], padding=1)
        r = normalized(x, parameters, f"{path}.widening.1", settings["training"])
        terms, weight = [(1.0, ((r - t) ** 2).mean())], 1.0
        for places in (4, 2, 1):
            if places < t.shape[2]:
                weight /= 2
                a, b = averaged(r, places, places), averaged(t, places, places)
                terms.append((weight, ((a - b) ** 2).mean()))
        total = total + sum(w * v for w, v in terms) / sum(w for w, v in terms)
    return total


# Contrastive representation: one example and one negative after another.

def contrastive(student, teacher, parameters, settings):
    T, Z = settings["temperature"], parameters["normalizers"]
    n, K = parameters["teacher_bank"].shape[0], len(settings["places"][0]) - 1

    def embedded(x, who):
        v = parameters[f"{who}.weight"] @ x + parameters[f"{who}.bias"]
        return v / torch.sqrt((v * v).sum())
    total = 0.0
    sides = [("student", student["row"], "teacher_bank", Z[0]),
             ("teacher", teacher["row"], "student_bank", Z[1])]
    for who, rows, bank, normalizer in sides:
        for b, places in enumerate(settings["places"]):
            v = embedded(rows[b], who)
            scores = [torch.exp(v @ parameters[bank][place] / T) for place in places]
            # P = e^s / Z with K Z / n = normalizer, hence h = P / (P + K / n).
            constant = normalizer * n / K
            h = [s / constant / (s / constant + K / n) for s in scores]
            total = total - torch.log(h[0]) - sum(torch.log(1 - x) for x in h[1:])
    return total / len(settings["places"])


# Members, for the format of losses on outputs.

def peers(s, members, T):
    B, M = len(s), len(members)
    total = 0.0
    for n in range(B):
        q = torch.softmax(s[n] / T, 0)
        for member in members:
            p = torch.softmax(member[n] / T, 0)
            total = total + sum(p[k] * torch.log(p[k] / q[k]) for k in range(len(p)))
    return T * T * total / (B * M)


def tensor(x):
    return {"shape": list(x.shape), "values": x.flatten().tolist()}


def case(name, formula, settings, student, teacher, parameters, constants=()):
    for key, value in [*student.items(), *parameters.items()]:
        if key not in constants:
            value.requires_grad_(True)
    value = formula(student, teacher, parameters, settings)
    wanted = {**student, **parameters}
    names = [key for key, x in wanted.items() if x.requires_grad]
    gradients = torch.autograd.grad(value, [wanted[key] for key in names], allow_unused=True)
    return {
        "loss": name, "settings": settings,
        "student": {key: tensor(x.detach()) for key, x in student.items()},
        "teacher": {key: tensor(x) for key, x in teacher.items()},
        "parameters": {key: tensor(x.detach()) for key, x in parameters.items()},
        "value": value.item(),
        "gradients": {key: tensor(g) for key, g in zip(names, gradients) if g is not None},
    }


def channel_wise_cases():
    for T, scale in [(4.0, 2.0), (1.0, 2.0), (1.0, 30.0)]:
        d = Draws(1)
        yield case("channelWise", channel_wise, {"temperature": T},
                   {"map": d(3, 2, 3, 4, scale=scale)}, {"map": d(3, 2, 3, 4, scale=scale)}, {})


def reused_head_cases():
    for own, other in [((3, 3), (3, 3)), ((5, 6), (3, 2)), ((2, 3), (5, 3))]:
        d = Draws(2)
        yield case("reusedHead", reused_head, {}, {"map": d(3, 2, *own)},
                   {"map": d(3, 2, *other)}, {})


def softmax_regression_cases():
    for weight in (1.0, 0.3):
        d = Draws(3)
        yield case("softmaxRegression", softmax_regression, {"regression": weight},
                   {"map": d(4, 2, 3, 3)},
                   {"map": d(4, 3, 3, 3), "values": d(4, 5), "head_weight": d(5, 3),
                    "head_bias": d(5)},
                   {"0.weight": d(3, 2, 1, 1), "0.bias": d(3)})


def knowledge_review_cases():
    for training in (False, True):
        d = Draws(4)
        student = {"s0": d(3, 2, 6, 6), "s1": d(3, 3, 3, 3), "s2": d(3, 4)}
        teacher = {"t0": d(3, 3, 5, 5), "t1": d(3, 2, 3, 3), "t2": d(3, 4, 1, 1)}
        width, parameters, constants = 3, {}, []
        for level, (own, other) in enumerate([(2, 3), (3, 2), (4, 4)]):
            path = f"stages.{level}"
            parts = [("narrowing", (width, own, 1, 1)), ("widening", (other, width, 3, 3))]
            for part, shape in parts:
                parameters[f"{path}.{part}.0.weight"] = d(*shape)
                parameters[f"{path}.{part}.1.weight"] = d(shape[0]).abs() + 0.5
                parameters[f"{path}.{part}.1.bias"] = d(shape[0])
                for key, value in [("running_mean", d(shape[0])),
                                   ("running_var", d(shape[0]).abs() + 0.5)]:
                    parameters[f"{path}.{part}.1.{key}"] = value
                    constants.append(f"{path}.{part}.1.{key}")
            if level < 2:
                parameters[f"{path}.attention.weight"] = d(2, 2 * width, 1, 1)
                parameters[f"{path}.attention.bias"] = d(2)
        yield case("knowledgeReview", knowledge_review,
                   {"stages": 3, "training": training, "width": width}, student, teacher,
                   parameters, constants)


def contrastive_cases():
    # Few examples and many draws, so that the whole bank is multiplied; then the reverse.
    for n, K, T in [(7, 9, 0.5), (40, 2, 0.07)]:
        d = Draws(5)
        B, width, own, other = 3, 4, 5, 6
        generator = torch.Generator().manual_seed(6)
        places = torch.randint(n, (B, 1 + K), generator=generator).tolist()
        bank = lambda: F.normalize(d(n, width), dim=1)
        parameters = {
            "student.weight": d(width, own), "student.bias": d(width),
            "teacher.weight": d(width, other), "teacher.bias": d(width),
            "student_bank": bank(), "teacher_bank": bank(),
            "normalizers": torch.tensor([1.5, 4.25]),
        }
        yield case("contrastiveRepresentation", contrastive,
                   {"temperature": T, "negatives": K, "examples": n, "places": places},
                   {"row": d(B, own)}, {"row": d(B, other)}, parameters,
                   ("student_bank", "teacher_bank", "normalizers"))


def write(path, name, source, cases, made_by=made_by):
    head = json.dumps({"name": name, "source": source, "madeBy": made_by}, ensure_ascii=False)[:-1]
    lines = ",\n".join("    " + json.dumps(c) for c in cases)
    path.write_text(f'{head}, "cases": [\n{lines}\n]}}\n')


def members_cases():
    for T in (1, 3):
        for scale in (1.5, 12.0):
            d = Draws(7)
            student, members = d(6, 4, scale=scale), d(3, 6, 4, scale=scale)
            student.requires_grad_(True)
            value = peers(student, members, float(T))
            gradient = torch.autograd.grad(value, student)[0]
            yield {
                "loss": "peersKullbackLeibler" + (f"(temperature: {T})" if T > 1 else ""),
                "settings": {"temperature": T}, "meaning": "logits",
                "student": student.tolist(), "teacher": members[0].tolist(),
                "labels": [0] * 6, "members": members.tolist(), "value": value.item(),
                "gradient": gradient.tolist(),
            }


if __name__ == "__main__":
    (folder / "features").mkdir(exist_ok=True)
    for name, source, cases in [
        ("channelWise", "Shu 2021", channel_wise_cases()),
        ("reusedHead", "Chen 2022", reused_head_cases()),
        ("softmaxRegression", "Yang 2021", softmax_regression_cases()),
        ("knowledgeReview", "Chen 2021", knowledge_review_cases()),
        ("contrastiveRepresentation", "Tian 2020", contrastive_cases()),
    ]:
        write(folder / "features" / f"{name}.json", name, source, cases)
    write(folder / "peersKullbackLeibler.json", "peersKullbackLeibler", "Zhang 2018",
          members_cases())
    print("wrote 6 files")
