#!/usr/bin/env python3
"""Makes a small made-up WordNet: data files of the real form with invented synsets.

    python3 Tools/reference/wordnet.py Tests/DistillCommandTests/Fixtures/wordnet

Four trees of nouns and some verbs, adjectives and adverbs. Relations are mostly inside a tree; half
of a gloss are words of the tree's subject.
"""

import random
import sys
from pathlib import Path

SUBJECTS = {
    5: "fur paw tail wild hunts nest wings claws herd den",
    13: "sweet baked dish sauce roasted flour sugar served salt pie",
    18: "someone who works trained employed skilled sings teaches rules trades guards",
    20: "leaves flowers shrub native grows seeds stem petals bark roots",
}
COMMON = "of the a with and in small large used for kind from many some usually".split()
SYLLABLES = "ba be bi do du fa fi ga go ka la li ma mo na ne pa ra ri sa se ta to va zu".split()


def main(folder: Path) -> None:
    draw = random.Random(1)
    nouns = [(topic, words.split()) for topic, words in SUBJECTS.items() for _ in range(55)]
    draw.shuffle(nouns)
    rest = {"v": (38, 12, "move walk run go quickly"), "a": (0, 12, "having the quality of being"),
            "r": (2, 6, "in a manner that is")}
    synsets = [("n", topic, words) for topic, words in nouns]
    for kind, (topic, count, words) in rest.items():
        synsets += [(kind, topic, words.split())] * count
    relations = {index: [] for index in range(len(synsets))}

    def relate(one: int, other: int, there: str, back: str) -> None:
        relations[one].append((there, other))
        relations[other].append((back, one))

    for index, (kind, topic, _) in enumerate(synsets):
        above = [k for k in range(index) if synsets[k][:2] == (kind, topic)]
        if above:
            relate(index, draw.choice(above[:12] if draw.random() < 0.5 else above), "@", "~")
        if draw.random() < 0.3:
            other = draw.randrange(len(synsets))
            if other != index:
                relate(index, other, "+", "+")

    name = {index: f"{sum(s[0] == kind for s in synsets[:index]) * 100 + 17:08d}"
            for index, (kind, _, _) in enumerate(synsets)}
    files = {"n": "data.noun", "v": "data.verb", "a": "data.adj", "r": "data.adv"}
    lines = {kind: ["  1 A made-up lexicon in the form of WordNet's data files."] for kind in files}
    for index, (kind, topic, words) in enumerate(synsets):
        gloss = [draw.choice(words if draw.random() < 0.5 else COMMON) for _ in range(8)]
        word = "".join(draw.choice(SYLLABLES) for _ in range(3))
        pointers = "".join(
            f" {symbol} {name[other]} {synsets[other][0]} 0000"
            for symbol, other in relations[index]
        )
        lines[kind].append(
            f"{name[index]} {topic:02d} {kind} 01 {word} 0 {len(relations[index]):03d}{pointers}"
            f" | {' '.join(gloss)}  "
        )
    folder.mkdir(parents=True, exist_ok=True)
    for kind, file in files.items():
        (folder / file).write_text("\n".join(lines[kind]) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
