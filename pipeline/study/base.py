"""What the blocks of params.yaml are made of."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(gt=0)]
Text = Annotated[str, Field(min_length=1)]

TASKS = ("classification", "sentiment", "similarity")
Task = Literal["classification", "sentiment", "similarity"]
KEY = re.compile(r"[a-z][a-z0-9_]*")
UNPINNED = "unpinned"
"""In the place of a commit of the hub that nobody has looked up yet: the study is valid, and no stage fetches it."""


def _pinned(revision: str) -> str:
    if revision != UNPINNED and not re.fullmatch(r"[0-9a-f]{40}", revision):
        raise ValueError(
            "it should be a full commit of 40 hexadecimal digits, since a branch may move, or unpinned until `detour study pin` asks"
        )
    return revision


Revision = Annotated[str, AfterValidator(_pinned)]
"""A commit of the hub."""


def _without_secrets(address: str) -> str:
    # A pattern cannot tell a password from a host with a port.
    if not re.fullmatch(r"https?://[^\s/@?#]+(/[^\s?#]*)?", address):
        raise ValueError("it should be http(s)://HOST/PATH without a name, password, question mark or key in it")
    return address


Address = Annotated[str, AfterValidator(_without_secrets)]
"""Of a service; secrets belong into environment variables."""


def worded(pattern: str, words: str) -> AfterValidator:
    """Text that matches a pattern as a whole; whoever gives another is told in words, not in the pattern."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"it should be {words}")
        return value

    return AfterValidator(check)


Sha256 = Annotated[str, worded(r"[0-9a-f]{64}", "a SHA-256 of 64 hexadecimal digits, as sha256sum prints it")]

Language = Annotated[
    str, worded(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", "a language's code of ISO 639-1, such as en, fr or zh-CN")
]
"""ISO 639-1, with a region or script where it matters: `fr`, `zh-CN`."""


class Block(BaseModel):
    """A frozen block of params.yaml; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True, allow_inf_nan=False)
