"""The live memory: on the disk at once, whole after a kill, one writer at a time."""

import json
import multiprocessing
import os
from pathlib import Path

import pytest

from pipeline.corpora.translation.entries import Entry
from pipeline.corpora.translation.live import LiveMemory
from pipeline.errors import InputError

HELLO = Entry("fr", "en", "toy", "bonjour", "hello", date="2026-01-31")
BYE = Entry("fr", "en", "toy", "adieu", "bye\n", model="m")


def read(live: LiveMemory) -> list[Entry]:
    return list(live.entries("fr", "en"))


def test_entries_come_back_as_they_were_added(live: LiveMemory) -> None:
    live.add([HELLO, BYE])
    live.add([Entry("en", "fr", "toy", "hello", "bonjour")])
    assert read(live) == [HELLO, BYE]
    assert live.pairs() == [("en", "fr"), ("fr", "en")]
    assert live.find({BYE.key, ("fr", "en", "salut")}, {("fr", "en"): "toy m"}) == {BYE.key: BYE}
    assert live.find({BYE.key}, {("fr", "en"): "toy"}) == {}


@pytest.mark.parametrize("torn", ['{"source_language": "fr", "te', "\0\0\0", '"half a t\xe9'])
def test_a_torn_last_line_is_taken_off_kept_beside_and_told(live: LiveMemory, said: list[str], torn: str) -> None:
    live.add([HELLO])
    path = live.path("fr", "en")
    whole = path.read_bytes()
    path.write_bytes(whole + torn.encode("latin-1"))
    live.add([BYE])
    assert read(live) == [HELLO, BYE]
    assert path.read_bytes().startswith(whole) and path.read_bytes().count(b"\n") == 2
    assert path.with_name("fr.en.jsonl.torn").read_bytes() == torn.encode("latin-1") + b"\n"
    assert len(said) == 1 and "the last line was cut short" in said[0]


def test_a_torn_line_is_mended_by_reading_too(live: LiveMemory, said: list[str]) -> None:
    live.add([HELLO])
    with live.path("fr", "en").open("a") as file:
        file.write("{")
    assert read(live) == [HELLO] and len(said) == 1
    assert read(live) == [HELLO] and len(said) == 1


def test_a_whole_last_line_without_an_end_is_kept(live: LiveMemory, said: list[str]) -> None:
    live.add([HELLO])
    path = live.path("fr", "en")
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    live.add([BYE])
    assert read(live) == [HELLO, BYE] and said == []


def test_a_line_broken_by_hand_is_named_and_nothing_is_lost(live: LiveMemory) -> None:
    live.add([HELLO, BYE])
    path = live.path("fr", "en")
    path.write_text(path.read_text().replace('"adieu"', '"adieu'))
    before = path.read_bytes()
    with pytest.raises(
        InputError, match=r"fr\.en\.jsonl, line 2 is not an entry .* every other line is kept: mend or remove"
    ):
        read(live)
    assert path.read_bytes() == before


@pytest.mark.parametrize("language", ["../x", "french language", "", "fr.en", "f"])
def test_a_language_that_is_no_code_names_no_file(live: LiveMemory, language: str) -> None:
    with pytest.raises(InputError, match="is no code such as fr or zh-CN"):
        live.add([HELLO._replace(source_language=language)])


def test_a_memory_that_cannot_be_written_is_one_sentence(live: LiveMemory) -> None:
    live.folder.parent.mkdir(parents=True)
    live.folder.write_text("no folder")
    with pytest.raises(InputError, match=r"cannot be read and written .* what it held is kept"):
        live.add([HELLO])


def test_a_full_disk_leaves_no_half_line(live: LiveMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    live.add([HELLO])
    real = os.write

    def full(file: int, data: bytes) -> int:
        if len(data) < 10:
            raise OSError(28, "No space left on device")
        return real(file, data[: len(data) - 5])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(InputError, match="No space left on device"):
        live.add([BYE])
    monkeypatch.undo()
    assert read(live) == [HELLO]


def add_many(folder: Path, process: int) -> None:
    live = LiveMemory(folder)
    for number in range(50):
        live.add([Entry("fr", "en", "toy", f"{process} {number} " + "x" * 5000, "y")])


def test_two_processes_write_whole_lines(live: LiveMemory) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=add_many, args=(live.folder, process)) for process in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    texts = {entry.text.split(" x")[0] for entry in read(live)}
    assert texts == {f"{process} {number}" for process in range(2) for number in range(50)}


def test_the_lock_is_its_processes_alone(live: LiveMemory, said: list[str]) -> None:
    live.folder.mkdir(parents=True)
    ready, done = os.pipe()
    child = os.fork()
    if not child:
        with live.alone("google"):
            os.write(done, b"x")
            os.read(ready, 0)
            import time

            time.sleep(0.3)
        os._exit(0)
    os.read(ready, 1)
    with live.alone("google"):
        assert said == [f"another stage is translating with google (process {child}); waiting for it"]
    os.waitpid(child, 0)


def test_an_address_depends_on_languages_maker_and_text_alone() -> None:
    assert HELLO.address == HELLO._replace(translation="hi", date="2027-01-01").address
    others = [
        HELLO._replace(**{name: "de"}) for name in ("source_language", "target_language", "engine", "text", "model")
    ]
    assert len({entry.address for entry in [HELLO, *others]}) == 6
    assert json.loads(json.dumps(HELLO.address)) == HELLO.address and len(HELLO.address) == 64
