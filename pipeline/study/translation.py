"""Blocks of translation: the memory, and the engine for what it lacks."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pipeline.study.base import Address, Block, Count, worded
from pipeline.study.encoders import Hub, Local


class MarianModel(Block):
    """Where the MarianMT model of a language pair comes from: exactly one of `hub` and `local`."""

    hub: Hub | None = None
    local: Local | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.hub is None) == (self.local is None):
            raise ValueError("it needs exactly one of hub and local")
        return self


class Translation(Block):
    """Where translations come from: the memory, and an engine for what it does not hold."""

    memory: Annotated[str, worded(r"data/[^/].*", "a file below data/")]
    """JSON lines of the translation memory, versioned with the raw inputs."""
    engine: Literal["memory", "google", "libre", "marian"] = "memory"
    """What translates texts that the memory lacks; `memory` is nothing, so that no network and no model is needed."""
    address: Address | None = None
    """Where `google` (a page of its form) or `libre` (a server) answers; the public one where absent."""
    threads: Annotated[int, Field(gt=0, le=64)] = 4
    """Requests to `google` or `libre` at one time."""
    rate: Annotated[float, Field(gt=0)] = 5.0
    """Requests to them a second, over all threads."""
    timeout: Annotated[float, Field(gt=0)] = 30.0
    """Seconds after which one request counts as failed."""
    tries: Count = 5
    """Times that a text is sent before it counts as failed, and faults of the service in a row that end the stage."""
    wait: Annotated[float, Field(ge=0)] = 1.0
    """Seconds before a second try, doubled for each further one; a service that names a time is waited for longer."""
    characters: Annotated[int, Field(ge=20, le=4999)] = 4999
    """Longer texts are sent in pieces, cut at ends of sentences; scripts that take more room in an address are cut sooner."""
    models: dict[str, MarianModel] = Field(default_factory=dict)
    """MarianMT models by language pair, such as `fr-en`."""
    batch: Count = 16
    """Texts that a MarianMT model translates at one time."""
    round_trip: Annotated[int, Field(ge=0)] = 0
    """Translations of each language pair that are translated back to measure chrF; 0 for none."""
