"""Reference numbers for sound.

Writes Tests/SpeechTests/Fixtures/features.json, made by librosa and SciPy, and losses.json, made by
NumPy; and for the reader of WAV files Tests/ExchangeTests/Fixtures/*.wav with wav.json, made by
libsndfile and, for the two laws of telephony, by Python's own audioop (until Python 3.12):

    python3 Tools/reference/speech.py

The files say which versions made them.
"""

import audioop
import importlib.metadata
import json
import pathlib
import re
import sys

import librosa
import numpy
import scipy.signal
import soundfile

TESTS = pathlib.Path(__file__).parents[2] / "Tests"
SPEECH = TESTS / "SpeechTests/Fixtures"
EXCHANGE = TESTS / "ExchangeTests/Fixtures"


def write(path, content):
    names = ("librosa", "numpy", "scipy", "soundfile")
    versions = {name: importlib.metadata.version(name) for name in names}
    versions["libsndfile"] = soundfile.__libsndfile_version__
    versions["Python"] = sys.version.split()[0]
    text = json.dumps({"madeBy": versions, **content}, indent=1)
    text = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda m: "[" + " ".join(m[1].split()) + "]", text)
    path.write_text(text + "\n")


def numbers(array):
    return [float(f"{value:.9g}") for value in numpy.asarray(array).reshape(-1)]


# Features ----------------------------------------------------------------------------------------


def sound(count, generator):
    """A gliding vowel that begins and ends, over a little noise."""
    times = numpy.arange(count) / 16_000
    pitch = 2 * numpy.pi * (120 * times + 300 * times**2)
    voice = sum(numpy.sin(k * pitch) / k for k in range(1, 25))
    shape = numpy.clip(times * 30, 0, 1) * numpy.clip((times[-1] - times) * 20, 0, 1)
    return numpy.round((0.2 * voice * shape + 1e-3 * generator.standard_normal(count)) * 32_768) / 32_768


def log_mel(samples, rate, window, hop, bands, lowest, highest, floor):
    energies = librosa.feature.melspectrogram(
        y=samples, sr=rate, n_fft=window, hop_length=hop, center=False, power=2.0, n_mels=bands,
        fmin=lowest, fmax=highest, htk=True, norm=None, dtype=numpy.float64,
    )
    return numpy.log(numpy.maximum(energies, floor))


def features(generator):
    cases = []
    for rate, seconds, hop, bands, lowest, highest in (
        (16_000, 0.025, 0.01, 40, 60.0, 8_000.0), (8_000, 0.032, 0.008, 23, 100.0, 3_800.0),
    ):
        samples = sound(2_400, generator)
        window, step = round(seconds * rate), round(hop * rate)
        logs = log_mel(samples, rate, window, step, bands, lowest, highest, 1e-6)
        slopes = librosa.feature.delta(logs, width=5, mode="nearest")
        curves = librosa.feature.delta(slopes, width=5, mode="nearest")
        cases.append({
            "rate": rate, "window": seconds, "hop": hop, "bands": bands, "lowest": lowest,
            "highest": highest, "samples": numbers(samples), "frames": logs.shape[1],
            "values": numbers(numpy.concatenate([logs, slopes, curves]).T),
        })
    return cases


def resamplings(generator):
    cases = []
    for count, other in ((40, 20), (40, 64), (41, 20), (41, 64), (40, 21), (40, 63), (33, 33)):
        samples = generator.standard_normal(count)
        cases.append({
            "samples": numbers(samples), "values": numbers(scipy.signal.resample(samples, other)),
        })
    return cases


# Losses ------------------------------------------------------------------------------------------


def losses(generator):
    batch, frames, classes, temperature = 3, 5, 4, 2.5
    own = generator.standard_normal((batch, frames, classes)) * 2
    other = generator.standard_normal((batch, frames, classes)) * 2
    # Where each utterance has its word; classes are 0 and 1 + word.
    words = numpy.array([2, 0, 1])
    speech = numpy.array([[1, 1, 0, 0, 1], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1]])
    wanted = speech * (words + 1)[:, None]

    def log_softmax(values):
        return values - numpy.log(numpy.exp(values).sum(-1, keepdims=True))

    surprises = -numpy.take_along_axis(log_softmax(own), wanted[..., None], -1)
    soft = {}
    for name, t in (("soft", 1.0), ("softened", temperature)):
        targets = numpy.exp(log_softmax(other / t))
        soft[name] = float(-(targets * log_softmax(own / t)).sum(-1).mean() * t * t)
    return {
        "student": numbers(own), "teacher": numbers(other), "words": words.tolist(),
        "speech": speech.reshape(-1).tolist(), "batch": batch, "frames": frames, "classes": classes, "temperature": temperature,
        "hard": float(surprises.mean()), "second": float(surprises[1].mean()), **soft,
    }


# WAV files ---------------------------------------------------------------------------------------


def wav_files(generator):
    cases = []
    for name, format, subtype, channels in (
        ("u8.wav", "WAV", "PCM_U8", 1), ("i16.wav", "WAV", "PCM_16", 2),
        ("i24.wav", "WAV", "PCM_24", 1), ("i32.wav", "WAV", "PCM_32", 2),
        ("f32.wav", "WAV", "FLOAT", 1), ("f64.wav", "WAV", "DOUBLE", 2),
        ("alaw.wav", "WAV", "ALAW", 1), ("ulaw.wav", "WAV", "ULAW", 2),
        ("i24-extensible.wav", "WAVEX", "PCM_24", 3),
    ):
        samples = generator.uniform(-1, 1, (13, channels))
        samples[0], samples[1] = -1, 1
        soundfile.write(EXCHANGE / name, samples, 11_025, subtype, format=format)
        read, rate = soundfile.read(EXCHANGE / name, dtype="float64", always_2d=True)
        cases.append({
            "file": name, "rate": rate, "channels": channels, "values": numbers(read.T),
        })
    every = bytes(range(256))
    laws = {
        "aLaw": numpy.frombuffer(audioop.alaw2lin(every, 2), "<i2").tolist(),
        "muLaw": numpy.frombuffer(audioop.ulaw2lin(every, 2), "<i2").tolist(),
    }
    write(EXCHANGE / "wav.json", {"files": cases, "laws": laws})


if __name__ == "__main__":
    SPEECH.mkdir(parents=True, exist_ok=True)
    generator = numpy.random.default_rng(1)
    write(
        SPEECH / "features.json",
        {"features": features(generator), "resamplings": resamplings(generator)},
    )
    write(SPEECH / "losses.json", losses(generator))
    wav_files(generator)
