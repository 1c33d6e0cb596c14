"""Reference numbers for the losses that bring a student's features to the teacher's, in float64.

Usage: python Tools/reference/conformance_features.py   (writes Conformance/features/*.json)

Formulas are written from the papers, or for other code's conventions from what it computes, example
by example and channel by channel. PyTorch's autograd differentiates them with respect to the
student's features and the loss's own parameters; its convolutions are used for layers. Nothing is
shared with the library.
"""

import math

import torch
import torch.nn.functional as F

from conformance_contrast import Draws, averaged, case, folder, write

made_by = f"Tools/reference/conformance_features.py with PyTorch {torch.__version__}"


# Layers by their parameters' paths.

def batch_norm(x, parameters, path, training):
    axes = [a for a in range(x.dim()) if a != 1]
    shape = [1, -1] + [1] * (x.dim() - 2)
    if training:
        mean, var = x.mean(axes), x.var(axes, correction=0)
    else:
        mean, var = parameters[f"{path}.running_mean"], parameters[f"{path}.running_var"]
    x = (x - mean.view(shape)) / torch.sqrt(var.view(shape) + 1e-5)
    return x * parameters[f"{path}.weight"].view(shape) + parameters[f"{path}.bias"].view(shape)


def norm_parameters(d, path, channels):
    return {
        f"{path}.weight": d(channels).abs() + 0.5, f"{path}.bias": d(channels),
        f"{path}.running_mean": d(channels), f"{path}.running_var": d(channels).abs() + 0.5,
    }


def constants(parameters, *more):
    return [key for key in parameters if "running_" in key] + list(more)


def length_one(x):
    return x / x.square().sum().sqrt()


def one_size(a, b):
    height, width = min(a.shape[2], b.shape[2]), min(a.shape[3], b.shape[3])
    return averaged(a, height, width), averaged(b, height, width)


def each(formula):
    """The mean over examples of a formula of two features of one example."""
    return lambda s, t: sum(formula(s[n], t[n]) for n in range(len(s))) / len(s)


# Hints: mean square error behind a regressor.

def hints(student, teacher, parameters, settings):
    s, t = student["map"], teacher["map"]
    if settings.get("style") == "linear":
        s = torch.stack([parameters["0.weight"] @ x + parameters["0.bias"] for x in s])
    elif parameters:
        W, b = parameters["0.weight"], parameters["0.bias"]
        if s.shape[2] == 2 * t.shape[2]:
            s = F.conv2d(s, W, b, stride=2, padding=1)
        elif 2 * s.shape[2] == t.shape[2]:
            s = F.conv_transpose2d(s, W, b, stride=2, padding=1)
        else:
            s = F.conv2d(s, W, b)
        s = batch_norm(s, parameters, "1", settings.get("training", False)).clamp(min=0)
    return sum((a - b) ** 2 for a, b in zip(s.flatten(), t.flatten())) / t.numel()


def hint_cases():
    yield case("hints", hints, {}, {"map": (d := Draws(11))(3, 2, 3, 3)}, {"map": d(3, 2, 3, 3)}, {})
    for own, other, size, training in [
            ((2, 4, 4), (3, 2, 2), 3, True), ((2, 2, 2), (3, 4, 4), 4, False),
            ((2, 4, 5), (3, 3, 3), (2, 3), False)]:
        d = Draws(12)
        height, width = (size, size) if isinstance(size, int) else size
        channels = (own[0], other[0]) if size == 4 else (other[0], own[0])
        parameters = {"0.weight": d(*channels, height, width), "0.bias": d(other[0]),
                      **norm_parameters(d, "1", other[0])}
        yield case("hints", hints, {"training": training}, {"map": d(4, *own)},
                   {"map": d(4, *other)}, parameters, constants(parameters))
    d = Draws(13)
    yield case("hints", hints, {"style": "linear"}, {"map": d(3, 4)}, {"map": d(3, 5)},
               {"0.weight": d(5, 4), "0.bias": d(5)})


# Attention transfer: one place after another.

def attention_transfer(student, teacher, parameters, settings):
    p, paper = settings["power"], settings.get("variant") == "paper"

    def attention(x):
        C, H, W = x.shape
        return length_one(torch.stack([
            sum(x[c, i, j].abs() ** p for c in range(C)) for i in range(H) for j in range(W)]))

    def distance(s, t):
        squares = (attention(s) - attention(t)) ** 2
        return squares.sum().sqrt() if paper else squares.sum() / len(squares)
    return each(distance)(*one_size(student["map"], teacher["map"]))


def attention_cases():
    for settings, own, other in [
            ({"power": 2.0}, (3, 2, 3, 4), (3, 4, 3, 4)), ({"power": 2.0}, (3, 2, 5, 4), (3, 3, 2, 2)),
            ({"power": 3.0}, (3, 2, 2, 2), (3, 3, 4, 4)),
            ({"power": 2.0, "variant": "paper"}, (3, 2, 3, 3), (3, 4, 3, 3))]:
        d = Draws(14)
        yield case("attentionTransfer", attention_transfer, settings, {"map": d(*own)},
                   {"map": d(*other)}, {})


# Factor transfer.

def factor_transfer(student, teacher, parameters, settings):
    def encoded(x, path, step, normalized):
        for layer in range(3):
            at = f"{path}{layer * step}"
            x = F.conv2d(x, parameters[f"{at}.weight"], parameters[f"{at}.bias"], padding=1)
            if normalized:
                x = batch_norm(x, parameters, f"{path}{layer * step + 1}",
                               settings.get("training", False))
            x = torch.where(x > 0, x, 0.1 * x)
        return x
    s = encoded(student["map"], "", 3, True)
    t = encoded(teacher["map"], "encoder.", 2, False)
    s, t = averaged(s, *t.shape[2:]) if s.shape[2:] != t.shape[2:] else s, t

    def distance(a, b):
        if settings.get("variant") == "repDistiller":
            a, b = (a ** 2).mean(0), (b ** 2).mean(0)
        return (length_one(a.flatten()) - length_one(b.flatten())).abs().mean()
    return each(distance)(s, t)


def factor_cases():
    for settings in [{}, {"training": True}, {"variant": "repDistiller"}]:
        d, own, other, factors = Draws(15), 2, 4, 2
        shapes = [(own, own), (factors, own), (factors, factors)]
        parameters = {}
        for layer, (out, into) in enumerate(shapes):
            parameters |= {f"{3 * layer}.weight": d(out, into, 3, 3), f"{3 * layer}.bias": d(out),
                           **norm_parameters(d, f"{3 * layer + 1}", out)}
        for layer, (out, into) in enumerate([(other, other), (factors, other), (factors, factors)]):
            parameters |= {f"encoder.{2 * layer}.weight": d(out, into, 3, 3),
                           f"encoder.{2 * layer}.bias": d(out)}
        frozen = [key for key in parameters if key.startswith("encoder")]
        yield case("factorTransfer", factor_transfer, settings, {"map": d(3, own, 4, 4)},
                   {"map": d(3, other, 2, 2)}, parameters, constants(parameters, *frozen))


# Activation boundaries and overhaul: one neuron after another, behind a normalised projector.

def normalized(student, parameters, settings):
    s = student["map"]
    if "0.weight" not in parameters:
        return s
    W = parameters["0.weight"]
    s = F.conv2d(s, W) if s.dim() == 4 else s @ W.T
    return batch_norm(s, parameters, "1", settings.get("training", False))


def activation_boundaries(student, teacher, parameters, settings):
    m, s, t = settings["margin"], normalized(student, parameters, settings), teacher["map"]
    total = 0.0
    for a, b in zip(s.flatten(), t.flatten()):
        if b > 0 and a <= m:
            total = total + (a - m) ** 2
        if b <= 0 and a > -m:
            total = total + (a + m) ** 2
    return total / len(s)


def projected_cases(name, formula, all_settings, more=lambda d, channels: {}):
    for settings in all_settings:
        for own, other in [((3, 2, 2), (3, 2, 2)), ((2, 2, 3), (3, 2, 3)), ((4,), (3,))]:
            d = Draws(16)
            parameters = {}
            if own != other:
                tail = (1, 1) if len(own) == 3 else ()
                parameters = {"0.weight": d(other[0], own[0], *tail),
                              **norm_parameters(d, "1", other[0])}
            margins = more(d, other[0])
            parameters |= margins
            training = {"training": True} if own != other and settings.get("training") else {}
            kept = {key: value for key, value in settings.items() if key != "training"}
            yield case(name, formula, kept | training, {"map": d(4, *own, scale=1.5)},
                       {"map": d(4, *other, scale=1.5)}, parameters,
                       constants(parameters, *margins))


def overhaul(student, teacher, parameters, settings):
    s, t = normalized(student, parameters, settings), teacher["map"]
    B, C = t.shape[:2]
    total = 0.0
    for n in range(B):
        for c in range(C):
            for a, b in zip(s[n, c].flatten(), t[n, c].flatten()):
                target = max(b, parameters["values"][c])
                if b > 0 or a > target:
                    total = total + (a - target) ** 2
    return total / B


# Flow of the solution procedure.

def solution_flow(student, teacher, parameters, settings):
    def largest(x, height, width):
        H, W = x.shape[1:]
        return torch.stack([torch.stack([
            x[:, i * H // height:-(-(i + 1) * H // height),
              j * W // width:-(-(j + 1) * W // width)].amax((1, 2))
            for j in range(width)], -1) for i in range(height)], -2)

    def flow(a, b):
        height, width = min(a.shape[1], b.shape[1]), min(a.shape[2], b.shape[2])
        a, b = largest(a, height, width), largest(b, height, width)
        return torch.stack([torch.stack([
            (a[i] * b[j]).sum() / (height * width) for j in range(len(b))]) for i in range(len(a))])

    def projected(x, path):
        key = f"{path}.0.weight"
        return F.conv2d(x, parameters[key], parameters[f"{path}.0.bias"]) if key in parameters else x
    s = [projected(student[end], end) for end in ("first", "last")]
    t = [teacher[end] for end in ("first", "last")]
    total = 0.0
    for n in range(len(t[0])):
        D = flow(s[0][n], s[1][n]) - flow(t[0][n], t[1][n])
        if settings.get("variant") == "torchdistill":
            total = total + sum((D[:, j] ** 2).sum().sqrt() for j in range(D.shape[1]))
        else:
            total = total + (D ** 2).sum() / D.numel()
    return total / len(t[0])


def flow_cases():
    for settings, inserted in [({}, False), ({"variant": "torchdistill"}, False), ({}, True)]:
        d, parameters = Draws(17), {}
        own = (2, 3) if inserted else (3, 4)
        if inserted:
            for end, into, out in [("first", 2, 3), ("last", 3, 4)]:
                parameters |= {f"{end}.0.weight": d(out, into, 1, 1), f"{end}.0.bias": d(out)}
        yield case("solutionFlow", solution_flow, settings,
                   {"first": d(3, own[0], 4, 4), "last": d(3, own[1], 2, 2)},
                   {"first": d(3, 3, 5, 5), "last": d(3, 4, 3, 3)}, parameters)


# Neuron selectivity: one pair of channels after another.

def neuron_selectivity(student, teacher, parameters, settings):
    kernel = {
        "linear": lambda a, b: a @ b,
        "polynomial": lambda a, b: (a @ b) ** 2,
        "gaussian": lambda a, b: torch.exp(-((a - b) ** 2).sum() / (2 * settings["variance"])),
    }[settings["variant"]]

    def discrepancy(s, t):
        s, t = [length_one(c.flatten()) for c in s], [length_one(c.flatten()) for c in t]

        def mean(x, y):
            return sum(kernel(a, b) for a in x for b in y) / (len(x) * len(y))
        return mean(s, s) + mean(t, t) - 2 * mean(s, t)
    return each(discrepancy)(*one_size(student["map"], teacher["map"]))


def selectivity_cases():
    few, many = ((3, 2, 4, 4), (3, 3, 4, 4)), ((3, 5, 2, 2), (3, 6, 4, 4))
    for variant in ("polynomial", "linear", "gaussian"):
        for own, other in (few, many):
            d, settings = Draws(18), {"variant": variant}
            if variant == "gaussian":
                settings["variance"] = 0.7
            yield case("neuronSelectivity", neuron_selectivity, settings, {"map": d(*own)},
                       {"map": d(*other)}, {})


# Variational information.

def variational_information(student, teacher, parameters, settings):
    s, t = student["map"], teacher["map"]
    for layer in (0, 2, 4):
        W = parameters[f"mean.{layer}.weight"]
        s = F.conv2d(s, W) if s.dim() == 4 else s @ W.T
        s = s.clamp(min=0) if layer < 4 else s
    total = 0.0
    for n in range(t.shape[0]):
        for c in range(t.shape[1]):
            variance = torch.log(1 + torch.exp(parameters["scale"][c])) + 1e-5
            for a, b in zip(s[n, c].flatten(), t[n, c].flatten()):
                total = total + ((a - b) ** 2 / variance + torch.log(variance)) / 2
    return total / t.numel()


def variational_cases():
    for own, other, tail in [((2, 2, 3), (3, 2, 3), (1, 1)), ((4,), (3,), ())]:
        d = Draws(19)
        parameters = {"mean.0.weight": d(other[0], own[0], *tail),
                      "mean.2.weight": d(other[0], other[0], *tail),
                      "mean.4.weight": d(other[0], other[0], *tail), "scale": d(other[0], scale=2)}
        yield case("variationalInformation", variational_information, {}, {"map": d(3, *own)},
                   {"map": d(3, *other)}, parameters)


def margin_cases():
    """Means of the negative part of normal numbers by numerical integration."""
    for gamma, beta in [(1.0, 0.0), (0.5, 0.8), (-2.0, -1.5), (0.3, 2.0), (1.3, -3.0)]:
        sd = abs(gamma)
        x = torch.linspace(beta - 12 * sd, 0, 2_000_001)
        density = torch.exp(-0.5 * ((x - beta) / sd) ** 2) / (sd * math.sqrt(2 * math.pi))
        below = torch.trapezoid(density, x).item() if beta < 12 * sd else 0.0
        mean = torch.trapezoid(x * density, x).item() / below if below > 1e-3 else -3 * sd
        print(f"margin of gamma {gamma}, beta {beta}: {mean:.10f}")


if __name__ == "__main__":
    files = [
        ("hints", "Romero 2015", hint_cases()),
        ("attentionTransfer", "Zagoruyko 2017", attention_cases()),
        ("factorTransfer", "Kim 2018", factor_cases()),
        ("activationBoundaries", "Heo 2019", projected_cases(
            "activationBoundaries", activation_boundaries,
            [{"margin": 1.0}, {"margin": 0.5, "training": True}])),
        ("overhaul", "Heo 2019", projected_cases(
            "overhaul", overhaul, [{}, {"training": True}],
            lambda d, channels: {"values": -d(channels).abs()})),
        ("solutionFlow", "Yim 2017", flow_cases()),
        ("neuronSelectivity", "Huang 2017", selectivity_cases()),
        ("variationalInformation", "Ahn 2019", variational_cases()),
    ]
    for name, source, cases in files:
        write(folder / "features" / f"{name}.json", name, source, cases, made_by)
    margin_cases()
    print(f"wrote {len(files)} files")
