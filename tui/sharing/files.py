"""Writing a table or a picture beside the study: a new file each time, never over another."""

import re
from pathlib import Path

from pipeline.errors import InputError

_UNFIT = re.compile(r"[^\w.+-]+")
_MOST = 80
_TRIES = 1000


def write_new(folder: Path, name: str, ending: str, text: str) -> Path:
    """Write `text` into a file of `folder` that did not exist.

    Args:
        folder: Where.
        name: What the file is about; what a file's name had better not hold becomes a hyphen, and a number follows where
            the name is taken.
        ending: Its ending, without the point.
        text: The content.

    Raises:
        InputError: The folder cannot be written into.
    """
    stem = file_stem(name)
    for number in range(1, _TRIES):
        path = folder / (f"{stem}.{ending}" if number == 1 else f"{stem}-{number}.{ending}")
        try:
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except FileExistsError:
            continue
        except OSError as error:
            path.unlink(missing_ok=True)
            raise InputError(f"{path} cannot be written ({error.strerror}); start the app in another folder.") from None
        return path
    raise InputError(f"{folder} holds {_TRIES - 1} files named {stem}; move some of them away.")


def file_stem(name: str) -> str:
    """A name for a file: letters, digits, points, plus, hyphens; neither hidden nor an option."""
    return _UNFIT.sub("-", name).strip("-.")[:_MOST].strip("-.") or "detour"
