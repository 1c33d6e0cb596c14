"""Prompts as WAV files, and what synthetic voices are asked to say."""

import subprocess
import tempfile
import types
import unittest
import wave
from pathlib import Path
from unittest import mock

import speech
import speech_recordings
from terminal import Problem


def samples(path: Path) -> tuple[int, bytes]:
    with wave.open(str(path)) as file:
        return file.getframerate(), file.readframes(file.getnframes())


class WordTests(unittest.TestCase):
    def test_every_language_has_every_word(self):
        for language in speech.LANGUAGES:
            said = speech_recordings.texts(language)
            self.assertEqual(list(said), speech_recordings.WORDS)
            self.assertEqual(len(set(said.values())), len(said), language)
        self.assertEqual(speech_recordings.texts("it")["tomorrow"], "domani")
        self.assertEqual(speech_recordings.texts("ru")["7"], "7")

    def test_voices_differ(self):
        self.assertEqual(len(set(speech.VARIANTS)), len(speech.VARIANTS))
        voices = {tuple(speech.voice("es", variant)) for variant in speech.VARIANTS}
        self.assertEqual(len(voices), len(speech.VARIANTS))
        self.assertEqual(speech.voice("es", "f1"), ["-v", "es-419+f1", "-p", "35", "-s", "130"])

    def test_packages_are_pinned(self):
        for folder, _, package in speech.PROMPTS:
            self.assertRegex(package.sha256, "^[0-9a-f]{64}$")
            self.assertTrue(package.version)
            self.assertRegex(folder, "^(prompts|telephone)/(en|es|fr|it|ru)-[a-z]+$")


class RecordingTests(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name)

    def test_wav_files_stay_as_they_are(self):
        speech_recordings.write(self.folder / "7.wav", 8_000, b"\1\2\3\4")
        self.assertEqual(samples(self.folder / "7.wav"), (8_000, b"\1\2\3\4"))
        found = speech_recordings.recording(self.folder, "7")
        self.assertEqual(found, (8_000, b"\1\2\3\4"))

    def test_two_channels_are_refused(self):
        with wave.open(str(self.folder / "7.wav"), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(8_000)
            file.writeframes(bytes(8))
        with self.assertRaisesRegex(ValueError, "2 channels"):
            speech_recordings.recording(self.folder, "7")

    def test_g722_is_decoded_at_its_whole_rate(self):
        class Decoder:
            def __init__(self, rate, bits):
                self.rate, self.bits = rate, bits

            def decode(self, content):
                assert (self.rate, self.bits) == (16_000, 64_000)
                return content + content

        (self.folder / "7.g722").write_bytes(b"ab")
        package = types.SimpleNamespace(G722=Decoder)
        with mock.patch.dict("sys.modules", G722=package):
            self.assertEqual(speech_recordings.recording(self.folder, "7"), (16_000, b"abab"))

    def test_every_word_is_written(self):
        with mock.patch.object(
            speech_recordings, "recording", lambda sounds, word: (8_000, word.encode() * 2)
        ):
            speech_recordings.main(self.folder, self.folder / "made")
        names = sorted(path.name for path in (self.folder / "made").iterdir())
        self.assertEqual(names, sorted(f"{word}.wav" for word in speech_recordings.WORDS))
        self.assertEqual(samples(self.folder / "made" / "20.wav"), (8_000, b"2020"))


class SpeakingTests(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.tree = Path(self.temporary.name)
        (self.tree / "usr/lib/x86_64-linux-gnu").mkdir(parents=True)

    def program(self, text: str):
        (self.tree / "usr/bin").mkdir(parents=True)
        (self.tree / "usr/bin/espeak-ng").write_text(f"#!/bin/sh\n{text}\n")
        (self.tree / "usr/bin/espeak-ng").chmod(0o755)

    def test_words_are_said_by_the_unpacked_program(self):
        # Writes what it is asked for: -v VOICE -p PITCH -s SPEED -w FILE TEXT.
        self.program('echo "$2 $9 $ESPEAK_DATA_PATH" > "$8"')
        speech.speak(self.tree, "it", "m1", self.tree / "made")
        said = (self.tree / "made" / "tomorrow.wav").read_text()
        self.assertEqual(said, f"it+m1 domani {self.tree}/usr/lib/x86_64-linux-gnu\n")
        self.assertEqual(len(list((self.tree / "made").iterdir())), len(speech_recordings.WORDS))

    def test_a_program_that_fails_is_one_sentence(self):
        self.program('echo "no voice" >&2; exit 1')
        with self.assertRaisesRegex(Problem, r"could not say '0' \(no voice\)"):
            speech.speak(self.tree, "it", "m1", self.tree / "made")

    def test_a_folder_appears_when_it_is_complete(self):
        made, place = self.tree / "made", self.tree / "synthetic" / "it-m1"
        made.mkdir()
        (made / "0.wav").write_bytes(b"new")
        place.mkdir(parents=True)
        (place / "old.wav").write_bytes(b"old")
        speech.keep(made, place)
        self.assertEqual([path.name for path in place.iterdir()], ["0.wav"])

    def test_recordings_are_listed_with_their_hashes(self):
        for folder in ("synthetic/it-m1", "prompts/it-carlo"):
            (self.tree / folder).mkdir(parents=True)
            (self.tree / folder / "0.wav").write_bytes(folder.encode())
        speech.write_sums(self.tree, ["synthetic/it-m1", "prompts/it-carlo"])
        checked = subprocess.run(
            ["sha256sum", "--check", "--strict", speech.SUMS], cwd=self.tree, capture_output=True,
            text=True,
        )
        self.assertEqual(checked.stdout, "prompts/it-carlo/0.wav: OK\nsynthetic/it-m1/0.wav: OK\n")

    def test_prompts_that_cannot_be_decoded_are_one_sentence(self):
        result = subprocess.CompletedProcess([], 1)
        with mock.patch.object(subprocess, "run", lambda *a, **k: result):
            with self.assertRaisesRegex(Problem, "could not be decoded"):
                speech.decode(Path("python"), self.tree, self.tree / "made")


if __name__ == "__main__":
    unittest.main()
