"""The user's configuration: `$XDG_CONFIG_HOME/detour/config.toml`, or the file that the variable DETOUR_CONFIG names.

It holds what belongs to a person and a machine, never to a study: nothing in it changes a result. Without a file every value is
its default. A fault (an unknown key, a value that does not fit, broken TOML) is one sentence with file, key and mend. Importing
this module imports pydantic: `detour --help` and the app's first frame import it only when a value is asked for.
"""

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pipeline.errors import InputError
from pipeline.files import write_text
from pipeline.study.words import choose, short
from tui.places import VARIABLE, config_path
from tui.runs.hardware import cores

Source = Literal["default", "file"]


def _web(address: str) -> str:
    try:
        parts = urlsplit(address)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or not address.isprintable() or " " in address:
        raise ValueError("it should be an address that begins with http:// or https://")
    return address


def _program(words: tuple[str, ...]) -> tuple[str, ...]:
    if words and not words[0]:
        raise ValueError("its first word should be a program")
    if any("\0" in word for word in words):
        raise ValueError("no word may hold a null character")
    return words


def _keys(keys: Mapping[str, str]) -> Mapping[str, str]:
    for id, pressed in keys.items():
        if not pressed.strip(","):
            raise ValueError(f'{id} should have a key, such as "x" or "ctrl+e"')
    return keys


def _listed(value: Any) -> Any:
    # TOML has lists and no tuples.
    return tuple(value) if isinstance(value, list) else value


class Section(BaseModel):
    """A table of the file; the docstring below each key is what `detour config --write` says of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class Runs(Section):
    """How runs share this machine."""

    slots: int = Field(default_factory=cores, ge=1, le=4096)
    """How many stages may run side by side on this machine, over all runs; the number of its cores where nothing is said."""


class Notify(Section):
    """What tells you that a run has ended."""

    bell: bool = True
    """Whether a terminal that watches a run rings when it ends."""
    osc9: bool = True
    """Whether it also asks the terminal for a notification (OSC 9: iTerm2, kitty, WezTerm, Windows Terminal, ...)."""
    webhook: Annotated[str, AfterValidator(_web)] | None = Field(
        default=None, examples=["https://ntfy.example.org/runs"]
    )
    """An http(s) address that is sent what ended, as JSON by POST."""
    command: Annotated[tuple[str, ...], BeforeValidator(_listed), AfterValidator(_program)] = Field(
        default=(), examples=[["notify-send", "A run ended"]]
    )
    """A program and its arguments, run without a shell; it gets DETOUR_RUN, DETOUR_OUTCOME, ... and JSON on standard input."""


class App(Section):
    """How the app looks, and its keys."""

    theme: Literal["auto", "dark", "light", "terminal-dark", "terminal-light"] = "auto"
    """Colours: the app's own on dark or light, or the terminal's 16; auto asks COLORFGBG, NO_COLOR and TERM."""
    letters: Literal["auto", "unicode", "ascii"] = "auto"
    """Whether signs, lines and curves are drawn in ASCII; auto does so where the locale or the terminal has nothing else."""
    opens: Literal["changes", "launch", "runs", "experiments", "gains"] = "changes"
    """The first screen; `changes` is launch, or the experiments where some are new since the last visit."""
    keys: Annotated[Mapping[str, str], AfterValidator(_keys)] = Field(
        default_factory=dict, examples=[{"experiments.compare": "C", "app.quit": "q,ctrl+q"}]
    )
    """Other keys for actions, by their ids (`detour keys` lists them); several are parted by commas."""


class Config(Section):
    """All values in force."""

    runs: Runs = Runs()
    notify: Notify = Notify()
    app: App = App()


def load_config(variables: Mapping[str, str] = os.environ) -> Config:
    """The configuration in force.

    Raises:
        InputError: The file cannot be read or holds a fault, or DETOUR_CONFIG names a file that is not there.
    """
    path = config_path(variables)
    values = _read(path)
    if values is None:
        if variables.get(VARIABLE):
            raise InputError(
                f"{VARIABLE} names {path}, which does not exist; unset it, or write the file with `detour config --write`."
            )
        return Config()
    return config_from(values, str(path))


def config_from(values: Mapping[str, Any], name: str) -> Config:
    """Check parsed values; `name` is what an error calls the file.

    Raises:
        InputError: A key is unknown or a value does not fit.
    """
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise InputError(_sentence(error, name)) from None


def sourced(config: Config) -> Iterator[tuple[str, Any, Source]]:
    """Each value by its dotted key, with where it comes from."""
    for section in Config.model_fields:
        block: Section = getattr(config, section)
        for key in type(block).model_fields:
            source: Source = "file" if key in block.model_fields_set else "default"
            yield f"{section}.{key}", getattr(block, key), source


def write_defaults(path: Path) -> None:
    """Write a file in which every key stands as a comment with its default.

    Raises:
        InputError: There is a file already, or none can be written there.
    """
    if path.exists() or path.is_symlink():
        raise InputError(f"{path} is there already; edit it, or move it away to get a fresh one.")
    try:
        write_text(path, defaults_text())
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}); {VARIABLE} names another place.") from None


def defaults_text() -> str:
    """A config.toml that changes nothing: each section, each key with what it means and its default."""
    lines = [
        "# The configuration of detour. Take the # away from the keys that you change; `detour config` shows what is in force."
    ]
    for name, field in Config.model_fields.items():
        block = field.default
        lines += ["", f"[{name}]  # {type(block).__doc__}"]
        for key, told in type(block).model_fields.items():
            value, note = getattr(block, key), ""
            if told.examples:
                value, note = told.examples[0], "  # an example; nothing by default"
            lines += [f"# {told.description}", f"#{key} = {_toml(value)}{note}"]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(inner)}" for key, inner in value.items()) + " }"
    # JSON's texts, numbers, lists and booleans are TOML's.
    return json.dumps(value)


def _read(path: Path) -> dict[str, Any] | None:
    """The tables of a file; None where there is none."""
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); mend that, or name another by {VARIABLE}."
        ) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(f"{path}, line {line}: the file is not UTF-8; save it as UTF-8.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(
            f"{path} is not valid TOML ({str(error)[:1].lower()}{str(error)[1:]}); mend that place."
        ) from None


def _sentence(error: ValidationError, name: str) -> str:
    """The first fault with file, key, value and mend."""
    fault = error.errors(include_url=False)[0]
    location = [str(part) for part in fault["loc"]]
    key = ".".join(location)
    if fault["type"] == "extra_forbidden":
        return f"{name}: {key} is not a key that Detour knows; {choose(location[-1], _known_keys(location[:-1]))}"
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "model_type":
        message = f"it should be a table that begins with [{key}]"
    message = message.replace("a valid tuple", "a list").replace("a valid boolean", "true or false")
    message = message.replace("a valid string", "text in quotes").replace("a valid integer", "a whole number")
    message = message.replace("Input should", "it should")
    return f"{name}: {key} is {short(fault['input'])}; {message}."


def _known_keys(location: list[str]) -> list[str]:
    model: type[BaseModel] = Config
    for part in location:
        model = type(model.model_fields[part].default)
    return list(model.model_fields)
