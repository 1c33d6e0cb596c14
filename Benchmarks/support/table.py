"""What was measured, for people and for programs."""

import json

COLUMNS = ["PyTorch", "PyTorch by hand", "PyTorch BFloat16", "torch.compile", "JAX jit", "numba"]


def short(milliseconds):
    return f"{milliseconds:.4g}" if milliseconds >= 1e-3 else f"{milliseconds:.2e}"


class Row:
    """One work: ours, and the best version in each column."""

    def __init__(self, work, measurements, busy):
        self.work, self.busy = work, busy
        timed = [m for m in measurements if m.samples]
        self.ours = next((m for m in timed if m.is_ours), None)
        self.others = [m for m in timed if m.is_ours][1:]
        self.measurements = timed
        self.best = {}
        for column in COLUMNS:
            versions = [m for m in timed if m.column == column]
            if versions:
                self.best[column] = (min(m.median for m in versions),
                                     min(m.least for m in versions))

    def ratio(self, column, which):
        """A column's time (the best column's for "") over ours; 0: medians, 1: minima."""
        theirs = [times for name, times in self.best.items() if column in ("", name)]
        mine = (self.ours.median, self.ours.least)
        return min(times[which] for times in theirs) / mine[which] if theirs else None

    @property
    def verdict(self):
        """By minima: other programs on the machine disturb medians."""
        found = {c: self.ratio(c, 1) for c in self.work.bars}
        judged = {c: r for c, r in found.items() if r is not None}
        if not judged:
            return "no peer"
        missed = [f"{r:.2f} of {self.work.bars[c]:g} × {c or 'any peer'}"
                  for c, r in judged.items() if r < self.work.bars[c]]
        return "short: " + ", ".join(missed) if missed else "PASS"


def print_table(machine, rows):
    rows = [row for row in (Row(*row) for row in rows) if row.ours]
    columns = [c for c in COLUMNS if any(c in row.best for row in rows)]
    has_floors = any(row.work.floor for row in rows)
    floor_title = ["floor ÷ Distill"] if has_floors else []
    lines = [["work", "Distill", *columns, "best peer ÷ Distill", *floor_title, "bar"]]
    for row in rows:
        cells = [row.work.title, f"{short(row.ours.median)} ({short(row.ours.least)})"]
        for column in columns:
            cells.append(" ".join([short(row.best[column][0]),
                                   f"({short(row.best[column][1])})"])
                         if column in row.best else "")
        both = [row.ratio("", which) for which in (0, 1)]
        cells.append(f"{both[0]:.2f} ({both[1]:.2f})" if both[0] else "")
        if has_floors:
            floor = row.work.floor
            cells.append(f"{floor / row.ours.least:.2f}" if floor else "")
        lines.append([*cells, row.verdict])
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for index, line in enumerate(lines):
        print("| " + " | ".join(c.ljust(w) for c, w in zip(line, widths)) + " |")
        if index == 0:
            print("|" + "|".join("-" * (w + 2) for w in widths) + "|")
    held = f", all held to {machine['held_to'].upper()}" if machine["held_to"] else ""
    print(f"\nMilliseconds, medians (minima), {machine['threads']} threads on "
          f"{machine['processor']}{held}. Bars are judged by minima.")
    if has_floors:
        print("The floor is what the fastest C++ known for the work took on another machine, 2 "
              "cores of a Sapphire Rapids Xeon: above 1, this machine and program are faster.")
    for row in rows:
        for other in row.others:
            print(f"{row.work.title}: {other.name} takes {short(other.median)} "
                  f"({short(other.least)}).")
        if row.ours.note:
            print(f"{row.work.title}: {row.ours.note}.")
        used = [f"{m.column} {m.memory:.1f}" for m in row.measurements if m.memory is not None]
        if used:
            print(f"{row.work.title}: at most so many megabytes more: {', '.join(used)}.")
    waits = [m.wait for row in rows for m in row.measurements]
    if waits:
        print(f"Threads stood in line for a core {100 * sum(waits) / len(waits):.1f}% of the "
              f"time, at most {100 * max(waits):.1f}%; before the works began the cores were at "
              f"most {100 * max(row.busy for row in rows):.0f}% busy.")


def save(file, machine, rows):
    """One line of JSON for the machine and one for each version of each work."""
    lines = [machine]
    for work, measurements, busy in rows:
        for m in measurements:
            if not m.samples:
                continue
            lines.append({
                "work": work.name, "program": m.participant.name, "version": m.name,
                "column": m.column, "median_ms": m.median, "minimum_ms": m.least,
                "samples": len(m.samples), "wait": round(m.wait, 4), "busy": round(busy, 3),
                "note": m.note, "memory_mb": m.memory,
            })
    with open(file, "w") as output:
        output.writelines(json.dumps(line) + "\n" for line in lines)
