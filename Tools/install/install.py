"""Installs the program with its completions and man page: install.py PROGRAM PREFIX."""

import json
import os
import shutil
import subprocess
import sys

import manual

COMPLETIONS = {
    "bash": "share/bash-completion/completions/distill",
    "zsh": "share/zsh/site-functions/_distill",
    "fish": "share/fish/vendor_completions.d/distill.fish",
}


def said(program, *arguments):
    """What the program prints."""
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def install(program, prefix):
    """Puts everything under a prefix; the paths that were written."""
    dump = json.loads(said(program, "--experimental-dump-help"))
    page = manual.page(dump, said(program, "--version").strip())
    scripts = {shell: said(program, "--generate-completion-script", shell) for shell in COMPLETIONS}
    place = os.path.join(prefix, "bin", "distill")
    os.makedirs(os.path.dirname(place), exist_ok=True)
    # A program that runs cannot be written to, but its name can be taken over.
    shutil.copy(program, place + ".new")
    os.replace(place + ".new", place)
    paths = [place, os.path.join(prefix, "share/man/man1/distill.1")]
    write(paths[1], page)
    for shell, name in COMPLETIONS.items():
        paths.append(os.path.join(prefix, name))
        write(paths[-1], scripts[shell])
    return paths


if __name__ == "__main__":
    try:
        for path in install(*sys.argv[1:]):
            print(path)
    except OSError as error:
        sys.exit(f"cannot install: {error}; name a folder where you may write with PREFIX=")
