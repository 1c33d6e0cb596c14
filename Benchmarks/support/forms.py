"""The forms in which students leave, and programs that measure one answer of each."""

import importlib.util
import json
import pathlib
import runpy
import shutil
import subprocess
import time

root = pathlib.Path(__file__).resolve().parents[2]

FORMS = {"runtime": "student.distill", "c": "student.c", "swift": "Student.swift",
         "onnx": "student.onnx", "coreml": "student.mlpackage", "pytorch": "student.py",
         "json": "operations.json", "wasm": "page.wasm"}

# What of each form travels, beside the name of the version that is timed.
FILES = {"runtime": ["student.distill"], "c": ["student.c"], "swift": ["Student.swift"],
         "onnx": ["student.onnx"], "coreml": ["student.mlpackage"],
         "pytorch": ["student.py", "student_weights.safetensors"], "json": ["operations.json"],
         "wasm": ["page.wasm", "page.distill", "page.js"]}

RUNTIME = "StudentRuntime"

# Our kernels as on a processor without AVX-512.
HELD_KERNELS = "-D__builtin_cpu_supports(x)=(sizeof(x)<6&&__builtin_cpu_supports(x))"

TIMING_IN_NODE = """
import { readFileSync, writeFileSync } from "node:fs";
import { Student } from "./page.mjs";
const student = await Student.load(readFileSync("page.wasm"), readFileSync("page.distill"));
const bytes = readFileSync("input"), seconds = Number(process.argv[2]);
const input = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const times = [];
let answer;
for (const end = performance.now() + 1e3 * seconds; performance.now() < end; ) {
  const start = performance.now();
  for (let i = 0; i < 100; i++) answer = student.predict(input);
  times.push((performance.now() - start) / 1e5);
}
writeFileSync("answer", Buffer.from(answer.buffer));
console.log(times.join(" "));
"""

TIMING_IN_C = r"""
#define _POSIX_C_SOURCE 199309L
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
%s
static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}
static float x[1 << 20], y[1 << 20];
int main(int count, char **arguments) {
  double seconds = atof(arguments[1]);
  %s
  FILE *file = fopen("input", "rb");
  if (fread(x, 4, inputs, file) != (size_t)inputs) return 1;
  for (double end = now() + seconds; now() < end;) {
    double start = now();
    for (int i = 0; i < 100; i++) { %s }
    printf("%%.9f ", (now() - start) / 100);
  }
  file = fopen("answer", "wb");
  fwrite(y, 4, outputs, file);
  fclose(file);
  return 0;
}
"""

# Functions of ONNX Runtime's C interface by their places in its table, which never change.
OPENED_IN_C = """
  void *library = dlopen(arguments[2], RTLD_NOW);
  if (!library) return 1;
  void *(*base)(void) = (void *(*)(void))dlsym(library, "OrtGetApiBase");
  void **(*table)(uint32_t) = *(void **(**)(uint32_t))base();
  void **api = table(17), *environment, *options, *session, *memory, *in, *out;
  const char *input = "input", *output = arguments[3];
  int64_t shape[4] = {1}, answer[2] = {1, 0}, inputs = 1, outputs = atoi(arguments[4]), rank = 1;
  for (int i = 5; i < count; i++) inputs *= shape[rank++] = atoi(arguments[i]);
  answer[1] = outputs;
#define CALL(place, ...) \\
  if (((void *(*)())api[place])(__VA_ARGS__)) return 1
  CALL(3, 3, "exports", &environment);
  CALL(10, &options);
  CALL(24, options, 1);
  CALL(25, options, 1);
  CALL(7, environment, "student.onnx", options, &session);
  CALL(69, 0, 0, &memory);
  CALL(49, memory, x, (size_t)(4 * inputs), shape, (size_t)rank, 1, &in);
  CALL(49, memory, y, (size_t)(4 * outputs), answer, (size_t)2, 1, &out);
"""

TIMING_IN_SWIFT = """
import Foundation

let seconds = Double(CommandLine.arguments[1])!
let data = try Data(contentsOf: URL(fileURLWithPath: "input"))
let x = UnsafeMutablePointer<Float>.allocate(capacity: Student.inputCount)
let y = UnsafeMutablePointer<Float>.allocate(capacity: Student.outputCount)
let workspace = UnsafeMutablePointer<Float>.allocate(capacity: Student.workspaceCount)
data.withUnsafeBytes { bytes in
  for i in 0..<Student.inputCount { x[i] = bytes.load(fromByteOffset: 4 * i, as: Float.self) }
}
let clock = ContinuousClock()
let end = clock.now + .seconds(seconds)
var times: [Double] = []
while clock.now < end {
  let time = clock.measure {
    for _ in 0..<100 { Student.predict(x, into: y, workspace: workspace) }
  }
  times.append(time / .seconds(100))
}
try Data(bytes: y, count: 4 * Student.outputCount).write(to: URL(fileURLWithPath: "answer"))
print(times.map { "\($0)" }.joined(separator: " "))
"""


def run(*command, cwd):
    return subprocess.run([str(part) for part in command], cwd=cwd, check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def compile_all(scratch, isa, outputs, shape):
    """The programs that measure what is compiled, by form: a name, and the command."""
    sources = root / "Sources"
    runtime = sorted((sources / "StudentRuntime").rglob("*.swift"))
    kernels = sources / "CStudentKernels"
    held = [HELD_KERNELS] if isa else []
    run("clang", "-O2", *held, "-c", "-I", kernels / "include", kernels / "kernels.c", cwd=scratch)
    run("swiftc", "-O", "-wmo", "-parse-as-library", "-module-name", "StudentRuntime",
        "-I", kernels / "include", "-emit-module", "-c", "-o", "runtime.o", *runtime, cwd=scratch)
    run("swiftc", "-O", "-wmo", "-parse-as-library", "-emit-library", "-module-name",
        "StudentLibrary", "-I", ".", "-I", kernels / "include", "-o", "libdistill_student.so",
        sources / "StudentLibrary/Interface.swift", "runtime.o", "kernels.o", cwd=scratch)

    def program(name, *parts, options=()):
        (scratch / f"{name}.c").write_text(TIMING_IN_C % parts)
        run("cc", "-std=c99", "-O3", "-o", name, f"{name}.c", *options, cwd=scratch)

    program("library", '#include "distill_student.h"', """
  distill_student *s = distill_student_open("student.distill", NULL);
  long inputs = distill_student_input_count(s), outputs = distill_student_output_count(s);""",
            "distill_student_predict(s, x, 1, y);",
            options=["-I", sources / "StudentLibrary", "-L.", "-ldistill_student", "-Wl,-rpath,."])
    program("source", '#include "student.c"',
            "long inputs = STUDENT_INPUTS, outputs = STUDENT_OUTPUTS;", "predict(x, y);",
            options=[*held, "-lm"])
    (scratch / "main.swift").write_text(TIMING_IN_SWIFT)
    run("swiftc", "-O", "-o", "swift", "main.swift", "Student.swift", cwd=scratch)
    programs = {"runtime": [RUNTIME, "./library"], "c": ["C source, cc -O3", "./source"],
                "swift": ["Swift source, swiftc -O", "./swift"]}
    if importlib.util.find_spec("onnxruntime"):
        import onnxruntime
        capi = pathlib.Path(onnxruntime.__file__).parent / "capi"
        library = next(capi.glob("libonnxruntime.so*"))
        program("onnx", "", OPENED_IN_C, """
    CALL(9, session, NULL, &input, &in, (size_t)1, &output, (size_t)1, &out);""",
                options=["-ldl", "-Wno-all"])
        programs["onnx"] = [f"ONNX Runtime {onnxruntime.__version__}", "./onnx", library,
                            "probabilities" if outputs > 1 else "values", outputs, *shape]
    if shutil.which("node"):
        (scratch / "page.mjs").write_bytes((scratch / "page.js").read_bytes())
        (scratch / "time.mjs").write_text(TIMING_IN_NODE)
        version = run("node", "--version", cwd=scratch).strip()
        programs["wasm"] = [f"WebAssembly, Node {version}", "node", "time.mjs"]
    return programs


def timed(function, seconds):
    """Means of 100 calls."""
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(100):
            function()
        times.append((time.perf_counter() - start) / 100)
    return times


def in_python(scratch, shape):
    """What this Python calls itself, by name: the form, and a function that answers."""
    import numpy
    x = numpy.fromfile(scratch / "input", dtype="<f4").reshape(1, *shape)
    versions = {f"{RUNTIME}, from Python": ("runtime", by_ctypes(scratch, x))}
    student = json.loads((scratch / "operations.json").read_text(encoding="utf-8"))
    for name, form, module, make in [
            ("the documented program, in Python", "json", "json", documented),
            ("ONNX Runtime, from Python", "onnx", "onnxruntime", by_onnx_runtime),
            ("PyTorch", "pytorch", "torch", by_torch), ("JAX", "", "jax", by_jax)]:
        if importlib.util.find_spec(module):
            try:
                function = make(scratch, x, student)
                function()
            except ValueError:
                # A layer that it does not know.
                continue
            versions[name] = (form, function)
    return versions


def by_ctypes(scratch, x):
    import ctypes
    import numpy
    library = ctypes.CDLL(str(scratch / "libdistill_student.so"))
    library.distill_student_open.restype = ctypes.c_void_p
    library.distill_student_output_count.restype = ctypes.c_int64
    library.distill_student_output_count.argtypes = [ctypes.c_void_p]
    student = library.distill_student_open(str(scratch / "student.distill").encode(), None)
    y = numpy.zeros(library.distill_student_output_count(student), dtype="<f4")
    predict = library.distill_student_predict
    predict.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p]
    pointers = (x.ctypes.data, 1, y.ctypes.data)

    def answer():
        predict(student, *pointers)
        return y

    return answer


def documented(scratch, x, student):
    import numpy
    program = runpy.run_path(str(root / "Documentation/Programs/operations.py"))
    numbers = x.reshape(-1).tolist()
    return lambda: numpy.array(program["predict"](student, numbers), dtype="<f4")


def by_onnx_runtime(scratch, x, student):
    import onnxruntime
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(scratch / "student.onnx"), settings, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"input": x})[0]


def by_torch(scratch, x, student):
    import torch
    torch.set_num_threads(1)
    spec = importlib.util.spec_from_file_location("student", scratch / "student.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network, image = module.load(), torch.from_numpy(x)

    def answer():
        with torch.inference_mode():
            return network(image).numpy()

    return answer


def by_jax(scratch, x, student):
    """Perceptrons and convolutions, compiled, with the weights as constants."""
    import jax
    import jax.numpy as jnp
    import numpy
    functions = {"identity": lambda v: v, "relu": jax.nn.relu, "tanh": jnp.tanh,
                 "gelu": lambda v: jax.nn.gelu(v, approximate=False), "sigmoid": jax.nn.sigmoid}
    if student["ending"] != "softmax" or student["mean"]:
        raise ValueError("not computed here")
    steps = [(o, *(numpy.array(o.get(key, 0), dtype="<f4") for key in ("weights", "biases")))
             for o in student["operations"]]

    def convolution(o, v, weights, biases):
        w = o["window"]
        padding = [(w["paddingTop"],) * 2, (w["paddingLeft"],) * 2]
        return jax.lax.conv_general_dilated(
            v, weights, (w["strideDown"], w["strideRight"]), padding,
            feature_group_count=w["groups"]) + biases[None, :, None, None]

    def pool(o, v, first, combine):
        w = o["window"]
        return jax.lax.reduce_window(v, first, combine, (1, 1, w["height"], w["width"]),
                                     (1, 1, w["strideDown"], w["strideRight"]), "VALID")

    kinds = {
        "linear": lambda o, v, a, b: v.reshape(1, -1) @ a.T + b,
        "convolution": convolution,
        "maxPool": lambda o, v, a, b: pool(o, v, -jnp.inf, jax.lax.max),
        "meanPool": lambda o, v, a, b:
            pool(o, v, 0.0, jax.lax.add) / (o["window"]["height"] * o["window"]["width"])}

    @jax.jit
    def network(x):
        values = [x]
        for o, weights, biases in steps:
            if o["kind"] not in kinds or o["activation"] not in functions:
                raise ValueError("not computed here")
            v = kinds[o["kind"]](o, values[o["inputs"][0]], weights, biases)
            values.append(functions[o["activation"]](v))
        return jax.nn.softmax(values[student["output"]])

    image = jnp.asarray(x)
    return lambda: numpy.asarray(network(image))
