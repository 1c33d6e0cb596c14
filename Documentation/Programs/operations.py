"""Computes what a student that `distill export --format json` wrote answers, without a package.

It knows perceptrons, mixtures and densities, and refuses convolutions, attention and recurrent layers
by name:

    predict(json.load(open("risk.json")), [0.3, 1.2])
"""
import json, math

def sigmoid(x): return 0.5 * (1 + math.tanh(x / 2))
def cumulative(x): return 0.5 * math.erfc(-x / math.sqrt(2))
def softplus(x): return max(x, 0) + math.log1p(math.exp(-abs(x)))

FUNCTIONS = {"identity": lambda x: x, "relu": lambda x: max(x, 0.0), "tanh": math.tanh,
             "sigmoid": sigmoid, "normalCumulative": cumulative, "softplus": softplus,
             "gelu": lambda x: x * cumulative(x), "silu": lambda x: x * sigmoid(x),
             "elu": lambda x: x if x > 0 else math.expm1(x),
             "leakyReLU": lambda x: x if x > 0 else 0.01 * x,
             "hardSwish": lambda x: x * min(max(x + 3, 0), 6) / 6}

def softmax(x):
    e = [math.exp(v - max(x)) for v in x]
    return [v / sum(e) for v in e]

def bernoulli(x, logits):
    return sum(v * z - softplus(z) for v, z in zip(x, logits))

def nade(o, f, x):
    sums, total = o["hiddenBiases"], 0.0
    for i, w, u, b in zip(o["order"], o["weights"], o["outputWeights"], o["visibleBiases"]):
        total += bernoulli([x[i]], [b + sum(v * f(s) for v, s in zip(u, sums))])
        sums = [s + x[i] * v for s, v in zip(sums, w)]
    return [total]

def each(f, x): return [each(f, v) if isinstance(v, list) else f(v) for v in x]

def linear(w, b, x): return [c + sum(p * v for p, v in zip(row, x)) for row, c in zip(w, b)]

def prefixes(o, x):
    sums, found = o["biases"], []
    masks = o.get("masks") or [[0.0] * len(sums)] * len(x)
    for i, w, m, factor in zip(o["order"], o["weights"], masks, o["factors"]):
        found.append([factor * s for s in sums])
        sums = [s + x[i] * v + u for s, v, u in zip(sums, w, m)]
    return found

def rows(o, x):
    found = dict(zip(o["order"], map(linear, o["weights"], o["biases"], x)))
    found = [found[i] for i in range(len(x))]
    return found if len(o["shape"]) > 1 else [v for v, in found]

def log_sum(x): return max(x) + math.log(sum(math.exp(v - max(x)) for v in x))

def log_density(x, parts):
    n = len(parts) // 3
    logs = [l - d - ((x - m) * math.exp(-d)) ** 2 / 2
            for l, m, d in zip(parts[:n], parts[n:], parts[2 * n:])]
    return log_sum(logs) - log_sum(parts[:n]) - math.log(2 * math.pi) / 2

def known(name, names):
    if name not in names:
        raise ValueError(f"{name} is not computed here")
    return names[name]

def predict(student, x):
    shape, mean, deviation = student["shape"], student["mean"], student["deviation"]
    if len(shape) > 1 or len(x) != shape[0]:
        raise ValueError(f"an input is of shape {shape}, and {len(x)} features were given")
    values = [[(v - m) / d for v, m, d in zip(x, mean, deviation)] if mean else x]
    for o in student["operations"]:
        f = known(o["activation"], FUNCTIONS)
        x, other = values[o["inputs"][0]], values[o["inputs"][-1]]
        w, b = o.get("weights"), o.get("biases")
        n = len(x) // o.get("groups", 1)
        x = known(o["kind"], {
            "linear": lambda: linear(w, b, x),
            "positionwise": lambda: [linear(w, b, v) for v in x],
            "scale": lambda: [p * v + c for p, v, c in zip(w, x, b)],
            "sum": lambda: [v + u for v, u in zip(x, other)],
            "softmax": lambda: sum((softmax(x[i:i + n]) for i in range(0, len(x), n)), []),
            "bernoulli": lambda: [bernoulli(x, other)],
            "prefixes": lambda: prefixes(o, x),
            "rows": lambda: rows(o, x),
            "normalDensity": lambda: [o["constant"] + sum(map(log_density, x, other))],
            "logSum": lambda: [log_sum(x + other)],
            "nade": lambda: nade(o, f, x)})()
        values.append(x if o["kind"] == "nade" else each(f, x))
    x = values[student["output"]]
    n = len(x) // {"normalMixture": 3, "poissonMixture": 2}.get(student["ending"], 1)
    return known(student["ending"], {
        "values": lambda: x, "softmax": lambda: softmax(x), "sigmoidPair": lambda: softmax([0, *x]),
        "normalMixture": lambda: softmax(x[:n]) + x[n:2 * n] + [math.exp(v) for v in x[2 * n:]],
        "poissonMixture": lambda: softmax(x[:n]) + [math.exp(v) for v in x[n:]]})()
