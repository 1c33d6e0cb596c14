"""A process that does work when it is told to, and what was measured of it."""

import glob
import json
import os
import statistics
import subprocess
import time


class Participant:
    def __init__(self, name, command, cores, environment=None):
        self.name = name
        threads = str(len(cores))
        variables = {f"{kind}_NUM_THREADS": threads for kind in ("OMP", "MKL", "NUMBA")}
        self.log = open(os.devnull, "w")
        self.process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.log, text=True, env={**os.environ, **variables, **(environment or {})},
            preexec_fn=lambda: hasattr(os, "sched_setaffinity")
            and os.sched_setaffinity(0, cores))
        self.works = (self._answer() or {}).get("works", [])

    def _answer(self):
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def ask(self, request):
        """The answer; None when the process has ended, which then takes no further part."""
        try:
            self.process.stdin.write(request + "\n")
            self.process.stdin.flush()
            answer = self._answer()
        except BrokenPipeError:
            answer = None
        if answer is None:
            self.works = []
        return answer

    def prepare(self, work):
        reply = self.ask(f"prepare {work}")
        return reply or {"failures": {self.name: "the program ended"}}

    def forget(self):
        """Frees what the last work needed."""
        self.ask("prepare nothing")

    def measurement(self, version, note, memory):
        return Measurement(self, version, note, memory.get(version))

    def end(self):
        self.process.kill()
        self.process.wait()

    def waited(self):
        """Seconds that its threads stood in line for a core, where the system says so."""
        total = 0
        for file in glob.glob(f"/proc/{self.process.pid}/task/*/schedstat"):
            try:
                total += int(open(file).read().split()[1]) * 1e-9
            except (OSError, IndexError):
                pass  # the thread has ended
        return total


class Measurement:
    """The times of one version."""

    def __init__(self, participant, version, note, memory=None):
        self.participant, self.version, self.note = participant, version, note
        self.memory = memory
        self.is_ours = participant.name == "Distill"
        self.column = "Distill" if self.is_ours else version.split(":")[0]
        self.samples, self.seconds, self.waiting = [], 0.0, 0.0

    def add_turn(self, seconds):
        before, start = self.participant.waited(), time.monotonic()
        reply = self.participant.ask(f"time {seconds} {self.version}")
        if reply is None:
            return
        self.seconds += time.monotonic() - start
        self.waiting += max(0.0, self.participant.waited() - before)
        self.samples += reply["milliseconds"]

    @property
    def median(self):
        return statistics.median(self.samples)

    @property
    def least(self):
        return min(self.samples)

    @property
    def wait(self):
        """The part of the time that its threads stood in line."""
        return self.waiting / self.seconds

    @property
    def name(self):
        alone = ", one core" if self.participant.name == "one core" else ""
        return self.version + alone
