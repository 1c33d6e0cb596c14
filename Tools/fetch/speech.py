#!/usr/bin/env python3
"""Puts spoken words of five languages, as WAV files, into `.data/speech`.

    python3 Tools/fetch/speech.py

Prompts of eight speakers come out of Debian's packages of Asterisk's sounds, and synthetic voices say
the same words by eSpeak NG; Documentation/Data.md says of which versions and under which licences.
Prompts are decoded by packages of Python in an environment of their own, which stays in
`.data/speech/python`. Does nothing when everything is there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from debian import Package, download, require_apt
from speech_recordings import WORDS, texts
from tables import environment
from terminal import Problem, alone, run, say

PYTHON = ["G722==1.2.8", "soundfile==0.14.0", "numpy==2.4.6"]

ELSEWHERE = (
    "put WAV files by other means into .data/speech, named KIND/LANGUAGE-SPEAKER/WORD.wav as"
    " Documentation/Data.md says"
)


def core(language: str, sha256: str) -> Package:
    return Package(
        f"asterisk-core-sounds-{language}-g722", f"prompts ({language})", ELSEWHERE, "1.6.1-1", sha256
    )


PROMPTS = [
    (
        "prompts/en-allison",
        "en_US_f_Allison",
        core("en", "38c5261820b406dcb0ecb37675720da2b0864850690690352ca52707eb623806"),
    ),
    (
        "prompts/es-allison",
        "es_MX_f_Allison",
        core("es", "e4e3b4281057d3b81b779298fd6be705f57411513955c518eed1bcaabbd615b8"),
    ),
    (
        "prompts/fr-june",
        "fr_CA_f_June",
        core("fr", "7add61d5e42279ecff1bbdf842a5a946ac3644fac9a0fe44384731aa7270c8e0"),
    ),
    (
        "prompts/it-carlo",
        "it_IT_m_Carlo",
        core("it", "46b4cf7afc508a5fcfc051b7ea233251c0d195dd4ef83cc4b7facb4c6429b016"),
    ),
    (
        "prompts/ru-ivrvoice",
        "ru_RU_f_IvrvoiceRU",
        core("ru", "673b4238a6b8269960f055d868c6a11083f7a0d00979167cb01554046b48ed9b"),
    ),
    (
        "telephone/it-menardi",
        "it_IT_f_Menardi",
        Package(
            "asterisk-prompt-it-menardi-wav", "prompts of Menardi (it)", ELSEWHERE,
            "1:1.4.22+mm20110907-3.1",
            "3094530d98f8758ac275572d59624c41f60969fef883f34f4886d144f3dfeb21",
        ),
    ),
    (
        "telephone/fr-armelle",
        "fr",
        Package(
            "asterisk-prompt-fr-armelle", "prompts of Armelle (fr)", ELSEWHERE, "20070613-2.2",
            "162570b1a9b3512a98f06b89f60c7c17cf1b9b52297315adca9a4e5be728bea3",
        ),
    ),
    (
        "telephone/es-colombia",
        "es",
        Package(
            "asterisk-prompt-es-co", "prompts of Colombia (es)", ELSEWHERE, "0.20070403-2.1",
            "6702696e045514699e87dc8fb70f370717e5df91f821f7bec8dd0df1be008e83",
        ),
    ),
]
"""Folder here, folder of Asterisk, package."""

VOICES = Package("espeak-ng", "eSpeak NG with what it needs", ELSEWHERE, "1.51+dfsg-10+deb12u2")
"""The package differs by machine; its version is that of what it says."""

VARIANTS = [
    "f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "linda", "steph",
    "belinda", "anika", "michael", "john", "david", "boris", "paul", "grandma", "grandpa",
]

SUMS = "SHA256SUMS"

LANGUAGES = {"en": "en-us", "es": "es-419", "fr": "fr-fr", "it": "it", "ru": "ru"}
"""Voice of eSpeak NG of each."""


def install(checkout: Path) -> None:
    place = checkout / ".data" / "speech"
    folders = [folder for folder, _, _ in PROMPTS] + [
        f"synthetic/{language}-{variant}" for language in LANGUAGES for variant in VARIANTS
    ]

    def is_there(folder: str) -> bool:
        return all((place / folder / f"{word}.wav").is_file() for word in WORDS)

    if all(map(is_there, folders)) and (place / SUMS).is_file():
        return
    require_apt(VOICES)
    partial = checkout / ".data" / "partial-speech"
    with alone(partial):
        python = environment(
            place / "python", PYTHON, "decoders of G.722 and GSM into an environment of their own (60 MB)"
        )
        for folder, sounds, package in PROMPTS:
            if not is_there(folder):
                tree = download(package, partial) / "usr/share/asterisk/sounds" / sounds / "digits"
                decode(python, tree, partial / "kept")
                keep(partial / "kept", place / folder)
        if not all(map(is_there, folders)):
            tree = download(VOICES, partial, needs=True)
            say(f"Synthesizing {len(LANGUAGES) * len(VARIANTS) * len(WORDS):,} words (two minutes).")
            for folder in folders[len(PROMPTS) :]:
                if not is_there(folder):
                    language, variant = folder.removeprefix("synthetic/").split("-")
                    speak(tree, language, variant, partial / "kept")
                    keep(partial / "kept", place / folder)
        write_sums(place, folders)
        shutil.rmtree(partial)
    say(f"Spoken words are in {place}.")


def write_sums(place: Path, folders: list[str]) -> None:
    """The SHA-256 of every recording, as `sha256sum` writes it: what an experiment was made with."""
    lines = []
    for folder in sorted(folders):
        for file in sorted((place / folder).glob("*.wav")):
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            lines.append(f"{digest}  {folder}/{file.name}\n")
    (place / SUMS).write_text("".join(lines))


def keep(made: Path, place: Path) -> None:
    """A folder appears when it is complete."""
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    made.rename(place)


def decode(python: Path, sounds: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    script = Path(__file__).with_name("speech_recordings.py")
    made = subprocess.run([str(python), "-B", str(script), str(sounds), str(folder)])
    if made.returncode != 0:
        raise Problem(f"The prompts of {sounds} could not be decoded; the message above says why.")


def voice(language: str, variant: str) -> list[str]:
    """eSpeak NG's options: every variant has a pitch and a speed (words per minute) of its own."""
    number = VARIANTS.index(variant)
    return [
        "-v", f"{LANGUAGES[language]}+{variant}", "-p", str(35 + number * 7 % 31),
        "-s", str(130 + number * 11 % 53),
    ]


def speak(tree: Path, language: str, variant: str, folder: Path) -> None:
    """A WAV file of every word, as eSpeak NG makes it: 22,050 samples a second, 16 bits."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    libraries = [str(path) for path in tree.glob("usr/lib/*-linux-*")]
    libraries += [f"{path}/pulseaudio" for path in libraries]
    own = os.environ.get("LD_LIBRARY_PATH")
    environment = {
        **os.environ,
        "ESPEAK_DATA_PATH": libraries[0],
        "LD_LIBRARY_PATH": ":".join(libraries + ([own] if own else [])),
    }
    for word, text in texts(language).items():
        made = subprocess.run(
            [tree / "usr/bin/espeak-ng", *voice(language, variant), "-w", folder / f"{word}.wav", text],
            env=environment, capture_output=True, text=True,
        )
        if made.returncode != 0 or not (folder / f"{word}.wav").is_file():
            lines = made.stderr.strip().splitlines() or ["no message"]
            raise Problem(f"eSpeak NG could not say '{text}' ({lines[-1]}); {ELSEWHERE}.")


if __name__ == "__main__":
    checkout = Path(__file__).resolve().parents[2]
    run(lambda: install(checkout))
