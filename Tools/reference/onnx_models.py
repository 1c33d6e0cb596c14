"""ONNX models with what they compute, for the tests of ModelFiles.

Writes into Tests/ModelFilesTests/Fixtures:

- `onnx-nodes.json`: small cases of ONNX's own tests of its operators, at most two of an operator and
  those that draw random numbers of a seed, and some models of version 6, with their models, inputs
  and outputs;
- NAME.onnx and onnx-NAME.json for a few networks that PyTorch exports, with their outputs and
  gradients as PyTorch computes them, after ONNX Runtime agreed;
- quantised-NAME.onnx and .json for what ONNX Runtime makes of two of them in eight bits, with what it
  computes.

    python3 Tools/reference/onnx_models.py [--networks] [--quantised]

needs onnx, and for the networks onnxruntime, onnxscript and PyTorch, too.
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
# Types that libtorch does not compute with, and what carries their numbers.
FOREIGN = {"uint16": ("uint16", "int32"), "uint32": ("uint32", "int64"),
           "uint64": ("uint64", "int64"), "int4": ("int4", "int8"), "uint4": ("uint4", "uint8"),
           "int2": ("int2", "int8"), "uint2": ("uint2", "uint8"),
           "float8_e4m3fn": ("float8e4m3fn", "float32"),
           "float8_e4m3fnuz": ("float8e4m3fnuz", "float32"),
           "float8_e5m2": ("float8e5m2", "float32"),
           "float8_e5m2fnuz": ("float8e5m2fnuz", "float32"),
           "float8_e8m0fnu": ("float8e8m0", "float32"),
           "float4_e2m1fn": ("float4e2m1", "float32")}


def packed(array):
    """A value as type, shape and bytes, texts, or a sequence of values; None for what is missing."""
    if isinstance(array, onnx.TensorProto):
        array = numpy_helper.to_array(array)
    if isinstance(array, (list, tuple)):
        return {"sequence": [packed(x) for x in array]}
    if array is None:
        return None
    array = numpy.asarray(array)
    kind = str(array.dtype)
    if array.dtype.kind in "OUS":
        texts = [x.decode() if isinstance(x, bytes) else str(x) for x in array.flatten().tolist()]
        return {"texts": texts, "shape": list(array.shape)}
    foreign = None
    if kind in FOREIGN:
        foreign, kind = FOREIGN[kind]
        array = array.view("int64") if foreign == "uint64" else array.astype(kind)
    elif kind not in TYPES:
        raise ValueError(f"numbers of type {kind}")
    result = {"type": kind, "shape": list(array.shape),
              "bytes": base64.b64encode(array.tobytes()).decode()}
    return {**result, "foreign": foreign} if foreign else result


def node_cases():
    """ONNX's tests of operators: name, operator, model, inputs and outputs."""
    from onnx.backend.test.case.node import collect_testcases
    numpy.random.seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = collect_testcases(None)
    for case in cases:
        if case.model is None or not case.data_sets:
            continue
        nodes = case.model.graph.node
        yield packed_case(case.name, case.model, *case.data_sets[0], max(case.rtol, 1e-3),
                          nodes[0].op_type if len(nodes) == 1 else "several")


def stored_cases():
    """The cases of whole models that ONNX keeps as files, each with its kind."""
    data = pathlib.Path(onnx.__file__).parent / "backend/test/data"
    for kind in ["pytorch-converted", "pytorch-operator", "simple"]:
        for file in sorted((data / kind).glob("*/model.onnx")):
            values = [[numpy_helper.to_array(onnx.load_tensor(part)) for part in sorted(
                file.parent.glob(f"test_data_set_0/{side}_*.pb"),
                key=lambda path: int(path.stem.split("_")[1]))] for side in ("input", "output")]
            yield {**packed_case(file.parent.name, onnx.load(file), *values, 1e-3), "kind": kind}
    for file in sorted((data / "light").glob("*.onnx")):
        model = onnx.load(file)
        known = {weight.name for weight in model.graph.initializer}
        # ONNX's own runner makes its inputs so.
        shapes = [[axis.dim_value for axis in x.type.tensor_type.shape.dim]
                  for x in model.graph.input if x.name not in known]
        inputs = [(numpy.arange(numpy.prod(shape)).reshape(shape) / numpy.prod(shape))
                  .astype("float32") for shape in shapes]
        output = numpy_helper.to_array(onnx.load_tensor(f"{file.with_suffix('')}_output_0.pb"))
        yield {**packed_case(file.stem, model, inputs, [output], 1e-3), "kind": "light"}


# Models that say with attributes of version 6 what inputs are laid along.
VERSION_6 = {"test_BatchNorm2d_eval", "test_PReLU_1d_multiparam", "test_PReLU_2d_multiparam",
             "test_operator_add_broadcast", "test_operator_add_size1_broadcast",
             "test_operator_add_size1_right_broadcast"}

# Numbers of half precision are rounded at every step: two units in their last place.
ROUNDING = {"float16": 2 ** -9, "bfloat16": 2 ** -6}


def packed_case(name, model, inputs, outputs, tolerance, operator="several"):
    for y in outputs:
        tolerance = max(tolerance, ROUNDING.get(str(getattr(y, "dtype", "")), 0))
    return {"name": name, "operator": operator, "domain": model.graph.node[0].domain,
            "tolerance": tolerance, "model": base64.b64encode(model.SerializeToString()).decode(),
            "inputs": [packed(x) for x in inputs], "outputs": [packed(y) for y in outputs]}


FUNCTIONS = """
<ir_version: 10, opset_import: ["" : 21, "own" : 1]>
whole (float[N, 3] x, bool flag) => (float[N, 3] y, float[N, 3] z) {
    y = own.twice <alpha = 0.5> (x, flag)
    z, unused = own.pair (y)
}
<opset_import: ["" : 21], domain: "own">
scaled <factor> (a) => (b) {
    f = Constant <value_float : float = @factor> ()
    b = Mul (a, f)
}
<opset_import: ["" : 21], domain: "own">
pair (a) => (a, b) {
    b = Neg (a)
}
<opset_import: ["" : 21, "own" : 1], domain: "own">
twice <alpha: float = 2.0> (a, flag) => (c) {
    b = own.scaled <factor : float = @alpha> (a)
    c = If (flag) <
        then_branch = yes () => (float[N, 3] d) {
            w = Constant <value = float[3] {1.0, 2.0, 3.0}> ()
            d = Mul (b, w)
        },
        else_branch = no () => (float[N, 3] d) {
            d = own.scaled <factor : float = @alpha> (b)
        }
    >
}
"""


def own_cases():
    """Models with functions of their own, as ONNX's reference computes them."""
    from onnx.reference import ReferenceEvaluator
    x = numpy.random.RandomState(0).randn(2, 3).astype("float32")
    model = onnx.parser.parse_model(FUNCTIONS)
    for flag in (True, False):
        inputs = [x, numpy.array(flag)]
        outputs = ReferenceEvaluator(model).run(None, dict(zip(["x", "flag"], inputs)))
        yield packed_case(f"own_functions_{flag}".lower(), model, inputs, outputs, 1e-5)


# What only these do.
DRAWING = {"test_training_dropout", "test_training_dropout_mask"}


def small(cases):
    """At most two cases of an operator, of a few kilobytes each, and those that draw."""
    seen = collections.Counter()
    for case in cases:
        if case["operator"] != "several" and len(json.dumps(case)) < 3000:
            kind = (case["operator"], case["domain"])
            if seen[kind] < 2 or case["name"] in DRAWING:
                seen[kind] += 1
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


def write_quantised():
    """Both ways of ONNX Runtime: scales of calibration around every operator (QDQ), and scales that are
    found anew for each batch."""
    import onnxruntime
    from onnxruntime import quantization

    random = numpy.random.RandomState(0)
    shape = {"cnn": [4, 1, 8, 8], "mlp": [4, 4]}

    class Calibration(quantization.CalibrationDataReader):
        def __init__(self):
            self.batches = iter([{"x": random.randn(*shape["cnn"]).astype("float32")}
                                 for _ in range(8)])

        def get_next(self):
            return next(self.batches, None)

    for source, name in [("cnn", "static"), ("mlp", "dynamic")]:
        file = FIXTURES / f"quantised-{name}.onnx"
        # Its shape inference wants no sizes of its own.
        if name == "static":
            quantization.quantize_static(FIXTURES / f"{source}.onnx", file, Calibration(),
                                         quant_format=quantization.QuantFormat.QDQ)
        else:
            # Seven bits: on processors without VNNI, ONNX Runtime saturates sums of products of eight.
            quantization.quantize_dynamic(FIXTURES / f"{source}.onnx", file, reduce_range=True)
        model = onnx.load(file)
        del model.graph.value_info[:], model.metadata_props[:]
        onnx.save(model, file)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(str(file), options)
        x = random.randn(*shape[source]).astype("float32")
        case = {"onnxruntime": onnxruntime.__version__, "input": packed(x),
                "output": packed(session.run(None, {"x": x})[0])}
        (FIXTURES / f"quantised-{name}.json").write_text(json.dumps(case))


def main():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    if "--quantised" in sys.argv:
        return write_quantised()
    former = [{key: case[key] for key in case if key != "kind"} for case in stored_cases()
              if case["name"] in VERSION_6]
    cases = [*small(node_cases()), *own_cases(), *former]
    (FIXTURES / "onnx-nodes.json").write_text(json.dumps(cases))
    if "--networks" in sys.argv:
        write_networks()


if __name__ == "__main__":
    main()
