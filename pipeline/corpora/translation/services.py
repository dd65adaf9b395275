"""Google's page and LibreTranslate through deep-translator, made safe.

deep-translator's instances mix up texts when threads share them, so each thread has its own for each language pair. They
know no timeout (`web` bounds their requests) and hide why there is no translation: here an answer is told apart as a
translation, as one that equals its text (a name, say: that is a translation), or as a `Fault`: too many requests (429, a
captcha page), a service that is down, an answer cut short, a text that is refused. Text goes out with white space folded;
one without letters is never sent (deep-translator returns None for it).

Languages are ISO 639-1; Google's own names for some of them are known here. LibreTranslate's key is in `LIBRE_API_KEY`.
"""

import os
import re
import threading
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import quote_plus

from pipeline.corpora.translation.limits import Fault
from pipeline.corpora.translation.web import Answer, Client, bind
from pipeline.errors import InputError

GOOGLE = "https://translate.google.com/m"
LIBRE = "https://libretranslate.com/"
KEY_VARIABLE = "LIBRE_API_KEY"
"""As deep-translator calls it."""
LONGEST_QUERY = 16_000
"""Bytes of a text in Google's address, which holds about 16 kB: 4,999 Latin letters fit, 1,777 Chinese ones (9 bytes each)."""
GOOGLE_NAMES = {"zh": "zh-CN", "he": "iw", "jv": "jw", "nb": "no", "fil": "tl"}
"""Where Google's code differs from ISO 639-1."""

_CAPTCHA = re.compile(r'id="captcha-form"|class="g-recaptcha"|unusual traffic', re.IGNORECASE)
# A parser of HTML closes what a page leaves open, and half a translation would look like a whole one.
_CLOSED = re.compile(r"\b(?:t0|result-container)\b.*</div", re.IGNORECASE | re.DOTALL)


class Service(Protocol):
    """A service that translates one text at a time; safe to call from several threads."""

    name: str

    def check(self, source: str, target: str) -> None:
        """Raise InputError where the service does not know a language pair."""

    def fits(self, text: str) -> bool:
        """Whether the service takes a text of this length."""

    def ask(self, source: str, target: str, text: str) -> str:
        """Translate a text; raises Fault."""


class _Wrapper:
    """What both services have in common: one translator for each thread and language pair, and bounded requests."""

    name: str

    def __init__(self, address: str, timeout: float, characters: int) -> None:
        self.address, self._characters = address, characters
        self._client = Client(timeout)
        self._local = threading.local()

    def _translated(self, pair: tuple[str, str], make: Callable[[], Any], text: str) -> Any:
        """What deep-translator returns, or a Fault in the place of what it raises."""
        from deep_translator import exceptions

        translators = self._local.__dict__.setdefault("translators", {})
        if pair not in translators:
            translators[pair] = make()
        raised = (exceptions.BaseError, exceptions.RequestError, exceptions.TooManyRequests, exceptions.ServerException)
        try:
            with self._client.chosen():
                return translators[pair].translate(text)
        except Fault:
            if _wants_captcha(self._client.last):
                raise _meaning(self._client.last, self.name) from None
            raise
        except (*raised, exceptions.AuthorizationException, KeyError, TypeError):
            # Its messages say less than the answer, and quote the text or the key.
            raise _meaning(self._client.last, self.name) from None


class Google(_Wrapper):
    """GoogleTranslator."""

    name = "google"

    def check(self, source: str, target: str) -> None:
        """Raise InputError where Google does not know a language."""
        from deep_translator.constants import GOOGLE_LANGUAGES_TO_CODES

        for language in (source, target):
            if _google_name(language) not in GOOGLE_LANGUAGES_TO_CODES.values():
                raise InputError(
                    f"Google does not translate the language '{language[:20]}'; correct the code (ISO 639-1, as fr), or choose "
                    "another translation.engine."
                )

    def fits(self, text: str) -> bool:
        """At most `characters`, and no more bytes than an address holds."""
        return len(text) <= self._characters and len(quote_plus(text)) <= LONGEST_QUERY

    def ask(self, source: str, target: str, text: str) -> str:
        """Translate a text; raises Fault."""

        def make() -> Any:
            from deep_translator import google

            bind(google)
            translator = google.GoogleTranslator(source=_google_name(source), target=_google_name(target))
            translator._base_url = self.address
            return translator

        found = self._translated((source, target), make, text)
        answer = self._client.last
        if answer is not None and not _CLOSED.search(answer.text):
            raise Fault("answers with a page that is cut short")
        return _checked(found)


class Libre(_Wrapper):
    """LibreTranslator."""

    name = "libre"

    def check(self, source: str, target: str) -> None:
        """Nothing: each server has languages of its own, and says so when it is asked."""

    def fits(self, text: str) -> bool:
        """At most `characters`."""
        return len(text) <= self._characters

    def ask(self, source: str, target: str, text: str) -> str:
        """Translate a text; raises Fault."""

        def make() -> Any:
            from deep_translator import libre

            bind(libre)
            # It refuses to be made without a key, which servers of one's own do not ask for, and knows fewer languages than
            # servers have.
            translator = libre.LibreTranslator(
                source="en", target="es", api_key="none", custom_url=f"{self.address.rstrip('/')}/"
            )
            translator.api_key = os.environ.get(KEY_VARIABLE)
            translator.source, translator.target = source, target
            return translator

        return _checked(self._translated((source, target), make, text))


def _google_name(language: str) -> str:
    return GOOGLE_NAMES.get(language, language)


def _checked(found: Any) -> str:
    if not isinstance(found, str) or not found.strip():
        raise Fault("answers without a translation", of_service=False)
    return found.strip()


def _wants_captcha(answer: Answer | None) -> bool:
    if answer is None:
        return False
    return "/sorry/" in answer.url or _CAPTCHA.search(answer.content.decode("utf-8", "replace")) is not None


def _meaning(answer: Answer | None, service: str) -> Fault:
    """Why an answer holds no translation."""
    if answer is None:
        return Fault("could not be asked", of_service=False)
    status, asked = answer.status_code, answer.headers.get("Retry-After", "")
    wait = float(asked) if asked.isdecimal() else None
    if _wants_captcha(answer):
        return Fault("wants a captcha solved, which it does after too many requests", wait=wait)
    if status == 429:
        return Fault(
            f"refuses for too many requests (429){f' and asks to wait {asked} seconds' if wait else ''}", wait=wait
        )
    if status == 408 or status >= 500:
        return Fault(f"has a fault of its own ({status})", wait=wait)
    if status in (404, 405):
        return Fault(f"has nothing at this address ({status}); correct translation.address", lasting=True)
    said = _said(answer)
    if status in (401, 403) or "api key" in said.lower():
        mend = (
            f"; set {KEY_VARIABLE} to a key of that server" if service == Libre.name else ", as after too many requests"
        )
        return Fault(f"refuses this account ({status}){mend}", lasting=service == Libre.name)
    if "not supported" in said:
        return Fault(f"does not know the language ({status}: {said})", lasting=True)
    return Fault(f"answers without a translation ({status}{f': {said}' if said else ''})", of_service=False)


def _said(answer: Answer) -> str:
    """The `error` of LibreTranslate's JSON, short."""
    try:
        told = answer.json()
    except Fault:
        return ""
    return str(told.get("error", ""))[:100] if isinstance(told, dict) else ""
