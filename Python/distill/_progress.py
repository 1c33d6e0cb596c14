"""What is seen while the program works: one line that changes in a terminal or a notebook."""

from __future__ import annotations

import sys
from typing import Any


class Progress:
    """Shows events; plain lines where nothing can be changed, such as in a file."""

    def __init__(self, shown: bool = True):
        self.shown = shown
        self._handle = None
        self._open = False
        self._task = None

    def __call__(self, event: dict[str, Any]) -> None:
        if not self.shown:
            return
        kind = event.get("event")
        if kind == "progress":
            self._line(_text(event), event.get("task"))
        elif kind in ("remark", "warning"):
            self._end()
            prefix = "warning: " if kind == "warning" else ""
            print(prefix + str(event.get("text", "")), file=sys.stderr)

    def _line(self, text: str, task: str | None) -> None:
        if display := _notebook():
            if self._handle is None or task != self._task:
                self._handle = display({"text/plain": text}, raw=True, display_id=True)
            else:
                self._handle.update({"text/plain": text}, raw=True)
        elif sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K" + text)
            sys.stderr.flush()
            self._open = True
        elif task != self._task:
            print(text, file=sys.stderr)
        self._task = task

    def _end(self) -> None:
        if self._open:
            sys.stderr.write("\n")
        self._open = False
        self._handle = None

    def close(self) -> None:
        self._end()


def _text(event: dict[str, Any]) -> str:
    done, total = event.get("done", 0), event.get("total")
    text = f"{event.get('task')}: {done:,}" + (f" of {total:,}" if total else "")
    text += f" {event.get('unit', '')}"
    if isinstance(loss := event.get("loss"), float):
        text += f", loss {loss:.4g}"
    if isinstance(left := event.get("secondsLeft"), (int, float)) and left >= 1:
        text += f", {int(left // 60)}:{int(left % 60):02} left"
    return text


def _notebook():
    """IPython's `display` in a kernel; nil elsewhere."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    return display
