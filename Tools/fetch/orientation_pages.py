"""Draws pages of common English words, each turned by 0, 90, 180 or 270 degrees clockwise.

    python3 orientation_pages.py FOLDER

FOLDER/train and FOLDER/test get a folder for each turn. Sizes, margins, inks and words are drawn from a
seed; a page of the test is none of the training.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SIZE = 224
TURNS = [0, 90, 180, 270]
COUNTS = {"train": 1_600, "test": 800}

WORDS = """the of and to in a is that for it as was with be by on not he his but at are this have from
or had an they which one you were all her she there would their we him been has when who will no more
if out so up said what its about than into them can only other time new some could these two may first
then do any like my now over such our man me even most made after also did many off before must well
back through years where much your way down should because long each just state those people too how
little good world make very year still see work life both between under never know same another while
last might great old against go come since us himself few house use during without again place around
however home small found thought went say part once general high upon school every""".split()


def page(chance: random.Random) -> Image.Image:
    """A page with its lines from left to right."""
    paper = 255 - chance.randrange(60)
    image = Image.new("L", (SIZE, SIZE), paper)
    draw = ImageDraw.Draw(image)
    ink, points = chance.randrange(90), chance.randrange(9, 26)
    face = ImageFont.load_default(points)
    left, right = chance.randrange(4, 24), SIZE - chance.randrange(4, 24)
    y = chance.randrange(2, 24)
    while y < SIZE - points:
        if chance.random() < 0.15:
            y += points
            continue
        end = right if chance.random() < 0.75 else chance.randrange(SIZE // 3, right)
        x = left
        while x < end:
            word = spelled(chance)
            length = draw.textlength(word + " ", font=face)
            if x + length > end + 10:
                break
            draw.text((x, y), word, fill=ink, font=face)
            x += length
        y += int(points * 1.35)
    return image


def spelled(chance: random.Random) -> str:
    word = str(chance.randrange(2030)) if chance.random() < 0.05 else chance.choice(WORDS)
    if chance.random() < 0.1:
        word = word.capitalize()
    return word + chance.choice(".,;:") if chance.random() < 0.1 else word


def main() -> None:
    folder, chance = Path(sys.argv[1]), random.Random(1)
    for part, count in COUNTS.items():
        for turn in TURNS:
            (folder / part / str(turn)).mkdir(parents=True)
        for number in range(count):
            turn = TURNS[number % len(TURNS)]
            # Pillow turns the other way round.
            turned = page(chance).rotate(-turn).convert("RGB")
            turned.save(folder / part / str(turn) / f"{number:04}.png")


if __name__ == "__main__":
    main()
