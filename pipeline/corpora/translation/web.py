"""Requests as deep-translator makes them, bounded: it calls `requests.get` and `requests.post` without a timeout.

`bind` puts a stand-in of two functions into a module of deep-translator in the place of `requests`; both go to the `Client`
that the calling thread has chosen with `Client.chosen`. A client has one session a thread, ends every request after
`timeout` seconds altogether, reads at most `LARGEST_BYTES`, follows redirects and keeps the last answer, from which
`services` tells why there was no translation. No message quotes an address: the text and the key may stand in it.
"""

import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from pipeline.corpora.translation.limits import Fault

LARGEST_BYTES = 10_000_000
"""Of an answer, decompressed; a translation of 4,999 characters is some kilobytes of page."""

_thread = threading.local()


@dataclass(frozen=True)
class Answer:
    """What deep-translator reads of a response."""

    status_code: int
    headers: Mapping[str, str]
    url: str
    content: bytes

    @property
    def text(self) -> str:
        """The body, in the charset that it declares or UTF-8."""
        declared = re.search(r"charset=[\"']?([\w-]+)", self.headers.get("Content-Type", ""), re.IGNORECASE)
        try:
            return self.content.decode(declared[1] if declared else "utf-8")
        except (UnicodeDecodeError, LookupError):
            raise Fault("answers in another charset than it declares") from None

    def json(self) -> Any:
        """The body as JSON."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            raise Fault("answers with broken JSON, as if it were cut short") from None

    def close(self) -> None:
        """Nothing: the answer has been read whole."""


class Client:
    """Bounded requests of one engine.

    Args:
        timeout: Seconds for one request, redirects included.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._local = threading.local()

    @property
    def last(self) -> Answer | None:
        """The calling thread's last answer."""
        answer: Answer | None = getattr(self._local, "answer", None)
        return answer

    @contextmanager
    def chosen(self) -> Iterator[None]:
        """Within the block, requests of the calling thread go to this client."""
        self._local.answer, _thread.client = None, self
        try:
            yield
        finally:
            _thread.client = None

    def get(self, url: str, params: Any = None, proxies: Any = None) -> Answer:
        """As `requests.get`."""
        return self._request("GET", url, params=params, proxies=proxies)

    def post(self, url: str, params: Any = None) -> Answer:
        """As `requests.post`, with the parameters in the body: an address is logged by servers, and the key is one of them."""
        return self._request("POST", url, data=params)

    def _request(self, method: str, url: str, **options: Any) -> Answer:
        import requests
        from urllib3.exceptions import HTTPError

        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        end = time.monotonic() + self._timeout
        try:
            with self._local.session.request(method, url, timeout=self._timeout, stream=True, **options) as response:
                body = self._read(response, end)
                self._local.answer = Answer(response.status_code, response.headers, response.url, body)
        except (requests.Timeout, TimeoutError):
            raise Fault(f"did not answer within {self._timeout:g} seconds") from None
        except requests.TooManyRedirects:
            raise Fault("redirects without end") from None
        except (requests.RequestException, HTTPError, OSError) as error:
            # Of the address the host alone, and neither message nor cause: a query holds texts and perhaps a key.
            if "Timeout" in type(error).__name__:
                raise Fault(f"did not answer within {self._timeout:g} seconds") from None
            raise Fault(f"cannot be reached at {urlsplit(url).netloc} or breaks off ({type(error).__name__})") from None
        answer: Answer = self._local.answer
        return answer

    def _read(self, response: Any, end: float) -> bytes:
        body = bytearray()
        while chunk := response.raw.read1(65536, decode_content=True):
            body += chunk
            if len(body) > LARGEST_BYTES:
                raise Fault(f"answers with more than {LARGEST_BYTES:,} bytes")
            if time.monotonic() > end:
                raise TimeoutError
        return bytes(body)


def bind(module: ModuleType) -> None:
    """Let a module of deep-translator make its requests through the client of the calling thread."""
    setattr(module, "requests", SimpleNamespace(get=_get, post=_post))  # noqa: B010


def _get(url: str, **options: Any) -> Answer:
    return _client().get(url, **options)


def _post(url: str, **options: Any) -> Answer:
    return _client().post(url, **options)


def _client() -> Client:
    client: Client | None = getattr(_thread, "client", None)
    assert client is not None, "deep-translator is called inside Client.chosen alone"
    return client
