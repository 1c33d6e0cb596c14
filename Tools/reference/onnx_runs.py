"""Students of finished runs, in ONNX Runtime and in this program, on what people have.

    python3 Tools/reference/onnx_runs.py .build/debug/distill RUN DATA [RUN DATA ...]

Each run of tables, sequences, sentences, acoustic or detection is exported as ONNX. DATA is what `distill
predict` is asked about (a table, lines of text, 16-bit recordings of the run's rate, images); what the
network makes of it is computed here anew, by the documentation of the forms alone, and given to ONNX
Runtime. The largest difference from what `distill predict` says is printed, and 1 is the exit code where
one is larger than 0.0001. Needs numpy, onnxruntime, torch (whose generator makes the hiss of recordings),
tokenizers, pillow and PyYAML.
"""

import csv
import json
import math
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import numpy
import onnxruntime
import yaml

BOUND = 1e-4


class Student:
    """A student in ONNX Runtime, with what its file says of it."""

    def __init__(self, path):
        self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        self.facts = self.session.get_modelmeta().custom_metadata_map
        self.recipe = yaml.safe_load(self.facts["recipe"])
        self.shape = [size for size in self.session.get_inputs()[0].shape if isinstance(size, int)]

    def fact(self, name):
        return json.loads(self.facts[name])

    def __call__(self, inputs):
        inputs = numpy.asarray(inputs, numpy.float32)
        (answers,) = self.session.run(None, {"input": inputs.reshape([len(inputs)] + self.shape)})
        return answers.reshape(len(inputs), -1).astype(float)


def lines(path):
    return Path(path).read_text().splitlines()


def tables(student, path):
    with open(path) as file:
        rows = list(csv.DictReader(file))
    divisor = float(student.facts["divisor"])
    names = student.fact("inputs")
    return student([[float(row[name]) / divisor for name in names] for row in rows])


def sequences(student, path):
    """The probability of what comes behind a line, which the window holds with what is before it."""
    tokens = [bytes(token) for token in student.fact("tokens")]
    longest = max(map(len, tokens))
    places = {token: place for place, token in enumerate(tokens)}
    (window,) = student.shape
    rows, ends = [], []
    for text in map(str.encode, lines(path)):
        row = [0]
        while text:
            size = next(s for s in range(longest, 0, -1) if text[:s] in places and len(text) >= s)
            row.append(places[text[:size]])
            text = text[size:]
        if len(row) > window:
            raise SystemExit(f"{path}: a line is longer than the {window - 1} tokens of a window")
        rows.append(row + [0] * (window - len(row)))
        ends.append(len(row) - 1)
    answers = student(rows).reshape(len(rows), window, -1)
    return answers[numpy.arange(len(rows)), ends]


def sentences(student, path):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(f"{student.recipe['teacher']}/tokenizer.json")
    (length,) = student.shape
    rows = []
    for text in lines(path):
        ids = tokenizer.encode(text, add_special_tokens=False).ids[:length]
        rows.append(ids + [-1] * (length - len(ids)))
    return student(rows)


def files(path, endings):
    path = Path(path)
    if not path.is_dir():
        return [path]
    names = [str(p.relative_to(path)) for p in path.rglob("*") if p.suffix.lower() in endings]
    return [path / name for name in sorted(names)]


def slopes(frames):
    wide = numpy.concatenate([frames[:1]] * 2 + [frames] + [frames[-1:]] * 2)
    count = len(frames)
    return sum(n * (wide[2 + n : 2 + n + count] - wide[2 - n : 2 - n + count]) for n in (1, 2)) / 10


def features(path, recipe):
    """Log-mel energies of a recording less their mean, their slopes, and the slopes of these."""
    import torch

    with wave.open(str(path)) as file:
        rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
        if rate != recipe["rate"] or width != 2:
            raise SystemExit(f"{path} is not of 16 bits at {recipe['rate']} samples a second")
        sound = numpy.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float) / 32768
    sound = sound.reshape(-1, channels).mean(axis=1)
    # What YAML writes as 4e-1 is text to this reader of it.
    samples = int(float(recipe["seconds"]) * rate)
    missing = samples - len(sound)
    if missing >= 0:
        sound = numpy.pad(sound, (missing // 2, missing - missing // 2))
    else:
        sums = numpy.concatenate([[0], numpy.cumsum(sound**2)])
        start = numpy.argmax(sums[samples:] - sums[: len(sums) - samples])
        sound = sound[start : start + samples]
    hiss = torch.normal(
        0, 1, (samples,), generator=torch.Generator().manual_seed(0), dtype=torch.float64
    )
    sound = sound * 0.5 / numpy.abs(sound).max() + 1e-4 * hiss.numpy()
    window, hop = round(0.025 * rate), round(0.01 * rate)
    frames = numpy.lib.stride_tricks.sliding_window_view(sound, window)[::hop]
    hann = 0.5 - 0.5 * numpy.cos(2 * math.pi * numpy.arange(window) / window)
    power = numpy.abs(numpy.fft.rfft(frames * hann)) ** 2
    hertz = float(recipe["lowest"]), float(recipe["highest"])
    ends = [2595 * math.log10(1 + f / 700) for f in hertz]
    corners = 700 * (10 ** (numpy.linspace(*ends, recipe["bands"] + 2) / 2595) - 1)
    places = numpy.arange(window // 2 + 1)[:, None] * rate / window
    left, middle, right = corners[:-2], corners[1:-1], corners[2:]
    rising, falling = (places - left) / (middle - left), (right - places) / (right - middle)
    bands = power @ numpy.clip(numpy.minimum(rising, falling), 0, None)
    energies = numpy.log(numpy.maximum(bands, 1e-6)).astype(numpy.float32)
    energies = energies - energies.mean(axis=0, keepdims=True)
    return numpy.concatenate([energies, slopes(energies), slopes(slopes(energies))], axis=1)


def acoustic(student, path):
    """The share of a word in what the frames say; frames without speech vote for none."""
    heard = numpy.stack([features(file, student.recipe) for file in files(path, {".wav"})])
    frames = student(heard).reshape(len(heard), -1, len(student.fact("names")))
    votes = frames.sum(axis=1)[:, 1:]
    return votes / votes.sum(axis=1, keepdims=True)


def overlap(a, b):
    both = numpy.clip(numpy.minimum(a[2:], b[2:]) - numpy.maximum(a[:2], b[:2]), 0, None).prod()
    return both / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - both) if both else 0


def detection(student, path):
    """Boxes in the pixels of images of the detector's size, the surest of an image first."""
    from PIL import Image

    channels, height, width = student.shape
    pixels = []
    for file in files(path, {".png"}):
        image = Image.open(file).convert("L" if channels == 1 else "RGB")
        if image.size != (width, height):
            raise SystemExit(f"{file} is not of {width} by {height} pixels")
        pixels.append(numpy.asarray(image).reshape(height, width, channels).transpose(2, 0, 1))
    names = student.fact("names")
    answers = student(numpy.stack(pixels) / 255.0).reshape(len(pixels), -1, len(names) + 4)
    points = [
        ((column + 0.5) * stride, (row + 0.5) * stride, stride)
        for stride in student.fact("strides")
        for row in range(height // stride)
        for column in range(width // stride)
    ]
    rows = []
    for image, values in enumerate(answers):
        found = []
        for (x, y, stride), value in zip(points, values):
            logits, sides = value[: len(names)], value[len(names) :] * stride
            scores = numpy.exp(logits - logits.max())
            scores /= scores.sum()
            box = numpy.array([x - sides[0], y - sides[1], x + sides[2], y + sides[3]])
            box = numpy.clip(box, 0, [width, height, width, height])
            box[2:] = numpy.maximum(box[2:], box[:2])
            found += [(scores[k], k, box) for k in range(1, len(names)) if scores[k] >= 0.05]
        kept = []
        for score, label, box in sorted(found, key=lambda one: -one[0]):
            if all(other != label or overlap(box, b) <= 0.5 for _, other, b in kept):
                kept.append((score, label, box))
        rows += [[image + 1, *box, score] for score, _, box in kept[:100]]
    return numpy.array(rows).reshape(-1, 6)


def predicted(program, run, data, folder):
    """What the program says: the numbers of its table."""
    out = folder / "predictions.npy"
    subprocess.run([program, "predict", run, "--data", data, "--out", out, "--quiet"], check=True)
    return numpy.load(out)


def main(program, pairs):
    worst = 0.0
    print("| `experiment` | asked about | numbers | largest difference |\n|---|---|---|---|")
    for run, data in zip(pairs[::2], pairs[1::2]):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            model = folder / "student.onnx"
            words = [program, "export", run, "--format", "onnx", "--out", model, "--quiet"]
            subprocess.run(words, check=True)
            student = Student(model)
            experiment = student.facts["experiment"]
            ours = predicted(program, run, data, folder)
            theirs = globals()[experiment](student, data)
        if ours.shape != theirs.shape:
            raise SystemExit(f"{run}: {ours.shape} numbers, and ONNX Runtime {theirs.shape}")
        difference = float(numpy.abs(ours - theirs).max())
        worst = max(worst, difference)
        print(f"| `{experiment}` | {Path(data).name} | {ours.size:,} | {difference:.1e} |")
    return 0 if worst <= BOUND else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
