"""Many texts to a service at once, each answer saved before its thread takes the next.

So a kill loses the answers to at most `threads` requests: those under way, and those answered and not yet saved. What is sent are the
distinct pieces of all texts, each saved as an entry of its own, so that texts which share a piece, or differ in white space alone, ask
for it once. A text of several pieces is put together, and saved as well, when all that can be had is there.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import UTC, datetime

from pipeline.corpora.translation.engines import Outcome
from pipeline.corpora.translation.entries import Entry, Key
from pipeline.corpora.translation.limits import Fault, Limits, Stopped
from pipeline.corpora.translation.live import LiveMemory
from pipeline.corpora.translation.services import Service
from pipeline.corpora.translation.splitting import fold, has_letters, join, split

PROGRESS_SECONDS = 10.0


def today() -> str:
    """The date of new entries, UTC."""
    return datetime.now(UTC).date().isoformat()


class Threaded:
    """A service as an engine.

    Args:
        service: What is asked.
        limits: Makes the limits of one call, which its threads share.
        threads: Requests at one time.
    """

    def __init__(self, service: Service, limits: Callable[[], Limits], threads: int) -> None:
        self.name = service.name
        self._service, self._limits, self._threads = service, limits, threads

    def maker(self, source: str, target: str) -> str:
        """The service's name: its entries have a date, for it has no versions."""
        return self.name

    def translate(self, keys: Sequence[Key], live: LiveMemory, say: Callable[[str], None]) -> Outcome:
        """Translate texts into the live memory."""
        for source, target in sorted({(key[0], key[1]) for key in keys}):
            self._service.check(source, target)
        pieces = {key: [(*key[:2], piece) for piece in split(fold(key[2]), self._service.fits)] for key in keys}
        wanted = dict.fromkeys(piece for parts in pieces.values() for piece in parts if has_letters(piece[2]))
        # Those that were translated before a kill.
        known = live.find(wanted.keys(), {(key[0], key[1]): self.name for key in keys})
        limits, failed = self._limits(), dict[Key, str]()
        self._ask([piece for piece in wanted if piece not in known], known, failed, limits, live, say)
        live.add(self._whole(pieces, known))
        reasons = {key: [failed[piece] for piece in parts if piece in failed] for key, parts in pieces.items()}
        return Outcome({key: found[0] for key, found in reasons.items() if found}, limits.reason)

    def _ask(
        self,
        asked: Sequence[Key],
        known: dict[Key, Entry],
        failed: dict[Key, str],
        limits: Limits,
        live: LiveMemory,
        say: Callable[[str], None],
    ) -> None:
        """Ask for every piece; entries go to `known`, reasons to `failed`."""

        def translate(key: Key) -> Entry:
            translation = limits.call(lambda: self._service.ask(*key))
            entry = Entry(key[0], key[1], self.name, key[2], translation, date=today())
            live.add([entry])
            return entry

        with ThreadPoolExecutor(self._threads, thread_name_prefix=self.name) as pool:
            futures = {pool.submit(translate, key): key for key in asked}
            try:
                _follow(futures, known, failed, say)
            except BaseException:
                limits.stop("was interrupted")
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _whole(self, pieces: Mapping[Key, Sequence[Key]], known: Mapping[Key, Entry]) -> Iterator[Entry]:
        """Texts put together of their pieces, where all are there; a piece without letters is its own translation."""
        for key, parts in pieces.items():
            if parts == [key] or any(has_letters(part[2]) and part not in known for part in parts):
                continue
            translation = join([known[part].translation if part in known else part[2] for part in parts], key[1])
            date = max(known[part].date or "" for part in parts if part in known)
            yield Entry(key[0], key[1], self.name, key[2], translation, date=date or None)


def _follow(
    futures: Mapping[Future[Entry], Key], known: dict[Key, Entry], failed: dict[Key, str], say: Callable[[str], None]
) -> None:
    """Wait for all requests, telling now and then how many are done."""
    told, done = time.monotonic(), 0
    for future in as_completed(futures):
        try:
            known[futures[future]] = future.result()
            done += 1
        except Stopped:
            continue
        except Fault as fault:
            failed[futures[future]] = fault.says
        if time.monotonic() - told >= PROGRESS_SECONDS:
            told = time.monotonic()
            say(f"{done} of {len(futures)} requests are answered")
