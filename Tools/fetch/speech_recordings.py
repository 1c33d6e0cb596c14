"""Prompts of Asterisk as WAV files: G.722 at 16,000 samples a second, GSM 06.10 and WAV at 8,000.

    python Tools/fetch/speech_recordings.py SOUNDS FOLDER

Decoding needs the packages G722 and soundfile; what words there are is known without them.
"""

from __future__ import annotations

import sys
import wave
from pathlib import Path

NUMBERS = [*range(21), *range(30, 100, 10)]
NAMED = {
    "today": "today hoy aujourd'hui oggi сегодня",
    "tomorrow": "tomorrow mañana demain domani завтра",
    "yesterday": "yesterday ayer hier ieri вчера",
    "day-0": "Sunday domingo dimanche domenica воскресенье",
    "day-1": "Monday lunes lundi lunedì понедельник",
    "day-2": "Tuesday martes mardi martedì вторник",
    "day-3": "Wednesday miércoles mercredi mercoledì среда",
    "day-4": "Thursday jueves jeudi giovedì четверг",
    "day-5": "Friday viernes vendredi venerdì пятница",
    "day-6": "Saturday sábado samedi sabato суббота",
}
"""In English, Spanish, French, Italian and Russian, by Asterisk's name of the word."""

WORDS = [*map(str, NUMBERS), *NAMED]


def texts(language: str) -> dict[str, str]:
    """What is to be said for each word: numbers as numbers, which eSpeak NG reads in the language."""
    place = ["en", "es", "fr", "it", "ru"].index(language)
    named = {word: said.split()[place] for word, said in NAMED.items()}
    return {**{str(number): str(number) for number in NUMBERS}, **named}


def recording(sounds: Path, word: str) -> tuple[int, bytes]:
    """Samples a second, and samples of 16 bits."""
    if (file := sounds / f"{word}.g722").is_file():
        from G722 import G722

        samples = G722(16_000, 64_000).decode(file.read_bytes())
        return 16_000, samples.astype("<i2").tobytes() if hasattr(samples, "astype") else bytes(samples)
    if (file := sounds / f"{word}.gsm").is_file():
        import soundfile

        samples, rate = soundfile.read(
            file, dtype="int16", format="RAW", subtype="GSM610", samplerate=8_000, channels=1
        )
        return rate, samples.astype("<i2").tobytes()
    with wave.open(str(sounds / f"{word}.wav")) as file:
        if (file.getnchannels(), file.getsampwidth()) != (1, 2):
            raise ValueError(f"{sounds / word}.wav has {file.getnchannels()} channels")
        return file.getframerate(), file.readframes(file.getnframes())


def write(path: Path, rate: int, samples: bytes) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)


def main(sounds: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    for word in WORDS:
        write(folder / f"{word}.wav", *recording(sounds, word))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
