"""Reads Core ML packages as coremltools does, and computes their answers with NumPy.

    python Tools/reference/coreml.py student.mlpackage inputs answers [another.mlpackage …]

`inputs` are `float32`, one input after another; what the program says is written to `answers`. The
specification is parsed by coremltools, its program translated back, so that every shape is inferred
anew, and the weights are read by its own reader. Core ML itself runs on Apple's systems only.
"""

import math
import os
import sys

import coremltools
import numpy
from coremltools.converters.mil.frontend.milproto import load as milproto

erf = numpy.vectorize(math.erf)


def sigmoid(x):
    return 0.5 * (1 + numpy.tanh(x / 2))


def softmax(x, axis):
    e = numpy.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def windows(x, size, strides):
    """`[batch, channels, rows, columns, size…]`."""
    all_of_them = numpy.lib.stride_tricks.sliding_window_view(x, tuple(size), axis=(2, 3))
    return all_of_them[:, :, :: strides[0], :: strides[1]]


def conv(x, weight, bias, strides, pad, groups):
    x = numpy.pad(x, ((0, 0), (0, 0), (pad[0], pad[1]), (pad[2], pad[3])))
    parts = []
    for part, w in zip(numpy.split(x, groups, axis=1), numpy.split(weight, groups, axis=0)):
        view = windows(part, w.shape[2:], strides)
        parts.append(numpy.einsum("bcyxhw,fchw->bfyx", view, w))
    return numpy.concatenate(parts, axis=1) + bias[:, None, None]


def cumsum(x, axis, exclusive, reverse):
    assert not reverse
    sums = numpy.cumsum(x, axis=axis)
    return sums - x if exclusive else sums


def part(x, begin, size):
    return x[tuple(slice(b, b + s) for b, s in zip(begin, size))]


def pool(reduce):
    def apply(x, kernel_sizes, strides, pad_type, pad, ceil_mode, **rest):
        assert pad_type == "valid" and not ceil_mode and not any(pad)
        return reduce(windows(x, kernel_sizes, strides), axis=(4, 5))

    return apply


def convolution(x, weight, bias, strides, pad_type, pad, dilations, groups):
    assert pad_type == "custom" and all(d == 1 for d in dilations)
    return conv(x, weight, bias, strides, pad, groups)


def gelu(x, mode):
    assert mode == "EXACT"
    return 0.5 * x * (1 + erf(x / math.sqrt(2)))


def layer_norm(x, axes, gamma, beta, epsilon):
    centred = x - x.mean(axis=tuple(axes), keepdims=True)
    variance = (centred**2).mean(axis=tuple(axes), keepdims=True)
    return centred / numpy.sqrt(variance + epsilon) * gamma + beta


def matmul(x, y, transpose_x, transpose_y):
    assert not transpose_x and not transpose_y
    return x @ y


def cast(x, dtype):
    assert dtype == "int32"
    return x.astype("i4")


OPERATIONS = {
    "cast": cast,
    "layer_norm": layer_norm,
    "matmul": matmul,
    "transpose": lambda x, perm: x.transpose(perm),
    "identity": lambda x: x,
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "real_div": lambda x, y: x / y,
    "relu": lambda x: numpy.maximum(x, 0),
    "tanh": lambda x: numpy.tanh(x),
    "sigmoid": sigmoid,
    "silu": lambda x: x * sigmoid(x),
    "exp": lambda x: numpy.exp(x),
    "erf": lambda x: erf(x),
    "softplus": lambda x: numpy.logaddexp(x, 0),
    "elu": lambda x, alpha: numpy.where(x > 0, x, alpha * numpy.expm1(numpy.minimum(x, 0))),
    "leaky_relu": lambda x, alpha: numpy.where(x >= 0, x, alpha * x),
    "sigmoid_hard": lambda x, alpha, beta: numpy.clip(alpha * x + beta, 0, 1),
    "gelu": gelu,
    "softmax": softmax,
    "reshape": lambda x, shape: x.reshape(shape),
    "expand_dims": lambda x, axes: numpy.expand_dims(x, tuple(axes)),
    "gather": lambda x, indices, axis: numpy.take(x, indices, axis=axis),
    "cumsum": cumsum,
    "reduce_sum": lambda x, axes, keep_dims: x.sum(axis=tuple(axes), keepdims=bool(keep_dims)),
    "reduce_mean": lambda x, axes, keep_dims: x.mean(axis=tuple(axes), keepdims=bool(keep_dims)),
    "slice_by_size": part,
    "concat": lambda values, axis, interleave: numpy.concatenate(values, axis=axis),
    "linear": lambda x, weight, bias: x @ weight.T + bias,
    "conv": convolution,
    "max_pool": pool(numpy.max),
    "avg_pool": pool(numpy.mean),
}


def run(function, x):
    """The answer of a translated program to one input, in double precision."""
    values = dict.fromkeys(function.inputs, x)

    def value(variable):
        if isinstance(variable, (list, tuple)):
            return [value(v) for v in variable]
        found = values.get(variable.name)
        if found is None:
            found = variable.val
            if isinstance(found, (numpy.ndarray, numpy.floating)) and found.dtype.kind == "f":
                found = found.astype("f8")
        return found

    for operation in function.operations:
        if operation.op_type == "const":
            continue
        inputs = {name: value(v) for name, v in operation.inputs.items() if v is not None}
        if operation.op_type == "avg_pool":
            assert not inputs.pop("exclude_padding_from_average")
        result = OPERATIONS[operation.op_type](**inputs)
        assert result.shape == tuple(operation.outputs[0].shape), operation
        values[operation.outputs[0].name] = result
    return values[function.outputs[0].name]


def check_shapes(spec, function):
    """Whether what the file says of shapes is what coremltools infers."""
    main = spec.mlProgram.functions["main"]
    block = main.block_specializations[main.opset]
    inferred = {o.name: tuple(o.shape) for op in function.operations for o in op.outputs}
    for operation in block.operations:
        for output in operation.outputs:
            said = tuple(d.constant.size for d in output.type.tensorType.dimensions)
            assert inferred.get(output.name, said) == said, (output.name, inferred, said)
    (answer,) = spec.description.output
    assert block.outputs == [answer.name]
    assert tuple(answer.type.multiArrayType.shape) == inferred[answer.name]


def main():
    for package, inputs, answers in zip(*(sys.argv[i::3] for i in (1, 2, 3))):
        spec = coremltools.utils.load_spec(package)
        model = coremltools.models.MLModel(package, skip_model_load=True)
        assert len(model.user_defined_metadata) > 0
        weights = os.path.join(package, "Data", "com.apple.CoreML", "weights")
        program = milproto.load(spec, spec.specificationVersion, weights)
        function = program.functions["main"]
        check_shapes(spec, function)
        (described,) = spec.description.input
        shape = tuple(described.type.multiArrayType.shape)
        rows = numpy.fromfile(inputs, "<f4").astype("f8").reshape(-1, *shape)
        result = numpy.concatenate([run(function, row) for row in rows])
        result.astype("<f4").tofile(answers)


if __name__ == "__main__":
    main()
