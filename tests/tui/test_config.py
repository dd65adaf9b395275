"""The user's configuration: where it is read from, what it holds, and how its faults are told."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pipeline.errors import InputError
from tests.tui.toy import detour, environment
from tui.config import Config, defaults_text, load_config, sourced, write_defaults
from tui.places import config_path
from tui.runs.hardware import cores


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration of these tests, which is not there yet."""
    monkeypatch.delenv("DETOUR_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    path = tmp_path / "home" / "detour" / "config.toml"
    path.parent.mkdir(parents=True)
    return path


class TestPlace:
    def test_the_users_folder_of_configurations_unless_a_variable_names_a_file(self, tmp_path: Path) -> None:
        home = Path.home() / ".config" / "detour" / "config.toml"
        assert config_path({}) == home
        assert config_path({"XDG_CONFIG_HOME": "relative", "DETOUR_CONFIG": ""}) == home
        assert config_path({"XDG_CONFIG_HOME": "/etc/xdg"}) == Path("/etc/xdg/detour/config.toml")
        named = {"XDG_CONFIG_HOME": "/etc/xdg", "DETOUR_CONFIG": "mine.toml"}
        assert config_path(named) == Path.cwd() / "mine.toml"

    def test_a_named_file_that_is_missing_is_a_fault_and_the_usual_one_is_not(self, tmp_path: Path, file: Path) -> None:
        assert load_config() == Config()
        with pytest.raises(InputError, match=r"DETOUR_CONFIG names .*none\.toml, which does not exist"):
            load_config({"DETOUR_CONFIG": str(tmp_path / "none.toml")})


class TestValues:
    def test_what_is_not_in_the_file_is_the_default(self, file: Path) -> None:
        file.write_text('[runs]\nslots = 3\n[notify]\ncommand = ["notify-send", "a b"]\n')
        found = load_config()
        assert found.runs.slots == 3
        assert found.notify.command == ("notify-send", "a b")
        assert (found.notify.bell, found.notify.osc9, found.notify.webhook) == (True, True, None)
        sources = {key: source for key, _, source in sourced(found)}
        assert {key for key, source in sources.items() if source == "file"} == {"runs.slots", "notify.command"}

    def test_slots_are_the_cores_where_nothing_is_said(self, file: Path) -> None:
        assert load_config().runs.slots == cores() >= 1

    def test_a_configuration_cannot_be_changed(self) -> None:
        with pytest.raises(ValueError, match="frozen"):
            Config().runs.slots = 2  # type: ignore[misc]


class TestFaults:
    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("[runs]\nslot = 2", "runs.slot is not a key that Detour knows; did you mean 'slots'"),
            ("[run]\nslots = 2", "run is not a key that Detour knows; did you mean 'runs'"),
            ("runs = 2", r"runs is 2; it should be a table that begins with \[runs\]"),
            ("[runs]\nslots = 0", "runs.slots is 0; it should be greater than or equal to 1"),
            ("[runs]\nslots = '2'", 'runs.slots is "2"; it should be a whole number'),
            ("[runs]\nslots = true", "runs.slots is true; it should be a whole number"),
            ("[notify]\nbell = 1", "notify.bell is 1; it should be true or false"),
            (
                "[notify]\nwebhook = 'file:///etc/passwd'",
                "it should be an address that begins with http:// or https://",
            ),
            ("[notify]\nwebhook = 'http://'", "it should be an address that begins with http:// or https://"),
            ("[notify]\nwebhook = 'http://a:x/'", "it should be an address that begins with http:// or https://"),
            ("[notify]\ncommand = 'notify-send x'", "notify.command is .*; it should be a list"),
            ("[notify]\ncommand = [1]", "notify.command.0 is 1; it should be text in quotes"),
            ("[notify]\ncommand = ['']", "its first word should be a program"),
            ('[notify]\ncommand = ["a\\u0000"]', "no word may hold a null character"),
            ("[runs\nslots = 2", "is not valid TOML .*line 1.*mend that place"),
            ("[runs]\nslots = 1\nslots = 2\n", "is not valid TOML .*line 3"),
        ],
    )
    def test_each_is_one_sentence_with_file_key_and_mend(self, file: Path, text: str, says: str) -> None:
        file.write_text(text)
        with pytest.raises(InputError, match=says) as told:
            load_config()
        assert str(told.value).startswith(str(file))
        assert "\n" not in str(told.value) and str(told.value).endswith((".", "?"))

    def test_a_file_that_is_not_utf_8_is_told_with_its_line(self, file: Path) -> None:
        file.write_bytes(b"[notify]\nwebhook = 'http://\xff'\n")
        with pytest.raises(InputError, match="line 2: the file is not UTF-8"):
            load_config()

    def test_brackets_without_end_are_told(self, file: Path) -> None:
        file.write_text("a = " + "[" * 5000)
        with pytest.raises(InputError, match="is not valid TOML"):
            load_config()

    def test_a_folder_in_its_place_is_told(self, file: Path) -> None:
        file.mkdir()
        with pytest.raises(InputError, match="cannot be read"):
            load_config()


class TestDefaults:
    def test_the_written_file_changes_nothing_and_holds_every_key(self, file: Path) -> None:
        write_defaults(file)
        assert load_config() == Config()
        used = "\n".join(
            line[1:] if line[:1] == "#" and line[1:2] != " " else line for line in defaults_text().splitlines()
        )
        values = {f"{section}.{key}" for section, block in tomllib.loads(used).items() for key in block}
        assert values == {key for key, _, _ in sourced(Config())}
        file.write_text(used)
        assert load_config().notify.webhook is not None

    def test_a_file_that_is_there_is_never_written_over(self, file: Path) -> None:
        file.write_text("[runs]\nslots = 1\n")
        with pytest.raises(InputError, match="is there already"):
            write_defaults(file)
        assert file.read_text() == "[runs]\nslots = 1\n"

    def test_a_place_that_cannot_be_written_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(InputError, match="cannot be written"):
            write_defaults(tmp_path / "file" / "config.toml")


class TestCommand:
    """It needs no study."""

    def test_shows_each_value_and_where_it_comes_from(self, file: Path, tmp_path: Path) -> None:
        file.write_text("[notify]\nbell = false\n")
        told = json.loads(detour(tmp_path, "config", "--json").stdout)
        assert (told["path"], told["exists"]) == (str(file), True)
        assert told["values"]["notify.bell"] == {"value": False, "from": "file"}
        assert told["values"]["notify.osc9"] == {"value": True, "from": "default"}
        lines = detour(tmp_path, "config").stdout.splitlines()
        assert any(line.split() == ["notify.bell", "false", "file"] for line in lines)
        assert lines[-1] == f"file: {file}"

    def test_writes_a_file_once(self, file: Path, tmp_path: Path) -> None:
        assert "which is not there" in detour(tmp_path, "config").stdout
        detour(tmp_path, "config", "--write")
        assert file.read_text() == defaults_text()
        said = detour(tmp_path, "config", "--write", status=2).stderr
        assert "is there already" in said and said.count("\n") == 1

    def test_a_fault_is_one_sentence_and_nothing_of_it_steers_the_terminal(self, file: Path, tmp_path: Path) -> None:
        file.write_text('[runs]\n"sl\\u001b[31m" = 1\n')
        said = detour(tmp_path, "config", status=2).stderr
        assert said.count("\n") == 1 and "\x1b" not in said


@pytest.mark.parametrize("module", ["tui.commands.config", "tui.runs.notify", "tui.runs.runrecord"])
def test_what_is_imported_early_leaves_pydantic_alone(module: str) -> None:
    code = f"import sys, {module}; print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True)
    assert done.stdout == "False\n"
