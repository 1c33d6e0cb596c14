#!/usr/bin/env python3
"""Fixtures of this version's runs, which every later version must resume and replay.

  fixtures.py PROGRAM FOLDER

Makes, in FOLDER: what the runs read; stopped/NAME, runs interrupted in the middle, to be resumed;
finished/NAME, the same runs without interruption, for their weights and numbers; certified/, a run
with its certificate, to be replayed; commands.txt, how each was made. Reports and pictures are left
out. A fixture is made once, by the version whose formats it holds, and never made anew.
"""

import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from inputs import write_all

TABLE = ("--teacher table-teacher.safetensors --teacher-model mlp:4-5-3 --data table.csv "
         "--labels kind --normalize standard --student mlp:4-3-3")
TUMOURS = ("--draws tumours.json --parameters beta --intercept alpha --data tumours.csv "
           "--outcome tumour")
RBM = ("finished/rbm/rbm.npz --chains 40 --burn-in 20 --thinning 2 --samples 200 "
       "--partition-chains 40 --partition-burn-in 10 --partition-thinning 2 "
       "--runs 20 --temperatures 30")
RUNS = {
    "rbm": "generative train bits.npz:train --hidden 6 --epochs 1500 --batch 20 "
           "--persistent-chains 20",
    "table": f"compress {TABLE} --steps 12000 --control",
    "derivatives": f"compress {TABLE} --steps 4000 --optimizer sgd --decay cosine "
                   "--loss 'softCrossEntropy(temperature: 2) + 0.1 * derivativeSquaredError'",
    "logistic": f"predictive {TUMOURS} --steps 6000 --certify",
    "online": f"predictive {TUMOURS} --online --family network --hidden 8 --reuse 8",
    "nade": f"generative fit {RBM} --student nade:8 --steps 2500 --test bits.npz:test "
            "--loss 'conditional + 0.1 squared + 0.1 score' --constant learnt",
    "made": f"generative fit {RBM} --student made:12 --steps 800 "
            "--loss 'conditional + 0.1 reverse'",
    "compression": "run compression.yaml",
}
# Whose networks are too large to be kept: stopped as they begin, and of the finished ones the metrics.
BEGUN = {"demo": "demo --data images --limit 120 --members 2 --epochs 1 --seed 3"}
CERTIFIED = ["compress " + TABLE + " --steps 200 --control --out certified/table",
             "certify certified/table --seeds 2"]
DROPPED = ["report.html", "certificate.html", "table.txt", "diabetes*"]


def arguments(text: str, out: str = "") -> list[str]:
    return [*shlex.split(text), "--threads", "1", *(["--out", out] if out else [])]


def finish(program: Path, folder: Path, text: str, out: str = "") -> None:
    subprocess.run([program, *arguments(text, out)], cwd=folder, check=True, capture_output=True)


def stop(program: Path, folder: Path, text: str, name: str) -> None:
    """Interrupts a run where it keeps a state: some time after it wrote its first files."""
    out = folder / "stopped" / name
    for seconds in [0.4, 0.2, 0.8, 0.1, 0.6, 1.2, 0.05, 1.6]:
        shutil.rmtree(out, ignore_errors=True)
        process = subprocess.Popen([program, *arguments(text, f"stopped/{name}")], cwd=folder,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        state = out / "state.json"
        while process.poll() is None and not state.exists():
            time.sleep(0.01)
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        process.wait()
        kept = any(out.glob("*checkpoint*")) or len(list(out.glob("*.safetensors"))) > 1
        if '"isFinished":false' in state.read_text() and kept:
            return
    sys.exit(f"{name} could not be stopped in the middle")


def begin(program: Path, folder: Path, text: str, name: str) -> None:
    """Leaves a run of which there are its recipe and its state alone."""
    out = folder / "stopped" / name
    process = subprocess.Popen([program, *arguments(text, f"stopped/{name}")], cwd=folder,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not all((out / file).exists() for file in ["recipe.yaml", "state.json"]):
        time.sleep(0.002)
    process.kill()
    process.wait()
    for path in (folder / "finished" / name).iterdir():
        if path.name != "metrics.jsonl":
            path.unlink()


def main() -> int:
    program, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    folder.mkdir(parents=True)
    write_all(folder)
    (folder / "stopped").mkdir()
    lines = []
    for name, text in RUNS.items():
        finish(program, folder, text, f"finished/{name}")
        stop(program, folder, text, name)
        lines.append(f"{name}: {text}")
    for name, text in BEGUN.items():
        finish(program, folder, text, f"finished/{name}")
        begin(program, folder, text, name)
        lines.append(f"{name}: {text}")
    for text in CERTIFIED:
        finish(program, folder, text)
        lines.append(f"certified: {text}")
    (folder / "commands.txt").write_text("\n".join(lines) + "\n")
    for name in DROPPED:
        for path in folder.rglob(name):
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
