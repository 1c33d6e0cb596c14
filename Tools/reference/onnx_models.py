"""ONNX models with what they compute, for the tests of ModelFiles.

Writes into Tests/ModelFilesTests/Fixtures:

- `onnx-nodes.json`: small cases of ONNX's own tests of its operators, at most two of an operator,
  with their models, inputs and outputs;
- NAME.onnx and onnx-NAME.json for a few networks that PyTorch exports, with their outputs and
  gradients as PyTorch computes them, after ONNX Runtime agreed.

    python3 Tools/reference/onnx_models.py [FILE]

needs onnx, onnxruntime, onnxscript and PyTorch. With FILE, all cases of ONNX's own tests go there, for
`DISTILL_ONNX_NODES=FILE swift test --filter ONNXNodeTests`.
"""

import base64
import collections
import json
import pathlib
import sys
import warnings

import numpy
import onnx
from onnx import numpy_helper

FIXTURES = pathlib.Path(__file__).parents[2] / "Tests/ModelFilesTests/Fixtures"
TYPES = {"float32", "float64", "float16", "int8", "int16", "int32", "int64", "uint8", "bool",
         "bfloat16"}


def packed(array):
    """A tensor as type, shape and bytes; None for what is no tensor of a common type."""
    if isinstance(array, onnx.TensorProto):
        array = numpy_helper.to_array(array)
    if not isinstance(array, (numpy.ndarray, numpy.generic)) or str(array.dtype) not in TYPES:
        return None
    array = numpy.asarray(array)
    return {"type": str(array.dtype), "shape": list(array.shape),
            "bytes": base64.b64encode(array.tobytes()).decode()}


def node_cases():
    """ONNX's tests of operators: name, operator, model, inputs and outputs."""
    from onnx.backend.test.case.node import collect_testcases
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = collect_testcases(None)
    for case in cases:
        if case.model is None or not case.data_sets:
            continue
        nodes = case.model.graph.node
        inputs, outputs = case.data_sets[0]
        yield {"name": case.name, "operator": nodes[0].op_type if len(nodes) == 1 else "several",
               "domain": nodes[0].domain, "nodes": len(nodes), "tolerance": max(case.rtol, 1e-3),
               "model": base64.b64encode(case.model.SerializeToString()).decode(),
               "inputs": [packed(x) for x in inputs], "outputs": [packed(y) for y in outputs]}


def small(cases):
    """At most two cases of an operator, of a few kilobytes each."""
    seen = collections.Counter()
    for case in cases:
        size = len(json.dumps(case))
        whole = None not in case["inputs"] + case["outputs"]
        if case["nodes"] == 1 and not case["domain"] and whole and size < 3000:
            if seen[case["operator"]] < 2:
                seen[case["operator"]] += 1
                yield case


def networks():
    """Name: (module, inputs)."""
    import torch
    from torch import nn
    torch.manual_seed(0)
    image = torch.randn(2, 1, 8, 8)

    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(3, 4, batch_first=True)
            self.head = nn.Linear(4, 2)

        def forward(self, x):
            return self.head(self.rnn(x)[0][:, -1])

    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            layer = nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", batch_first=True)
            self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)

        def forward(self, x):
            return self.encoder(x).mean(1)

    return {
        "mlp": (nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)), torch.randn(3, 4)),
        "cnn": (nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.SiLU(),
                              nn.MaxPool2d(2), nn.Conv2d(4, 4, 3, groups=4), nn.GELU(),
                              nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3),
                              nn.Softmax(-1)), image),
        "upsampling": (nn.Sequential(nn.ConvTranspose2d(1, 2, 2, stride=2), nn.Sigmoid(),
                                     nn.Upsample(scale_factor=2, mode="bilinear"),
                                     nn.Flatten()), torch.randn(2, 1, 3, 3)),
        "lstm": (Recurrent(), torch.randn(2, 5, 3)),
        "transformer": (Encoder(), torch.randn(2, 3, 8)),
    }


def write_networks():
    import onnxruntime
    import torch
    for name, (module, x) in networks().items():
        module.eval()
        file = FIXTURES / f"{name}.onnx"
        program = torch.onnx.export(
            module, (x,), input_names=["x"], output_names=["y"], dynamo=True, verbose=False,
            dynamic_shapes=({0: torch.export.Dim("batch")},))
        model = program.model_proto
        for node in model.graph.node:
            # Stack traces with paths of this machine.
            del node.metadata_props[:]
            node.doc_string = ""
        del model.graph.value_info[:], model.graph.metadata_props[:]
        for value in [*model.graph.input, *model.graph.output, *model.graph.initializer]:
            del value.metadata_props[:]
        file.write_bytes(model.SerializeToString())
        session = onnxruntime.InferenceSession(str(file))
        x = x.clone().requires_grad_()
        y = module(x)
        other = session.run(None, {"x": x.detach().numpy()})[0]
        assert numpy.abs(other - y.detach().numpy()).max() < 1e-5, name
        weights = torch.arange(y.numel(), dtype=y.dtype).cos()
        gradient, = torch.autograd.grad((weights * y.flatten()).sum(), x)
        case = {"torch": torch.__version__.split("+")[0],
                **{key: packed(value.detach().numpy())
                   for key, value in {"input": x, "output": y, "gradient": gradient}.items()}}
        (FIXTURES / f"onnx-{name}.json").write_text(json.dumps(case))


def main():
    numpy.random.seed(0)
    cases = list(node_cases())
    if len(sys.argv) > 1:
        pathlib.Path(sys.argv[1]).write_text(json.dumps(cases))
    FIXTURES.mkdir(parents=True, exist_ok=True)
    (FIXTURES / "onnx-nodes.json").write_text(json.dumps(list(small(cases))))
    write_networks()


main()
