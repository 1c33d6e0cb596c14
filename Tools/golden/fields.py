"""What the runs of the fields read: recipes and small made-up data, the same bytes everywhere."""

import json
import math
import random
import shutil
import struct
from hashlib import sha256
from pathlib import Path

from arrays import write_tensors

CHECKOUT = Path(__file__).resolve().parents[2]

RECIPES = {
    "detection": """experiment: detection
seed: 1
data: images
side: 32
objects: [1, 2]
scales: [0.4, 0.7]
clutter: 2
labelled: 16
unlabelled: 16
validation: 8
test: 8
strides: [4, 8]
teacher: {widths: [4, 8, 8], pyramid: 8}
student: {widths: [4, 4, 4], pyramid: 4}
boxesWeights: [0.1, 0.3]
seeds: 2
batch: 8
steps: 8
teacherSteps: 8
resamples: 20
""",
    "acoustic": """experiment: acoustic
seed: 1
data: sounds
words: ['0', '1', '2']
languages: [aa]
newLanguages: [bb]
source: [prompts/aa-one, synthetic/*-f1]
adaptation: [synthetic/*-f2]
validation: [synthetic/*-f3]
test: [telephone/aa-two, synthetic/*-f4]
seconds: 0.2
bands: 8
lowest: 100
highest: 3800
noise: [20, 30]
reverberation: [0.1, 0.2]
teacher: {widths: [6], recurrent: 0}
student: {widths: [4], recurrent: 0}
batch: 8
teacherSteps: 8
sourceSteps: 8
labelled: 3
steps: 8
seeds: 2
learningRates: [0.01]
""",
    "sequences": """experiment: sequences
seed: 1
data: wordnet
documents: 60
studentDocuments: 40
validation: 20
test: 20
window: 16
batch: 8
merges: 10
teacher: {width: 4, hidden: 8}
student: {width: 4, hidden: 4}
students: [{loss: crossEntropy}, {loss: kullbackLeibler}, {loss: jensenShannon, own: 0.5}]
seeds: 2
teacherSteps: 8
steps: 8
learningRates: [0.01, 0.03]
""",
    "languages": """experiment: languages
seed: 1
data: captions
fewest: 10
related: [aa, bb]
languages: [xx, yy]
labels: 6
unlabelled: 30
validation: 12
test: 30
length: 16
teacherSteps: 8
teacherRows: 512
filters: 4
hidden: 4
studentRows: 256
steps: 8
batch: 16
seeds: 2
learningRates: [0.03]
kept: [0.3, 0.5]
""",
    "sentences": """experiment: sentences
seed: 1
data: texts/wordnet
teacher: texts/minilm
peer: texts/wordllama
training: 40
test: 20
length: 10
seeds: 2
staticWidth: 4
transformerWidth: 4
heads: 2
layers: 1
batch: 20
staticSteps: 8
transformerSteps: 8
""",
}

WORDS = ("[UNK] [CLS] [SEP] ; a of the small large red cat dog bird tree boat river sings runs sleeps "
         "grows eats fish seed old young quick slow house stone hill green blue with and in near wolf "
         "duck horse leaf").split()


def write_fields(folder: Path) -> None:
    """Adds what the fields' runs read."""
    numbers = random.Random(3)
    for name, text in RECIPES.items():
        (folder / f"{name}.yaml").write_text(text)
    write_sounds(folder / "sounds", numbers)
    write_captions(folder / "captions")
    write_texts(folder / "texts", numbers)


def write_sounds(folder: Path, numbers: random.Random) -> None:
    """Words that are tones which rise, fall or stay, by speakers of their own pitch, as 16-bit WAV."""
    speakers = ["prompts/aa-one", "telephone/aa-two", "synthetic/aa-f1", "synthetic/aa-f2",
                "synthetic/aa-f3", "synthetic/aa-f4", "synthetic/bb-f2", "synthetic/bb-f3",
                "synthetic/bb-f4"]
    sums = []
    for place, speaker in enumerate(speakers):
        (folder / speaker).mkdir(parents=True)
        rate = 8_000 if speaker.startswith("telephone") else 16_000
        for word, slope in enumerate([0, 2_000, -1_000]):
            count = rate // 5
            samples = [int(9_000 * math.sin(2 * math.pi * (1_400 + 60 * place + slope * t / rate) * t / rate)
                           + numbers.randrange(-500, 500)) for t in range(count)]
            data = struct.pack(f"<{count}h", *samples)
            form = struct.pack("<HHIIHH", 1, 1, rate, 2 * rate, 2, 16)
            chunks = (b"WAVEfmt " + struct.pack("<I", len(form)) + form
                      + b"data" + struct.pack("<I", len(data)) + data)
            file = folder / speaker / f"{word}.wav"
            file.write_bytes(b"RIFF" + struct.pack("<I", len(chunks)) + chunks)
            sums.append(f"{sha256(file.read_bytes()).hexdigest()}  {speaker}/{word}.wav\n")
    (folder / "SHA256SUMS").write_text("".join(sums))


def write_captions(folder: Path) -> None:
    """Words of three classes that languages end in their own ways."""
    folder.mkdir()
    words = [["owl", "fox", "crab", "swan", "toad"], ["pear", "corn", "leek", "plum", "rice"],
             ["train", "boat", "truck", "sled", "plane"]]
    lines = ["stamp\tclass\tlanguage\tcaption"]
    for stamp in range(120):
        label, other = stamp % 3, stamp // 3
        for language, end in [("aa", "a"), ("bb", "en"), ("xx", "as"), ("yy", "um")]:
            lines.append(f"{label}/{stamp}\tclass {label}\t{language}\t"
                         f"{words[label][other % 5]}{end} {other % 8 + 10}")
    (folder / "captions.tsv").write_text("\n".join(lines) + "\n")


def write_texts(folder: Path, numbers: random.Random) -> None:
    """A WordNet of chance words, an encoder with chance weights, and published embeddings."""
    (folder / "wordnet").mkdir(parents=True)
    for part, kind, count in [("noun", "n", 80), ("verb", "v", 20), ("adj", "a", 15), ("adv", "r", 8)]:
        text = "  1 Made up.\n"
        for index in range(count):
            def pick(amount: int) -> str:
                return " ".join(numbers.choice(WORDS[4:]) for _ in range(amount))
            topic = {"noun": 3 + index % 4, "verb": 30, "adj": 0, "adv": 2}[part]
            example = f'; "{pick(5)}"' if index % 2 == 0 else ""
            text += f"{index + 1:08d} {topic:02d} {kind} 01 {pick(1)}_{pick(1)} 0 000 | {pick(6)}{example}  \n"
        (folder / f"wordnet/data.{part}").write_text(text)
    bert = CHECKOUT / "Tests/LanguageTests/Fixtures/tiny-bert"
    (folder / "minilm").mkdir()
    (folder / "wordllama").mkdir()
    for name in ["config.json", "model.safetensors"]:
        shutil.copy(bert / name, folder / "minilm" / name)
    tokenizer = {
        "normalizer": {"type": "BertNormalizer"}, "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "cls": ["[CLS]", 1], "sep": ["[SEP]", 2]},
        "model": {"type": "WordPiece", "unk_token": "[UNK]",
                  "vocab": {word: number for number, word in enumerate(WORDS)}},
    }
    for name in ["minilm", "wordllama"]:
        (folder / name / "tokenizer.json").write_text(json.dumps(tokenizer))
    values = b"".join(struct.pack("<e", numbers.gauss(0, 1)) for _ in range(len(WORDS) * 8))
    write_tensors(folder / "wordllama/model.safetensors",
                  {"embedding.weight": ("F16", [len(WORDS), 8], values)})
