"""dvc.lock read by pattern and by parser: the same records either way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.compat import StringIO

from pipeline.errors import InputError
from tui.history import lock as lock_module
from tui.history.lock import Entry, Lock, Writers, parse_lock
from tui.history.yaml_blocks import parse_params, parse_whole

DVC_LOCK = """\
schema: '2.0'
stages:
  prepare@sms_spam:
    cmd: python -m pipeline.stages.prepare sms_spam and a command that is so long that it goes on over
      the next line
    deps:
    - path: corpora/translated/sms_spam.parquet
      hash: md5
      md5: 57561a2057558ebe39fabe4a9deb4667
      size: 148
    params:
      params.yaml:
        split:
          test: 0.3
          seed: 13
        training.target.learning_rate: 1e-05
    outs:
    - path: corpora/ready/sms_spam
      hash: md5
      md5: 2c27411be6a712c10641706acf477341.dir
      size: 2
      nfiles: 2
  classification@sms_spam-pretrained-bert:
    cmd: python cell.py
    deps:
    - path: run.sh
      hash: md5
      md5: 7b4c5211fe62531a92df8eb9a92b4720
      size: 323
      isexec: true
    outs:
    - path: reports/cells/classification/sms_spam-pretrained-bert.json
      hash: md5
      md5: c05bfaa1382f3101c3a8253423995669
      size: 54
"""


def by_parser(text: str, monkeypatch: pytest.MonkeyPatch) -> Lock:
    monkeypatch.setattr(lock_module, "_regular", lambda text: None)
    return parse_lock(text, "dvc.lock")


class TestPattern:
    def test_dvcs_form_is_read_without_the_parser(self, monkeypatch: pytest.MonkeyPatch) -> None:
        regular = lock_module._regular(DVC_LOCK)
        assert regular is not None
        assert regular == by_parser(DVC_LOCK, monkeypatch).stages
        prepare = regular["prepare@sms_spam"]
        assert prepare.outs == (Entry("corpora/ready/sms_spam", "2c27411be6a712c10641706acf477341.dir", 2),)
        assert prepare.params["params.yaml"]["training.target.learning_rate"] == 1e-05

    @pytest.mark.parametrize(
        "change",
        [
            ("md5: 57561a2057558ebe39fabe4a9deb4667", "md5: '57561205755803903990943466700000'"),
            ("md5: 57561a2057558ebe39fabe4a9deb4667", "md5: 57561205755803903990943466700000"),
            ("md5: 57561a2057558ebe39fabe4a9deb4667", "md5: 5756120575580390399094346670e000"),
            ("path: run.sh", "path: 'run it: now.sh'"),
            ("path: run.sh", "path: true"),
            ("      hash: md5\n      md5: 7b4c", "      md5: 7b4c"),
            ("cmd: python cell.py", "cmd:\n    - python a.py\n    - python b.py"),
            ("cmd: python cell.py", "cmd: |\n      python a.py\n      python b.py"),
            ("cmd: python cell.py", "cmd: 'echo a: b'"),
            ("  prepare@sms_spam:", "  'prepare@sms spam':"),
            ("  prepare@sms_spam:", "  null:"),
            ("  prepare@sms_spam:", "  # a comment\n  prepare@sms_spam:"),
            ("schema: '2.0'\n", ""),
            ("      isexec: true", "      isexec: true\n      remote: far"),
        ],
    )
    def test_any_other_form_gives_what_the_parser_gives(
        self, change: tuple[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = DVC_LOCK.replace(*change)
        assert text != DVC_LOCK
        assert parse_lock(text, "dvc.lock").stages == by_parser(text, monkeypatch).stages

    def test_anchors_across_stages_are_followed(self) -> None:
        text = "schema: '2.0'\nstages:\n  a:\n    cmd: x\n    outs: &o\n    - path: p\n  b:\n    cmd: x\n    outs: *o\n"
        assert parse_lock(text, "dvc.lock").stages["b"].outs == (Entry("p", None, None),)

    @pytest.mark.parametrize(
        "text", ["stages: [", "a: b: c", "schema: '2.0'\nstages:\n  a:\n    cmd: x\n  a:\n    cmd: y\n"]
    )
    def test_what_is_no_yaml_is_refused_with_its_line(self, text: str) -> None:
        with pytest.raises(InputError, match=r"dvc.lock, line \d+"):
            parse_lock(text, "dvc.lock")

    @pytest.mark.parametrize(
        "text", ["", "[]", "text", "stages: 3", "stages: {a: 3}", "stages: {a: {outs: [3, {path: 4}]}}"]
    )
    def test_other_values_hold_no_stages_or_are_refused(self, text: str) -> None:
        try:
            lock = parse_lock(text, "dvc.lock")
        except InputError as error:
            assert "no mapping" in str(error)
        else:
            assert all(not stage.outs for stage in lock.stages.values())


class TestWriters:
    lock = parse_lock(DVC_LOCK, "dvc.lock")

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("corpora/ready/sms_spam", Writers(exact=True)),
            ("corpora/ready/sms_spam/train.parquet", Writers(holder="corpora/ready/sms_spam")),
            ("corpora/ready", Writers(inside=("corpora/ready/sms_spam",))),
            ("corpora/ready/sms", Writers()),
            ("reports", Writers(inside=("reports/cells/classification/sms_spam-pretrained-bert.json",))),
            ("data", Writers()),
        ],
    )
    def test_a_path_is_placed_among_what_stages_write(self, path: str, expected: Writers) -> None:
        assert self.lock.writers(path) == expected


KEYS = st.text("abcxyz_", min_size=1, max_size=4)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))


class TestParams:
    @given(st.dictionaries(KEYS, VALUES, max_size=5))
    def test_cut_or_whole_the_values_are_the_same(self, values: dict[str, object]) -> None:
        out = StringIO()
        YAML().dump(values, out)
        text = out.getvalue()
        assert parse_params(text, "params.yaml") == parse_whole(text, "params.yaml")

    @pytest.mark.parametrize(
        "text",
        [
            "# only a comment\n",
            "a: &x {b: 1}\nc: *x\n",
            "a: 1\n---\nb: 2\n",
            "a: 1\na: 2\n",
            '{"a": 1,\n"b": 2}',
            'a: "one\nb: two"\n',
            "a: [1,\n2]\nb: 3\n",
            "%YAML 1.1\n---\na: yes\n",
            "a: |\n  text\n\n  b: 1\nc: 2\n",
            "? a\n: 1\n",
            "lr: 1e-3\nold: 010\nword: yes\n",
            "a: 1\n...\n",
        ],
    )
    def test_files_that_cannot_be_cut_are_parsed_whole(self, text: str) -> None:
        def outcome(parse: object) -> object:
            try:
                return parse(text, "params.yaml")  # type: ignore[operator]
            except InputError as error:
                return str(error)

        assert outcome(parse_params) == outcome(parse_whole)
