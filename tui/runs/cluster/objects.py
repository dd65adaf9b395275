"""The DVC remote of a tree as a place for files, through DVC's own classes.

Everything that its libraries raise becomes `Unreachable`, which may pass; what is not there at all is an `InputError`.
"""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pipeline.errors import InputError
from tui.runs.cluster.patience import Unreachable

Answer = TypeVar("Answer")

SECRETS = (
    "password", "passphrase", "secret", "token", "connection_string", "access_key", "account_key", "customer_key", "oss_key",
    "auth_header",
)  # fmt: skip
"""Parts of the names of settings that stay on this machine: a node has credentials of its own."""


class Objects:
    """The remote of a tree, which has to be the current folder: DVC looks for dvc.yaml there.

    Args:
        tree: The tree.
        remote: The name of the remote; None for the default one.

    Raises:
        InputError: There is no such remote, or DVC has no run cache on its kind.
    """

    def __init__(self, tree: Path, remote: str | None = None) -> None:
        from dvc.exceptions import DvcException
        from dvc.repo import Repo

        for name in ("dvc", "dvc_data", "dvc_objects"):
            # What is wrong is raised; the rest would be lines of nobody's.
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self.repo = Repo(str(tree), _wait_for_lock=True)
        try:
            self._remote = self.repo.cloud.get_remote(remote)
        except DvcException as error:
            raise InputError(
                f"{tree} has no DVC remote that workers could share ({sentence(error)}); add one with `dvc remote add --default`."
            ) from None
        self.name = str(self._remote.name)
        if self._remote.worktree or self._remote.fs.version_aware or self._remote.fs.protocol in ("http", "https"):
            raise InputError(
                f"The DVC remote '{self.name}' keeps versions by itself or is read over HTTP, where DVC has no run cache; "
                "name another remote."
            )

    def settings(self) -> dict[str, str]:
        """What a node must know of the remote, without credentials; `name` is its name."""
        known: Mapping[str, Any] = self.repo.config["remote"][self.name]
        told = {key: str(value) for key, value in known.items() if not any(part in key for part in SECRETS)}
        if self._is_folder:
            told["url"] = str(self._remote.path)
        return {**told, "name": self.name}

    # Places are paths relative to the remote, with slashes.

    def list(self, folder: str) -> dict[str, int]:
        """The files below a folder, relative to it, with their sizes in bytes; none where there is no such folder."""
        at = self._at(folder)

        def ask() -> dict[str, int]:
            # The listings of an object store are remembered, and another machine has written meanwhile.
            self._files.fs.invalidate_cache()
            try:
                paths = list(self._files.find(at))
            except FileNotFoundError:
                return {}
            return {self._files.relpath(path, at): int(self._files.size(path) or 0) for path in paths}

        return self.reach(ask)

    def put(self, path: Path, place: str) -> None:
        """Copy a file of this machine to the remote."""
        self.reach(lambda: self._files.put_file(str(path), self._at(place)))

    def get(self, place: str, path: Path) -> None:
        """Copy a file of the remote to this machine, where it appears whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.draft")
        try:
            self.reach(lambda: self._files.get_file(self._at(place), str(draft)))
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def remove(self, *places: str) -> None:
        """Remove files of the remote."""

        def remove() -> None:
            for place in places:
                self._files.rm_file(self._at(place))

        self.reach(remove)

    def move(self, hashes: set[Any], way: Literal["push", "pull"], lacking: str) -> None:
        """Copy files between this machine's cache and the remote, as far as they are not there.

        A directory's list (`.dir`) must come with all that it lists, since DVC takes its presence for theirs.

        Args:
            hashes: DVC's names of the files.
            way: Which way.
            lacking: What it means when one is on neither side, after its name.

        Raises:
            Unreachable: Some could not be copied.
            InputError: One is on neither side.
        """
        for kind in {one.name for one in hashes}:
            self._move({one for one in hashes if one.name == kind}, str(kind), way, lacking)

    def _move(self, hashes: set[Any], kind: str, way: str, lacking: str) -> None:
        from dvc_data.hashfile.transfer import transfer

        here, there = self.cache(kind), self._remote.odb if kind == "md5" else self._remote.legacy_odb
        source, destination = (here, there) if way == "push" else (there, here)
        missing: set[Any] = set()

        def note(status: Any) -> None:
            missing.update(status.missing)

        done = self.reach(lambda: transfer(source, destination, hashes, cache_odb=here, validate_status=note))
        if missing:
            one = min(missing, key=str)
            raise InputError(f"{one.obj_name or one.value} {lacking}.")
        if done.failed:
            raise Unreachable(f"{len(done.failed)} of {len(hashes)} files did not come through")

    def cache(self, kind: str) -> Any:
        """This machine's cache of files that are hashed in this way."""
        return self.repo.cache.local if kind == "md5" else self.repo.cache.legacy

    def reach(self, action: Callable[[], Answer]) -> Answer:
        """The answer of the remote.

        Raises:
            Unreachable: Whatever its libraries raised.
        """
        # DVC would make the folder: on the mount point of a disk that is not there, say.
        if self._is_folder and not Path(self._remote.path).is_dir():
            raise Unreachable(f"there is no folder {self._remote.path}")
        try:
            return action()
        # Every kind of remote has a library with exceptions of its own.
        except Exception as error:
            raise Unreachable(sentence(error)) from error

    def _at(self, place: str) -> str:
        return str(self._files.join(self._remote.path, *place.split("/")))

    @property
    def _files(self) -> Any:
        return self._remote.fs

    @property
    def _is_folder(self) -> bool:
        return bool(self._files.protocol == "local")


def sentence(error: BaseException) -> str:
    """What an exception says, in one line."""
    return " ".join(str(error).split()).rstrip(".")[:300] or type(error).__name__
