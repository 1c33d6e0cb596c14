"""Carries what passes between the program and a teacher in another process: _relay.py SOCKET."""

import os
import socket
import sys
import threading


def main(path: str) -> None:
    link = socket.socket(socket.AF_UNIX)
    link.connect(path)

    def answers() -> None:
        while data := link.recv(1 << 16):
            while data:
                data = data[os.write(1, data):]
        # Whoever answers is gone: so is this.
        os._exit(1)

    threading.Thread(target=answers, daemon=True).start()
    while data := os.read(0, 1 << 16):
        link.sendall(data)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except OSError:
        os._exit(1)
