"""What every peer program shares: the inputs, and the conversation with `run`.

Asked `prepare WORK` it answers with the versions it has of that work; asked `time SECONDS VERSION`
with the milliseconds that each call took. A version is named `COLUMN: how it does it`.
"""

import ctypes
import json
import os
import sys
import time

import numpy as np

threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
small, large = (784, 50, 30, 10), (784, 500, 300, 10)


def numbers(count, seed):
    """Uniform in [0, 1) with 24 bits, from the SplitMix64 sequence of `seed`."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed << 32) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(
            0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(40)).astype(np.float32) * np.float32(2**-24)


def symmetric(count, bound, seed):
    return (numbers(count, seed) - np.float32(0.5)) * np.float32(2 * bound)


def perceptron(widths, seed):
    """Weights [outputs, inputs] and biases of each layer."""
    layers = zip(widths, widths[1:])
    return [
        parameter for index, (inputs, outputs) in enumerate(layers) for parameter in (
            symmetric(inputs * outputs, inputs**-0.5, seed + index).reshape(outputs, inputs),
            np.zeros(outputs, np.float32))
    ]


def images(count):
    return numbers(count * 784, 1).reshape(count, 784)


def soft_targets(count):
    powers = np.exp(numbers(count * 10, 2).reshape(count, 10) * 4)
    return powers / powers.sum(1, keepdims=True)


def classes(count):
    return (numbers(count, 3) * 10).astype(np.int64)


def binary_images(count):
    return (numbers(count * 784, 1) < np.float32(0.13)).astype(np.uint8).reshape(count, 784)


def nade():
    """W, U, c and b of a NADE."""
    return (symmetric(784 * 500, 0.08, 30).reshape(784, 500),
            symmetric(784 * 500, 0.08, 31).reshape(784, 500), symmetric(500, 0.2, 32),
            symmetric(784, 0.8, 33) - np.float32(1))


def boltzmann():
    """W, visible and hidden biases of a restricted Boltzmann machine."""
    return (symmetric(784 * 500, 0.08, 40).reshape(784, 500), np.full(784, -1, np.float32),
            np.full(500, -0.5, np.float32))


class Turns:
    """Slices of a data set, one after the other, again and again."""

    def __init__(self, size, *arrays):
        self.size, self.arrays, self.start = size, arrays, 0

    def __call__(self):
        rows = slice(self.start, self.start + self.size)
        self.start += self.size
        if self.start + self.size > len(self.arrays[0]):
            self.start = 0
        return [array[rows] for array in self.arrays]


class Version:
    """`run` does the work `repeats` times; `check` is what it must agree on with the others."""

    def __init__(self, name, run, repeats=1, check=None, measures_memory=False):
        self.name, self.run, self.repeats, self.check = name, run, repeats, check
        self.measures_memory = measures_memory


def resident(name):
    """A line of the process's status, in kilobytes."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(f"{name}:"))


def peak_memory(run):
    """The megabytes by which resident memory rose at most during a call; None where the system does
    not say."""
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")  # resets the high-water mark
        before = resident("VmRSS")
        run()
        return (resident("VmHWM") - before) / 1024
    except OSError:
        return None


def serve(works):
    """`works` maps a work's name to a function that yields its versions."""
    answers, sys.stdout = os.fdopen(os.dup(1), "w"), sys.stderr
    os.dup2(2, 1)

    def answer(**reply):
        print(json.dumps(reply), file=answers, flush=True)

    answer(works=list(works))
    versions = {}
    for line in sys.stdin:
        words = line.strip().split(" ", 2)
        if words[0] == "prepare":
            versions, failures = {}, {}
            for version in works.get(words[1], lambda: [])():
                try:
                    for _ in range(3):
                        start = time.perf_counter()
                        version.run()
                        if time.perf_counter() - start > 1:
                            break
                    versions[version.name] = version
                except Exception as error:  # a peer that lacks an operation is left out
                    failures[version.name] = f"{type(error).__name__}: {error}"[:300]
            checks = {v.name: float(v.check) for v in versions.values() if v.check is not None}
            memory = {v.name: peak_memory(v.run) for v in versions.values() if v.measures_memory}
            answer(versions=list(versions), checks=checks, failures=failures, memory=memory)
        elif words[0] == "time":
            version, samples = versions[words[2]], []
            begin = time.perf_counter()
            while not samples or time.perf_counter() - begin < float(words[1]):
                start = time.perf_counter()
                version.run()
                samples.append((time.perf_counter() - start) * 1e3 / version.repeats)
            answer(milliseconds=samples)
        else:
            break
