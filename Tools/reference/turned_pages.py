"""A network that knows on which side of an image a bright band is, for the tests of DistillCommand: it
stands in for the one of `make data-orientation` where that is not there.

    python3 Tools/reference/turned_pages.py

writes Tests/DistillCommandTests/Fixtures/turned.onnx, which takes `[any, 3, 224, 224]`.
"""

import pathlib

import numpy
from onnx import TensorProto, checker, helper, numpy_helper, save

FILE = pathlib.Path(__file__).parents[2] / "Tests/DistillCommandTests/Fixtures/turned.onnx"


def main():
    # Of means over 4 × 4 squares, the first row, the last column, the last row and the first column.
    grid = numpy.zeros((4, 3, 4, 4), "float32")
    grid[0, :, 0], grid[1, :, :, 3], grid[2, :, 3], grid[3, :, :, 0] = 1, 1, 1, 1
    weights = [
        numpy_helper.from_array(grid.reshape(4, 48) / 4, "weight"),
        numpy_helper.from_array(numpy.zeros(4, "float32"), "bias"),
    ]
    nodes = [
        helper.make_node("AveragePool", ["x"], ["means"], kernel_shape=[56, 56], strides=[56, 56]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weight", "bias"], ["logits"], transB=1),
        helper.make_node("Softmax", ["logits"], ["turns"], axis=1),
    ]
    real = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes, "turned", [helper.make_tensor_value_info("x", real, ["batch", 3, 224, 224])],
        [helper.make_tensor_value_info("turns", real, ["batch", 4])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    save(model, FILE)


main()
