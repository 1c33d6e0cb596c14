"""A teacher in memory that the program asks through its pipes, derivatives and all."""

from __future__ import annotations

import io
import shlex
import shutil
import socket
import struct
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import numpy

MOST = 64 << 20
"""Bytes of an answer."""


class Served:
    """Answers the program while it runs, in a thread of this process.

    The program starts a relay, which is told where: nothing waits for a program that is gone.

    Args:
        answer: Of a batch of examples ``[examples, …]`` the array that the program wants.
    """

    def __init__(self, answer: Callable[[numpy.ndarray], numpy.ndarray]):
        self.answer = answer
        self.error: BaseException | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="distill-"))
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(self._folder / "s"))
        self._socket.listen()
        self._socket.settimeout(0.1)
        self._link: socket.socket | None = None
        self._is_over = False
        self._thread = threading.Thread(target=self._serve, name="distill-teacher", daemon=True)

    @property
    def command(self) -> str:
        """What the program is to start."""
        relay = Path(__file__).with_name("_relay.py")
        return shlex.join([sys.executable, "-S", "-E", str(relay), str(self._folder / "s")])

    def __enter__(self) -> Served:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        if self._link:
            try:
                self._link.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it is closed already
        # An answer that is being made is waited for, but not for ever.
        self._thread.join(timeout=5)
        self._socket.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _serve(self) -> None:
        while not self._is_over:
            try:
                self._link, _ = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            with self._link:
                try:
                    self._link.settimeout(None)
                    self._converse(self._link)
                except OSError:
                    pass  # the program is gone, or starts another relay
                except BaseException as error:  # noqa: BLE001
                    self.error = error

    def _converse(self, link: socket.socket) -> None:
        while head := _exactly(link, 8):
            question = _exactly(link, struct.unpack("<Q", head)[0])
            if question is None:
                return
            inputs = numpy.load(io.BytesIO(question), allow_pickle=False)
            sink = io.BytesIO()
            numpy.save(sink, self.answer(inputs))
            link.sendall(struct.pack("<Q", sink.tell()) + sink.getvalue())


def _exactly(link: socket.socket, count: int) -> bytes | None:
    """So many bytes; None where the other end closed before."""
    parts = bytearray()
    while len(parts) < count:
        data = link.recv(min(count - len(parts), 1 << 20))
        if not data:
            return None
        parts += data
    return bytes(parts)
