"""The networks of trained_programs.py as ONNX models, with the weights that they begin with.

Writes Tests/ModelFilesTests/Fixtures/trained/NAME.onnx, whose initializers are called as PyTorch calls
the parameters; needs the programs that trained_programs.py wrote:

    python3 Tools/reference/trained_models.py
"""

import json
import zipfile

import numpy as np
import onnx
from exported_programs import FIXTURES
from onnx import TensorProto, helper, numpy_helper


def model(nodes, weights, shape):
    def port(name, shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape])
    graph = helper.make_graph(
        nodes, "network", [port("x", shape)], [port("y", (3,))],
        [numpy_helper.from_array(value, name) for name, value in weights.items()])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    helper.set_model_props(made, {"made by": "Tools/reference/trained_models.py", "divisor": "7"})
    onnx.checker.check_model(made)
    return made


def weights(name):
    """The program's weights; dtype 7 is float32."""
    with zipfile.ZipFile(FIXTURES / "trained" / f"{name}.pt2") as archive:
        root = archive.namelist()[0].split("/")[0] + "/data/weights/"
        config = json.loads(archive.read(root + "model_weights_config.json"))["config"]
        return {
            key: np.frombuffer(archive.read(root + entry["path_name"]), np.float32).reshape(
                [size["as_int"] for size in entry["tensor_meta"]["sizes"]])
            for key, entry in config.items() if entry["tensor_meta"]["dtype"] == 7}


def gemm(layer, source, target):
    return helper.make_node(
        "Gemm", [source, f"{layer}.weight", f"{layer}.bias"], [target], transB=1)


NETWORKS = {
    "perceptron": ((6,), [
        gemm(0, "x", "a"), helper.make_node("Tanh", ["a"], ["b"]), gemm(2, "b", "y")]),
    "convolutional": ((1, 6, 6), [
        helper.make_node("Conv", ["x", "0.weight"], ["a"], pads=[1, 1, 1, 1]),
        helper.make_node("BatchNormalization", ["a", "1.weight", "1.bias", "1.running_mean",
                                                "1.running_var"], ["b"]),
        helper.make_node("Softplus", ["b"], ["c"]),
        helper.make_node("MaxPool", ["c"], ["d"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["d"], ["e"]), gemm(5, "e", "y")]),
}

if __name__ == "__main__":
    for name, (shape, nodes) in NETWORKS.items():
        path = FIXTURES / "trained" / f"{name}.onnx"
        path.write_bytes(model(nodes, weights(name), shape).SerializeToString())
        print("wrote", path)
