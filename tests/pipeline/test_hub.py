"""The hub's files: whole, verified, at the commit asked for; every refusal one sentence, told within bounds."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.hub import Repository, current_commit, download
from tests.pipeline.hubserver import Repositories

FILES = {"README.md": b"card", "config.json": b"{}", "model.safetensors": bytes(range(256)) * 8}


@pytest.fixture
def revision(hub: Repositories) -> str:
    return hub.commit("models/owner/model", FILES)


def asked(revision: str, name: str = "owner/model") -> Repository:
    return Repository("model", name, revision, "encoders.bert.hub")


def everything(names: list[str]) -> list[str]:
    return names


def fault(repository: Repository) -> str:
    with pytest.raises(InputError) as caught:
        download(repository, everything)
    assert "\n" not in str(caught.value)
    assert "encoders.bert.hub" in str(caught.value)
    return str(caught.value)


def kept(home: Path) -> list[str]:
    return [
        path.name
        for path in home.rglob("*")
        if path.is_file() and ("incomplete" in path.name or "safetensors" in path.name)
    ]


def test_files_come_whole_with_their_hashes(hub: Repositories, revision: str) -> None:
    files = download(asked(revision), everything)
    assert {name: file.path.read_bytes() for name, file in files.items()} == FILES
    assert hub.requests


def test_a_second_download_asks_the_hub_for_nothing(hub: Repositories, revision: str) -> None:
    download(asked(revision), everything)
    before = len(hub.requests)
    hub.fault = "down"
    download(asked(revision), everything)
    assert len(hub.requests) == before


def test_an_older_commit_is_what_it_was(hub: Repositories, revision: str) -> None:
    newer = hub.commit("models/owner/model", {**FILES, "config.json": b'{"new": 1}'})
    assert current_commit(asked("unpinned")) == newer
    assert download(asked(revision), everything)["config.json"].path.read_bytes() == b"{}"
    assert download(asked(newer), everything)["config.json"].path.read_bytes() == b'{"new": 1}'


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("gated", "is gated (401); accept its licence at https://huggingface.co/owner/model and set HF_TOKEN"),
        ("waiting", "is gated (403); accept its licence"),
        (
            "private",
            "does not exist or is not public (401); correct the id, or, if it is gated or private, accept its licence",
        ),
        ("bad token", "cannot be read with the token in HF_TOKEN (401); renew the token"),
        ("forbidden", "is forbidden to this account (403); set HF_TOKEN"),
        ("busy", "is refused for too many requests (429); wait 77 seconds"),
        ("busy without a word", "is refused for too many requests (429); wait some minutes"),
        ("down", "the hub has a fault of its own (503); run it again later"),
        ("teapot", "is refused by the hub (418)"),
        ("moved", f"is answered with the commit {'f' * 40}; set the revision to a commit"),
        ("half", "broken off again and again"),
        ("short", "cannot be downloaded whole (Consistency check failed"),
        ("altered", "holds model.safetensors with another content than its commit lists (2,048 of 2,048 bytes)"),
    ],
)
def test_a_refusal_is_one_sentence_and_leaves_nothing_half(
    hub: Repositories, revision: str, tmp_path: Path, name: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # huggingface_hub pauses a second before it takes a broken transfer up again.
    monkeypatch.setattr(time, "sleep", lambda _: None)
    hub.fault = name
    assert sentence in fault(asked(revision))
    assert not kept(tmp_path / "home")
    hub.fault = None
    assert download(asked(revision), everything)["model.safetensors"].path.read_bytes() == FILES["model.safetensors"]


@pytest.mark.parametrize("name", ["down", "patient", "half"])
def test_a_passing_fault_is_tried_again(
    hub: Repositories, revision: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    hub.fault, hub.times = name, 1
    assert len(download(asked(revision), everything)) == 3


def test_no_request_is_sent_more_than_three_times(
    hub: Repositories, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    hub.fault = "down"
    fault(asked(revision))
    assert len(hub.requests) == 3
    assert len(waited) == 2


@pytest.mark.parametrize(
    ("name", "revision_asked", "sentence"),
    [
        ("owner/missing", "1" * 40, "does not exist or is not public"),
        (
            "owner/model",
            "1" * 40,
            "has no such revision (404); take a commit from https://huggingface.co/owner/model/commits",
        ),
        ("a/b/c", "1" * 40, "is no name of a repository; write owner/name"),
        ("owner/model", "unpinned", "has no commit yet; `detour study pin NAME` asks the hub"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    hub: Repositories, revision: str, name: str, revision_asked: str, sentence: str
) -> None:
    assert sentence in fault(asked(revision_asked, name))


def test_a_hub_that_cannot_be_reached_is_told_at_once(hub: Repositories, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("a network that is not there is not waited for"))
    assert "is not in the local cache as a whole and 127.0.0.1 cannot be reached" in fault(asked("1" * 40))


@pytest.mark.parametrize("name", ["ConnectError", "ConnectTimeout", "ProxyError"])
def test_a_line_that_is_dead_is_tried_once(
    hub: Repositories, revision: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import httpx2

    def fail(*_: object, **__: object) -> None:
        tried.append(name)
        raise getattr(httpx2, name)("dead")

    tried: list[str] = []
    monkeypatch.setattr(httpx2.Client, "send", fail)
    assert "127.0.0.1 cannot be reached (dead)" in fault(asked(revision))
    assert tried == [name]


def test_offline_mode_is_told(hub: Repositories, revision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "is not in the local cache as a whole and HF_HUB_OFFLINE is set; unset it" in fault(asked(revision))


def test_a_cache_that_keeps_no_listing_is_told(hub: Repositories, revision: str, tmp_path: Path) -> None:
    (tmp_path / "home" / "hub" / "models--owner--model").mkdir(parents=True)
    # A file stands where the folder of listings should be made.
    (tmp_path / "home" / "hub" / "models--owner--model" / "trees").write_text("")
    assert "cannot be kept in the local cache; make the folder that HF_HOME names writable" in fault(asked(revision))


def test_importing_asks_for_nothing_and_loads_no_client() -> None:
    script = (
        "import sys, pipeline.hub, pipeline.corpora.hub;"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'huggingface_hub', 'httpx2', 'datasets', 'pyarrow'}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
