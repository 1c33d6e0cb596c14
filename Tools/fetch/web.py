"""Downloads that survive interruptions, with the standard library only."""

from __future__ import annotations

import base64
import http.client
import os
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from terminal import Problem

CHUNK = 1 << 18
ATTEMPTS = 5


class RangesRefused(Exception):
    """The server sends whole files only."""


class Connection:
    """Opens URLs with pip's certificates and proxy; a login in the URL is sent as pip does."""

    def __init__(
        self, certificates: str | None = None, proxy: str | None = None, timeout: float = 60
    ):
        context = ssl.create_default_context(cafile=certificates)
        if not certificates and context.cert_store_stats()["x509_ca"] == 0:
            # Python on macOS comes without certificates; pip brings its own.
            try:
                from pip._vendor import certifi

                context.load_verify_locations(certifi.where())
            except ImportError:
                pass
        handlers: list = [urllib.request.HTTPSHandler(context=context)]
        if proxy:
            handlers.append(urllib.request.ProxyHandler({"http": proxy, "https": proxy}))
        self.opener = urllib.request.build_opener(*handlers)
        self.timeout = timeout
        self.pause = 1.0

    def text(self, url: str, accept: str, missing: str | None = None) -> str:
        """The text at `url`, or `missing` where the server has nothing of that name."""

        def read() -> str:
            try:
                with self._open(url, {"Accept": accept}) as answer:
                    return answer.read().decode()
            except urllib.error.HTTPError as error:
                if error.code == 404 and missing is not None:
                    return missing
                raise

        return self._persistently(url, read)

    def size(self, url: str) -> int:
        """The length of the file at `url`; raises `RangesRefused` where no parts can be had."""

        def read() -> int:
            with self._open(url, {"Range": "bytes=0-0"}) as answer:
                if answer.status != 206:
                    raise RangesRefused
                return int(answer.headers["Content-Range"].rpartition("/")[2])

        return self._persistently(url, read)

    def whole_size(self, url: str) -> int:
        def read() -> int:
            with self._open(url, {}) as answer:
                return int(answer.headers.get("Content-Length", 0))

        return self._persistently(url, read)

    def fetch(self, url: str, start: int, end: int | None, path: Path, advance) -> None:
        """Brings the bytes `start ..< end` of `url` (`None`: the whole file) into `path`.

        What is in `path` already is kept and continued. `advance` is told of every new byte.
        """

        def read() -> None:
            have = path.stat().st_size if path.exists() else 0
            if end is not None and have >= end - start:
                os.truncate(path, end - start)
                return
            asked = {} if end is None else {"Range": f"bytes={start + have}-{end - 1}"}
            with self._open(url, asked) as answer:
                if asked and answer.status != 206:
                    raise RangesRefused
                with open(path, "ab" if asked else "wb") as file:
                    _copy(answer, file, advance)
            length = path.stat().st_size
            if end is not None and length != end - start:
                raise ConnectionError(f"{length} of {end - start} bytes arrived")

        self._persistently(url, read, made=lambda: path.stat().st_size if path.exists() else 0)

    def _open(self, url: str, headers: dict[str, str]):
        url, login = _split_login(url)
        headers = {"User-Agent": "distill-fetch", "Accept-Encoding": "identity", **headers}
        try:
            request = urllib.request.Request(url, headers=headers)
        except ValueError:
            raise Problem(f"{url} is no address to download from; check pip's index-url.") from None
        if login:
            word = base64.b64encode(login.encode()).decode()
            request.add_unredirected_header("Authorization", f"Basic {word}")
        return self.opener.open(request, timeout=self.timeout)

    def _persistently(self, url: str, action, made=lambda: 0):
        """Tries again after a broken transfer; progress (`made` grows) starts the count afresh."""
        host = urllib.parse.urlsplit(url).hostname
        failures, before = 0, made()
        while True:
            try:
                return action()
            except urllib.error.HTTPError as error:
                if error.code < 500 and error.code not in (408, 429):
                    raise Problem(
                        f"{host} answered {error.code} {error.reason}; check pip's index-url, or"
                        " set LIBTORCH to a folder with libtorch."
                    ) from None
                reason = f"{error.code} {error.reason}"
            except urllib.error.URLError as error:
                reason = getattr(error.reason, "strerror", None) or str(error.reason)
            except (
                http.client.HTTPException,
                ConnectionError,
                TimeoutError,
                socket.timeout,  # Another class until Python 3.10.
                ssl.SSLError,
            ) as error:
                reason = str(error) or type(error).__name__
            failures = 1 if made() > before else failures + 1
            before = made()
            if failures == ATTEMPTS:
                raise Problem(
                    f"{host} cannot be reached ({reason}); check the network and run the same"
                    " command again to continue."
                )
            time.sleep(self.pause * failures)


def with_login_of(index: str, url: str) -> str:
    """`url` with the login of `index` when both are on one host."""
    _, login = _split_login(index)
    parts = urllib.parse.urlsplit(url)
    if not login or parts.hostname != urllib.parse.urlsplit(index).hostname or "@" in parts.netloc:
        return url
    quoted = ":".join(urllib.parse.quote(word, safe="") for word in login.split(":", 1))
    return parts._replace(netloc=f"{quoted}@{parts.netloc}").geturl()


def _split_login(url: str) -> tuple[str, str]:
    parts = urllib.parse.urlsplit(url)
    login, _, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=place).geturl(), urllib.parse.unquote(login)


def _copy(answer, file, advance) -> None:
    while block := answer.read1(CHUNK):
        file.write(block)
        advance(len(block))
