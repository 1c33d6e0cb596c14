"""Reference numbers for the operations of Tensors, by NumPy and SciPy alone.

    python Tools/reference/tensors.py > Tests/TensorsTests/Fixtures/operations.json

Made with NumPy 2.4 and SciPy 1.17. Every case is a name, inputs, and the outputs laid in a list.
The inputs also serve the finite-difference tests, so they keep away from kinks and ties.
"""
import json
import sys

import numpy as np
from scipy import linalg, ndimage, signal, special

random = np.random.default_rng(20240607)
cases = {}


def real(*shape, low=-2.0, high=2.0):
    return np.round(random.uniform(low, high, shape), 4)


def positive(*shape):
    return real(*shape, low=0.3, high=3.0)


def integers(array):
    return np.array(array, dtype=np.int64)


def case(name, inputs, *outputs):
    assert name not in cases, name
    cases[name] = {"inputs": [packed(x) for x in inputs], "outputs": [packed(y) for y in outputs]}


def packed(x):
    x = np.asarray(x)
    kind = {"f": "float64", "i": "int64", "b": "bool"}[x.dtype.kind]
    return {"type": kind, "shape": list(x.shape), "elements": [float(v) for v in x.reshape(-1)]}


def unary(name, function, x):
    case(name, [x], function(x))


# Arithmetic, with broadcasting.
a, b, row = real(2, 3), positive(2, 3), positive(3)
case("add", [a, row], a + row)
case("subtract", [row, a], row - a)
case("multiply", [a, row], a * row)
case("divide", [a, row], a / row)
case("addScalar", [a], a + 1.5)
case("subtractScalar", [a], a - 1.5)
case("subtractFromScalar", [a], 1.5 - a)
case("multiplyScalar", [a], a * -2.5)
case("divideScalar", [a], a / 3)
case("divideIntoScalar", [b], 3 / b)
case("negate", [a], -a)
case("remainder", [a], np.mod(a, 0.7))
case("dividedDown", [a], np.floor_divide(a, 0.7))
case("raisedToScalar", [b], b ** 2.5)
case("raisedToTensor", [b, a], b ** a)
case("squared", [a], a * a)
case("interpolated", [a, b], 0.75 * a + 0.25 * b)
case("angle", [a, b], np.arctan2(a, b))
case("logAddExp", [a, b], np.logaddexp(a, b))
case("timesLogarithm", [a, b], special.xlogy(a, b))
case("maximumOfTwo", [a, a[:, ::-1] + 0.01], np.maximum(a, a[:, ::-1] + 0.01))
case("minimumOfTwo", [a, a[:, ::-1] + 0.01], np.minimum(a, a[:, ::-1] + 0.01))
case("clamped", [a], np.clip(a, -0.5, 1.25))

# Functions of each element.
x, p = real(2, 4), real(2, 4, low=-0.9, high=0.9)
unary("exponential", np.exp, x)
unary("exponentialMinusOne", np.expm1, 1e-3 * x)
unary("logarithm", np.log, positive(5))
unary("logarithmOfOnePlus", np.log1p, p)
unary("logarithmToBase2", np.log2, positive(5))
unary("squareRoot", np.sqrt, positive(5))
unary("reciprocalSquareRoot", lambda v: 1 / np.sqrt(v), positive(5))
unary("magnitude", np.abs, x)
unary("sign", np.sign, x)
unary("sine", np.sin, x)
unary("cosine", np.cos, x)
unary("tangent", np.tan, p)
unary("arcsine", np.arcsin, p)
unary("arccosine", np.arccos, p)
unary("arctangent", np.arctan, x)
unary("hyperbolicSine", np.sinh, x)
unary("hyperbolicCosine", np.cosh, x)
unary("errorFunction", special.erf, x)
unary("complementaryErrorFunction", special.erfc, x + 3)
unary("inverseErrorFunction", special.erfinv, p)
unary("normalCumulative", special.ndtr, x)
unary("logNormalCumulative", special.log_ndtr, 4 * x - 5)
unary("normalQuantile", special.ndtri, (p + 1) / 2)
unary("logGamma", special.gammaln, positive(6))
unary("digamma", special.digamma, positive(6))
unary("trigamma", lambda v: special.polygamma(1, v), positive(6))
unary("roundedDown", np.floor, x)
unary("roundedUp", np.ceil, x)
unary("truncated", np.trunc, x)
unary("rounded", np.round, np.array([-1.5, -0.5, 0.5, 1.5, 2.5, 2.6]))

# Activations.
softplus = lambda v: np.logaddexp(0, v)
selu_alpha, selu_scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
unary("tanh", np.tanh, x)
unary("sigmoid", special.expit, x)
unary("logSigmoid", special.log_expit, 20 * x)
unary("relu", lambda v: np.maximum(v, 0), x)
unary("leakyReLU", lambda v: np.where(v > 0, v, 0.2 * v), x)
unary("gelu", lambda v: v * special.ndtr(v), x)
unary("geluApproximate",
      lambda v: 0.5 * v * (1 + np.tanh(np.sqrt(2 / np.pi) * (v + 0.044715 * v ** 3))), x)
unary("silu", lambda v: v * special.expit(v), x)
unary("elu", lambda v: np.where(v > 0, v, np.expm1(v)), x)
unary("softplus", softplus, x)
unary("mish", lambda v: v * np.tanh(softplus(v)), x)
unary("selu", lambda v: selu_scale * np.where(v > 0, v, selu_alpha * np.expm1(v)), x)
unary("hardSwish", lambda v: v * np.clip(v + 3, 0, 6) / 6, 2 * x)
unary("softmax", lambda v: special.softmax(v, axis=0), x)
unary("logSoftmax", lambda v: special.log_softmax(v, axis=-1), 10 * x)

# Reductions.
t = real(2, 3, 4)
unary("sum", np.sum, t)
unary("sumAlong", lambda v: v.sum(axis=(0, 2)), t)
unary("meanAlong", lambda v: v.mean(axis=-1, keepdims=True), t)
unary("variance", lambda v: v.var(ddof=1), t)
unary("varianceAlong", lambda v: v.var(axis=1, ddof=0), t)
unary("standardDeviation", lambda v: v.std(axis=2, ddof=1), t)
unary("logSumExp", special.logsumexp, 5 * t)
unary("logSumExpAlong", lambda v: special.logsumexp(v, axis=1), t)
unary("maximum", lambda v: v.max(axis=1), t)
unary("minimum", lambda v: v.min(axis=(0, 1)), t)
unary("indexOfMaximum", lambda v: v.argmax(axis=-1), t)
unary("indexOfMinimum", lambda v: v.argmin(axis=0), t)
unary("product", lambda v: v.prod(axis=1), t)
unary("norm", lambda v: np.sqrt((v * v).sum()), t)
unary("normOrder3", lambda v: (np.abs(v) ** 3).sum(axis=2) ** (1 / 3), t)
unary("quantile", lambda v: np.quantile(v, 0.3, axis=1), t)
unary("cumulativeSum", lambda v: v.cumsum(axis=1), t)
unary("cumulativeProduct", lambda v: v.cumprod(axis=1), t)
unary("cumulativeLogSumExp", lambda v: np.logaddexp.accumulate(v, axis=1), t)
unary("cumulativeMaximum", lambda v: np.maximum.accumulate(v, axis=2), t)
unary("cumulativeMinimum", lambda v: np.minimum.accumulate(v, axis=0), t)
case("largest", [x], -np.sort(-x, axis=1)[:, :2], np.argsort(-x, axis=1)[:, :2])
case("sorted", [x], np.sort(x, axis=0), np.argsort(x, axis=0, kind="stable"))
counted, weights = integers([1, 0, 3, 1, 1]), real(5)
case("occurrences", [counted], np.bincount(counted, minlength=6))
case("weightedOccurrences", [counted, weights], np.bincount(counted, weights=weights))
holes = np.array([[True, False, True], [True, True, True], [False, False, False]])
case("anyTrue", [holes], holes.any(axis=1))
case("allTrue", [holes], holes.all(axis=1))

# Comparison and logic.
c, d = np.round(real(2, 3)), np.round(real(2, 3))
for name, function in [("equal", np.equal), ("notEqual", np.not_equal), ("less", np.less),
                       ("lessOrEqual", np.less_equal), ("greater", np.greater),
                       ("greaterOrEqual", np.greater_equal)]:
    case(name, [c, d], function(c, d))
    case(name + "Scalar", [c], function(c, 1))
for name, function in [("and", np.logical_and), ("or", np.logical_or), ("xor", np.logical_xor)]:
    case(name, [holes, holes.T], function(holes, holes.T))
case("not", [holes], ~holes)

# Shape.
unary("reshaped", lambda v: v.reshape(4, 6), t)
unary("transposed", lambda v: v.swapaxes(0, 2), t)
unary("permuted", lambda v: v.transpose(1, 2, 0), t)
unary("movingAxis", lambda v: np.moveaxis(v, 0, 2), t)
unary("insertedAndRemovedAxis", lambda v: v[:, None], t[0])
unary("broadcast", lambda v: np.broadcast_to(v, (2, 3, 4)), real(3, 1))
unary("flattened", lambda v: v.reshape(2, 12), t)
case("concatenated", [a, row.reshape(1, 3)], np.concatenate([a, row.reshape(1, 3)], axis=0))
case("stacked", [a, b], np.stack([a, b], axis=1))
case("split", [x], x[:, :3], x[:, 3:])
case("unbound", [a], a[:, 0], a[:, 1], a[:, 2])
unary("repeated", lambda v: np.tile(v, (2, 2)), a)
unary("repeatingEach", lambda v: np.repeat(v, 2, axis=1), a)
unary("reversed", lambda v: v[::-1, :, ::-1], t)
unary("rolled", lambda v: np.roll(v, 2, axis=1), t)
unary("padded", lambda v: np.pad(v, ((0, 1), (2, 1)), constant_values=-1), a)
unary("lowerTriangle", lambda v: np.tril(v, 1), real(3, 3))
unary("upperTriangle", lambda v: np.triu(v), real(3, 3))
case("grid", [row, weights], *np.meshgrid(row, weights, indexing="ij"))

# Indexing.
unary("selecting", lambda v: v[:, -1], t)
unary("slicing", lambda v: v[:, :, 1:4:2], t)
picked = integers([2, 0, 2])
case("gatheringRows", [t, picked], t[:, picked])
places = integers([[0, 2, 1], [1, 1, 0]])
case("gathering", [t[0], places], np.take_along_axis(t[0][:2], places, axis=1))
scattered = t[0].copy()
scatter_places = integers([[0, 2, 1], [1, 3, 0]])
np.put_along_axis(scattered[:2], scatter_places, a, axis=1)
case("scattering", [t[0], a, scatter_places], scattered)
added = t[0].copy()
for i in range(2):
    for j in range(3):
        added[i, places[i, j]] += a[i, j]
case("scatterAdding", [t[0], a, places], added)
sums = t[0].copy()
extra = real(3, 4)
np.add.at(sums, picked, extra)
case("addingSlices", [t[0], extra, picked], sums)
swapped = t[0].copy()
swapped[integers([2, 0])] = extra[:2]
case("replacingSlices", [t[0], extra[:2], integers([2, 0])], swapped)
mask = np.array([[True, False, True], [False, True, False]])
case("filled", [a, mask], np.where(mask, -3.5, a))
case("replacing", [a, b, mask], np.where(mask, b, a))
case("choosing", [mask], np.where(mask, 1.5, -2.0))
case("nonZeroIndices", [mask], np.argwhere(mask))
case("elementsWhere", [a, mask], a[mask])
case("oneHot", [integers([2, 0, 1])], np.eye(4)[[2, 0, 1]])
case("diagonal", [t], np.diagonal(t, offset=1, axis1=1, axis2=2))
edges = np.array([-1.0, 0.0, 0.5, 2.0])
case("insertionIndices", [edges, c], np.searchsorted(edges, c))
case("insertionIndicesAfter", [edges, c], np.searchsorted(edges, c, side="right"))

# Linear algebra.
m, n = real(2, 3, 4), real(2, 4, 2)
square = real(3, 3) + 3 * np.eye(3)
definite = square @ square.T
case("matmul", [m, n], m @ n)
case("matmulVector", [m, n[0, :, 0]], m @ n[0, :, 0])
case("linear", [m, n[0].T, real(2) * 0 + 0.5], m @ n[0] + 0.5)
bias = real(3, 2)
case("addingProduct", [bias, m[0], n[0]], bias + 0.5 * m[0] @ n[0])
case("addingBatchProduct", [bias, m, n], bias + m @ n)
case("outerProduct", [row, weights], np.outer(row, weights))
case("einsum", [m, n], np.einsum("bij,bjk->ik", m, n))
unary("choleskyFactor", np.linalg.cholesky, definite)
unary("inverseMatrix", np.linalg.inv, square)
case("solve", [square, bias], np.linalg.solve(square, bias))
case("solveTriangular", [np.triu(square), bias],
     linalg.solve_triangular(np.triu(square), bias, lower=False))
unary("logDeterminant", lambda v: np.linalg.slogdet(v)[1], square)
unary("trace", np.trace, square)
unary("eigenvalues", np.linalg.eigvalsh, definite)
unary("singularValues", lambda v: np.linalg.svd(v)[1], m[0])
unary("orthogonalProduct", lambda v: v, square)
case("pairwiseDistances", [m[0], m[1]],
     np.sqrt(((m[0][:, None] - m[1][None]) ** 2).sum(-1)))


# Convolution and pooling, by loops.
def convolve(image, weight, stride, padding, groups=1):
    image = np.pad(image, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    per, size = weight.shape[1], weight.shape[2]
    rows = (image.shape[2] - size) // stride + 1
    columns = (image.shape[3] - size) // stride + 1
    out = np.zeros((image.shape[0], weight.shape[0], rows, columns))
    for f in range(weight.shape[0]):
        start = f // (weight.shape[0] // groups) * per
        for i in range(rows):
            for j in range(columns):
                patch = image[:, start:start + per, i * stride:i * stride + size,
                              j * stride:j * stride + size]
                out[:, f, i, j] = (patch * weight[f]).sum(axis=(1, 2, 3))
    return out


def pool(image, size, stride, padding, reduce, fill):
    image = np.pad(image, ((0, 0), (0, 0), (padding, padding), (padding, padding)),
                   constant_values=fill)
    rows, columns = [(n - size) // stride + 1 for n in image.shape[2:]]
    return np.array([[[[reduce(image[n, k, i * stride:i * stride + size,
                                     j * stride:j * stride + size])
                        for j in range(columns)] for i in range(rows)]
                      for k in range(image.shape[1])] for n in range(image.shape[0])])


image, weight, shift = real(1, 2, 4, 4), real(2, 2, 3, 3), real(2)
strip, taps = real(2, 2, 6), real(3, 2, 3)
case("convolved2D", [image, weight, shift],
     convolve(image, weight, 2, 1) + shift[:, None, None])
case("convolved2DGroups", [image, weight[:, :1]], convolve(image, weight[:, :1], 1, 0, groups=2))
case("convolved1D", [strip, taps, shift[[0, 1, 0]]],
     np.array([[sum(np.correlate(s[k], w[k], "valid") for k in range(2)) + c
                for w, c in zip(taps, shift[[0, 1, 0]])] for s in strip]))
case("transposeConvolved2D", [image, weight],
     np.array([[sum(signal.convolve2d(image[0, k], weight[k, f]) for k in range(2))
                for f in range(2)]]))
case("maxPooled2D", [image], pool(image, 2, 2, 1, np.max, -np.inf))
case("averagePooled2D", [image], pool(image, 2, 2, 1, np.mean, 0))
case("maxPooled1D", [strip], strip.reshape(2, 2, 3, 2).max(axis=3))
case("averagePooled1D", [strip], strip.reshape(2, 2, 3, 2).mean(axis=3))
case("adaptiveAveragePooled2D", [image], image.reshape(1, 2, 2, 2, 4).mean(axis=(3, 4))[..., None])


def resize(plane, height, width):
    rows = np.clip((np.arange(height) + 0.5) * plane.shape[0] / height - 0.5, 0, None)
    columns = np.clip((np.arange(width) + 0.5) * plane.shape[1] / width - 0.5, 0, None)
    return ndimage.map_coordinates(plane, np.meshgrid(rows, columns, indexing="ij"), order=1,
                                   mode="nearest")


case("resized2D", [image], np.array([[resize(k, 6, 3) for k in image[0]]]))

# Normalisation, embedding and attention.
stack, gain, offset = real(3, 4, 2), real(4), real(4)
wide = lambda v: v[None, :, None]
mean, variance = real(4), positive(4)
case("normalized", [stack, mean, variance, gain, offset],
     (stack - wide(mean)) / np.sqrt(wide(variance) + 1e-3) * wide(gain) + wide(offset))
case("batchNormalized", [stack, gain, offset],
     (stack - stack.mean(axis=(0, 2), keepdims=True))
     / np.sqrt(stack.var(axis=(0, 2), keepdims=True) + 1e-3) * wide(gain) + wide(offset))
last = stack.swapaxes(1, 2)
case("layerNormalized", [last, gain, offset],
     (last - last.mean(axis=-1, keepdims=True))
     / np.sqrt(last.var(axis=-1, keepdims=True) + 1e-3) * gain + offset)
grouped = stack.reshape(3, 2, 4)
grouped = (grouped - grouped.mean(axis=-1, keepdims=True)) / np.sqrt(
    grouped.var(axis=-1, keepdims=True) + 1e-3)
case("groupNormalized", [stack, gain, offset],
     grouped.reshape(3, 4, 2) * wide(gain) + wide(offset))
table = real(5, 3)
case("embedded", [table, places], table[places])
q, k, v = real(2, 3, 4), real(2, 3, 4), real(2, 3, 5)
scores = q @ k.swapaxes(1, 2) / 2
case("attention", [q, k, v], special.softmax(scores, axis=-1) @ v)
heads = real(1, 2, 3, 4), real(1, 2, 3, 4), real(1, 2, 3, 4)
case("attentionOfHeads", heads,
     special.softmax(heads[0] @ heads[1].swapaxes(2, 3) / 2, axis=-1) @ heads[2])
allowed = np.array([[True, False, True], [True, True, False], [False, False, True]])
masked = np.where(allowed, heads[0] @ heads[1].swapaxes(2, 3) / 2, -np.inf)
case("maskedAttention", [*heads, allowed], special.softmax(masked, axis=-1) @ heads[2])
causal = np.where(np.tri(3, dtype=bool), scores, -np.inf)
case("causalAttention", [q, k, v], special.softmax(causal, axis=-1) @ v)

# Creation.
case("identity", [], np.eye(3))
case("range", [], np.arange(2, 11, 3))
case("linearSpace", [], np.linspace(-1, 2, 7))
case("full", [], np.full((2, 2), 2.5))

json.dump(cases, sys.stdout, separators=(",", ":"))
sys.stdout.write("\n")
