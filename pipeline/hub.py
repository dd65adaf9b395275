"""Files of the Hugging Face hub: named by id and full commit, whole and verified, or one sentence.

`download` asks the hub for chosen files of a model or a data set at one commit and returns the folder of the user's own
cache (HF_HOME) that holds them. What is in the cache is taken from there without a network. Every file is compared with
the size and the hash that the commit's listing gives; a file that differs is removed from the cache. Nothing that is
fetched is executed.

Waiting is bounded: a server's fault or a broken line is tried three times within a few seconds, a hub that asks to wait
(429) is waited for only where it names a few seconds, and a network that is not there is told at once. Importing this
module imports nothing of huggingface_hub, and no name is looked up before the first call.
"""

import contextlib
import glob
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from pipeline.errors import InputError

UNPINNED = "unpinned"
"""In the place of a commit that nobody has looked up yet; no stage fetches it."""

WAITS = (0.5, 2.0)
"""Seconds before the second and the third attempt of a request."""

PATIENCE_SECONDS = 10
"""A hub that asks to wait longer than this is not waited for."""

TIMEOUTS = {"connect": 5.0, "read": 15.0, "write": 15.0, "pool": 15.0}
"""Seconds without a sign from the hub after which a request counts as failed."""


@dataclass(frozen=True)
class Repository:
    """A model or a data set of the hub at one commit."""

    kind: Literal["model", "dataset"]
    id: str
    revision: str
    """The full commit, or `unpinned`."""
    place: str
    """The key of params.yaml that names it, for sentences."""

    @property
    def noun(self) -> str:
        """What sentences call it before its id."""
        return "model" if self.kind == "model" else "data set"

    @property
    def what(self) -> str:
        """How sentences name it, with the key that asks for it."""
        at = "" if self.revision == UNPINNED else f" at revision {self.revision}"
        return f"The {self.noun} {self.id}{at} ({self.place})"

    @property
    def page(self) -> str:
        """Where a person reads about it."""
        return f"https://huggingface.co/{'datasets/' if self.kind == 'dataset' else ''}{self.id}"


@dataclass(frozen=True)
class HubFile:
    """One downloaded file."""

    name: str
    """Its path in the repository."""
    path: Path
    sha256: str


class _Refusal(Exception):
    """An answer that ends the download; the message is the rest of a sentence, after the name of the repository."""


def download(repository: Repository, choose: Callable[[list[str]], Sequence[str]]) -> dict[str, HubFile]:
    """Download files of a repository.

    Args:
        repository: What to ask for.
        choose: Called with the sorted names of all files at the commit; returns those wanted. May raise InputError.

    Returns:
        The wanted files by name, in the order in which they were chosen.

    Raises:
        InputError: The revision is unpinned, or the hub, the repository, the commit or a file cannot be had as asked.
    """
    if repository.revision == UNPINNED:
        raise InputError(
            f"{repository.what} has no commit yet; `detour study pin NAME` asks the hub for the current one and writes it"
            " into the overlay (into params.yaml without a name)."
        )
    with _refusals_as_sentences(repository), _bounded_client(repository.revision):
        # The first download brings the listing of the commit along, which huggingface_hub keeps in its cache.
        _snapshot(repository, ["README.md"])
        tree = {file.path: file for file in _cached_tree(repository)}
        names = list(choose(sorted(tree)))
        folder = _snapshot(repository, names)
        return {name: _verified(folder / name, tree[name]) for name in names}


def current_commit(repository: Repository) -> str:
    """The commit that the main branch of a repository stands at now.

    Raises:
        InputError: The hub or the repository cannot be reached.
    """
    from huggingface_hub import HfApi

    with _refusals_as_sentences(repository), _bounded_client(None):
        return str(HfApi().repo_info(repository.id, repo_type=repository.kind).sha)


def reach(repository: Repository) -> None:
    """See that a commit can be had: its listing is in the cache, or the hub gives it.

    Raises:
        InputError: It cannot.
    """
    with _refusals_as_sentences(repository), _bounded_client(repository.revision):
        _snapshot(repository, ["README.md"])


def _snapshot(repository: Repository, names: Sequence[str]) -> Path:
    from huggingface_hub import snapshot_download

    folder = snapshot_download(
        repository.id,
        repo_type=repository.kind,
        revision=repository.revision,
        allow_patterns=[glob.escape(name) for name in names],
        max_workers=4,
    )
    return Path(folder)


def _cached_tree(repository: Repository) -> list[Any]:
    from huggingface_hub import get_cached_repo_tree
    from huggingface_hub.errors import CachedRepoTreeNotFoundError

    try:
        return get_cached_repo_tree(repository.id, repo_type=repository.kind, revision=repository.revision)
    except CachedRepoTreeNotFoundError:
        raise _Refusal("cannot be kept in the local cache; make the folder that HF_HOME names writable") from None


def _verified(path: Path, told: Any) -> HubFile:
    """A file compared with the size and the hash that the commit's listing gives; another one is removed."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    size = path.stat().st_size
    if size != told.size or not _is_listed(path, size, sha256, told.blob_id):
        # Both the blob and the link to it, so that the next attempt fetches the file again.
        path.resolve().unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        raise _Refusal(
            f"holds {told.path} with another content than its commit lists ({size:,} of {told.size:,} bytes); the file was"
            " removed from the cache, run it again"
        )
    return HubFile(told.path, path, sha256)


def _is_listed(path: Path, size: int, sha256: str, listed: str) -> bool:
    """Whether git's hash in the listing is that of the file, or of the pointer that stands in git for a large one."""
    from huggingface_hub.utils.sha import git_hash

    # https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md; the cache names a large file by its SHA-256.
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n"
    return (
        git_hash(pointer.encode()) == listed or path.resolve().name == sha256 or git_hash(path.read_bytes()) == listed
    )


@contextlib.contextmanager
def _bounded_client(revision: str | None) -> Iterator[None]:
    """Give huggingface_hub a client whose patience is ours: left alone, it waits for minutes."""
    from huggingface_hub import constants, set_client_factory
    from huggingface_hub.utils import disable_progress_bars
    from huggingface_hub.utils._http import default_client_factory

    requests: Counter[str] = Counter()

    def make_client() -> Any:
        client = default_client_factory()
        client.send = partial(_send, client.send, revision, requests)  # type: ignore[method-assign]
        return client

    # Files stored in chunks (Xet) come over plain HTTP too, where the bounds of this client hold.
    xet, constants.HF_HUB_DISABLE_XET = constants.HF_HUB_DISABLE_XET, True
    disable_progress_bars()
    set_client_factory(make_client)
    try:
        yield
    finally:
        set_client_factory(default_client_factory)
        constants.HF_HUB_DISABLE_XET = xet


def _send(
    send: Callable[..., Any], revision: str | None, requests: "Counter[str]", request: Any, **options: Any
) -> Any:
    """Send a request, again where that may help, and raise `_Refusal`, which nothing in huggingface_hub catches."""
    import httpx2
    from huggingface_hub.errors import OfflineModeIsEnabled

    request.extensions["timeout"] = TIMEOUTS
    requests[f"{request.method} {request.url}"] += 1
    if requests[f"{request.method} {request.url}"] > len(WAITS) + 1:
        # huggingface_hub takes a broken transfer up again without end as long as a few bytes come each time.
        raise _Refusal(f"sends {request.url.path} broken off again and again; wait a while and run it again")
    for wait in (*WAITS, None):
        try:
            response = send(request, **options)
        except OfflineModeIsEnabled:
            raise _Refusal("is not in the local cache as a whole and HF_HUB_OFFLINE is set; unset it") from None
        except httpx2.TransportError as error:
            # A name that cannot be resolved or a refused connection will not come right within seconds.
            if wait is None or isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError):
                reason = " ".join(str(error).split()) or type(error).__name__
                raise _Refusal(
                    f"is not in the local cache as a whole and {request.url.host} cannot be reached ({reason}); connect to the"
                    " network, or set HF_ENDPOINT to a hub that can be reached"
                ) from None
        else:
            pause = _pause(response)
            if pause is None or wait is None:
                _refuse(response, revision)
                return response
            response.close()
            wait = max(wait, pause)
        time.sleep(wait)
    raise AssertionError("the last attempt returns or raises")


def _pause(response: Any) -> float | None:
    """Seconds after which an answer may be another one; None where it will not be, or asks for too much patience."""
    if response.status_code == 429:
        asked = _seconds_asked(response)
        return float(asked) if asked is not None and asked <= PATIENCE_SECONDS else None
    return 0.0 if response.status_code == 408 or response.status_code >= 500 else None


def _seconds_asked(response: Any) -> int | None:
    asked = response.headers.get("Retry-After", "")
    return int(asked) if asked.isdecimal() else None


def _refuse(response: Any, revision: str | None) -> None:
    """Raise what an answer means for whoever asked, if it is none that helps."""
    status, headers = response.status_code, response.headers
    answered = headers.get("X-Repo-Commit")
    if revision is not None and answered not in (None, revision):
        response.close()
        raise _Refusal(
            f"is answered with the commit {answered[:40]}; set the revision to a commit that {{page}}/commits lists"
        )
    if status < 400:
        return
    code, message = headers.get("X-Error-Code"), headers.get("X-Error-Message", "")
    response.close()
    raise _Refusal(_meaning(status, code, message, _seconds_asked(response)))


def _meaning(status: int, code: str | None, message: str, asked: int | None) -> str:
    """The rest of the sentence for an answer of the hub (docs: https://huggingface.co/docs/hub/api)."""
    if code == "GatedRepo":
        return f"is gated ({status}); accept its licence at {{page}} and set HF_TOKEN to a token of that account"
    if code == "RevisionNotFound":
        return "has no such revision (404); take a commit from {page}/commits"
    if code == "EntryNotFound":
        return "lists a file that it does not have (404); take another commit from {page}/commits"
    if "Invalid credentials" in message:
        return f"cannot be read with the token in HF_TOKEN ({status}); renew the token, or unset it for public repositories"
    if code == "RepoNotFound" or status in (401, 404):
        return (
            f"does not exist or is not public ({status}); correct the id, or, if it is gated or private, accept its licence"
            " at {page} and set HF_TOKEN"
        )
    if status == 403:
        return "is forbidden to this account (403); set HF_TOKEN to a token of an account that may read {page}"
    if status == 429:
        return (
            f"is refused for too many requests (429); wait {f'{asked} seconds' if asked is not None else 'some minutes'}"
            " and run it again (a token in HF_TOKEN raises the limit)"
        )
    if status >= 500:
        return f"cannot be had, since the hub has a fault of its own ({status}); run it again later"
    return f"is refused by the hub ({status}); look at {{page}}"


@contextlib.contextmanager
def _refusals_as_sentences(repository: Repository) -> Iterator[None]:
    """Turn whatever ends a download into one InputError."""
    from huggingface_hub.errors import HFValidationError

    try:
        yield
    except InputError:
        raise
    except _Refusal as refusal:
        said = str(refusal).replace("{page}", repository.page)
    except HFValidationError:
        said = "is no name of a repository; write owner/name"
    except OSError as error:
        said = f"cannot be downloaded whole ({' '.join(str(error).split())[:200]}); run it again"
    else:
        return
    raise InputError(f"{repository.what} {said}.") from None
