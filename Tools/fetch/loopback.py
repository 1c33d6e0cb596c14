"""A web server for the tests: it counts, cuts connections short and refuses ranges."""

from __future__ import annotations

import http.server
import re
import threading


class Loopback:
    """Serves `files` (path to bytes) at `url`. Used as a context."""

    def __init__(self, files: dict[str, bytes]):
        self.files = files
        self.ranges = True
        self.cuts: list[int] = []
        """After how many bytes each of the next answers breaks off."""
        self.sent = 0
        self.requests: list[str] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer._answer(self)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Loopback:
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def _answer(self, handler) -> None:
        asked = handler.headers.get("Range")
        self.requests.append(f"{handler.path} {asked or 'whole'}")
        content = self.files.get(handler.path)
        if content is None:
            handler.send_error(404)
            return
        match = re.match(r"bytes=(\d+)-(\d+)$", asked or "")
        start, end = (int(match[1]), int(match[2]) + 1) if match else (0, len(content))
        partial = bool(match) and self.ranges
        body = content[start:end] if partial else content
        length = len(body)
        if length > 1 and self.cuts:
            body = body[: self.cuts.pop(0)]
        self.sent += len(body)
        handler.send_response(206 if partial else 200)
        if partial:
            handler.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(content)}")
        handler.send_header("Content-Length", str(length))
        handler.end_headers()
        try:
            handler.wfile.write(body)
        except ConnectionError:
            pass
        handler.close_connection = True
