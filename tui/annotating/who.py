"""Under which name somebody labels."""

from pipeline.corpora.annotation.session import annotator_file
from pipeline.errors import InputError
from tui.checkout import Checkout, GitFault, git


def annotator(checkout: Checkout, given: str | None) -> str:
    """The annotator's file name, from the name that was given or git's `user.name`.

    Raises:
        InputError: There is neither, or it makes no file name.
    """
    return annotator_file(given if given is not None else _of_git(checkout))


def _of_git(checkout: Checkout) -> str:
    try:
        name = git(checkout.here, "config", "user.name")
    except GitFault:
        name = ""
    if not name:
        raise InputError("git has no user.name to label under; give --annotator NAME, or `git config user.name NAME`.")
    return name
