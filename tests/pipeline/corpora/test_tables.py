"""Tables and folders: what is written is read back, byte for byte the same, whole or not at all."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpora.schema import Collected, Row, read_table, write_table
from pipeline.errors import InputError
from pipeline.files import replaced_folder

ROOT = str(Path(__file__).resolve().parents[3])
TEXT = st.text(st.characters(codec="utf-8"))
ROWS = st.lists(
    st.builds(
        Row,
        TEXT,
        TEXT,
        st.none() | TEXT,
        TEXT,
        TEXT,
        st.none() | TEXT,
        st.none() | TEXT,
        st.none() | TEXT,
        st.none() | TEXT,
    ),
    max_size=5,
)


class TestTables:
    @given(rows=ROWS)
    def test_rows_come_back_as_they_were(self, tmp_path_factory: pytest.TempPathFactory, rows: list[Row]) -> None:
        path = tmp_path_factory.mktemp("table") / "rows.parquet"
        write_table(path, rows, Row, {"asked": 3, "note": "é"})
        assert read_table(path, Row) == (rows, {"asked": 3, "note": "é"})

    def test_columns_are_text_and_only_some_may_be_empty(self, tmp_path: Path) -> None:
        write_table(tmp_path / "x.parquet", [], Collected)
        schema = pq.read_schema(tmp_path / "x.parquet")
        assert schema.names == list(Collected._fields)
        assert all(field.type == pa.string() for field in schema)
        assert {field.name for field in schema if not field.nullable} == {"id", "text", "label", "language"}

    def test_other_processes_write_the_same_bytes(self, tmp_path: Path) -> None:
        code = (
            "import sys; from pipeline.corpora.schema import *\n"
            "rows = [Row(str(i), 'text ' * (i % 50), None, 'a', 'en', *[None] * 4) for i in range(3000)]\n"
            "write_table(sys.argv[1], rows, Row, dict.fromkeys({'b', 'a', 'c'}, 1))"
        )
        for seed in "12":
            command = [sys.executable, "-c", code, str(tmp_path / f"{seed}.parquet")]
            subprocess.run(command, check=True, env={"PYTHONHASHSEED": seed, "PYTHONPATH": ROOT})
        assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()

    def test_writing_a_table_does_not_load_pandas(self, tmp_path: Path) -> None:
        code = (
            "import sys; from pipeline.corpora.schema import *\n"
            "write_table(sys.argv[1], [Row(*['a'] * 9)], Row); read_table(sys.argv[1], Row)\n"
            "assert 'pandas' not in sys.modules"
        )
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "x.parquet")],
            check=True,
            env={"PYTHONPATH": ROOT},
        )

    def test_a_missing_table_is_a_fault_of_input(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="does not exist; run the stage"):
            read_table(tmp_path / "x.parquet", Row)

    def test_a_damaged_table_is_a_fault_of_input(self, tmp_path: Path) -> None:
        (tmp_path / "x.parquet").write_bytes(b"PAR1 and nothing more")
        with pytest.raises(InputError, match="not a table of this project"):
            read_table(tmp_path / "x.parquet", Row)

    def test_a_table_with_other_columns_is_a_fault_of_input(
        self, tmp_path: Path, collected: Callable[..., Collected]
    ) -> None:
        write_table(tmp_path / "x.parquet", [collected()], Collected)
        with pytest.raises(InputError, match="not a table of this project"):
            read_table(tmp_path / "x.parquet", Row)


class TestFolders:
    def test_a_folder_is_replaced_whole(self, tmp_path: Path) -> None:
        target = tmp_path / "deep" / "ready"
        for names in ("ab", "bc"):
            with replaced_folder(target) as fresh:
                for name in names:
                    (fresh / name).write_text(names)
                assert fresh.parent == target.parent
        assert {path.name: path.read_text() for path in target.iterdir()} == {"b": "bc", "c": "bc"}
        assert [path.name for path in target.parent.iterdir()] == ["ready"]
        assert target.stat().st_mode & 0o777 == 0o755

    def test_a_fault_leaves_the_former_folder_and_nothing_else(self, tmp_path: Path) -> None:
        target = tmp_path / "ready"
        with replaced_folder(target) as fresh:
            (fresh / "a").write_text("former")
        with pytest.raises(InputError), replaced_folder(target) as fresh:
            (fresh / "a").write_text("half")
            raise InputError("no")
        assert (target / "a").read_text() == "former"
        assert [path.name for path in tmp_path.iterdir()] == ["ready"]
