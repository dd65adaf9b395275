"""Blocks of encoders: built here, from the hub, or from a folder."""

from typing import Literal, Self

from pydantic import model_validator

from pipeline.study.base import Block, Count, Revision, Text


class Local(Block):
    """A Hugging Face folder on this machine."""

    folder: Text
    package: str | None = None
    """An installed Python package inside which `folder` is looked up; the main checkout where absent."""


class Build(Block):
    """Sizes of an encoder that is built with random weights."""

    layers: Count
    hidden: Count
    heads: Count
    feed_forward: Count
    positions: Count
    seed: int = 0
    tokenizer: Local | None = None
    """A model of the same architecture whose tokenizer it takes; made from data/vocabulary.txt where absent."""


class Hub(Block):
    """A model of the Hugging Face hub; safetensors only, never remote code."""

    id: Text
    revision: Revision
    """The full commit hash, or `unpinned`."""


class Encoder(Block):
    """Where a model's pretrained encoder comes from: exactly one of `build`, `hub`, `local`."""

    architecture: Literal["bert", "roberta", "xlnet", "xlm_roberta"]
    """What the folder must hold; another architecture is refused."""
    build: Build | None = None
    hub: Hub | None = None
    local: Local | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if sum(origin is not None for origin in (self.build, self.hub, self.local)) != 1:
            raise ValueError("it needs exactly one of build, hub and local")
        return self
