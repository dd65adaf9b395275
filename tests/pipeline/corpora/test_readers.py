"""Every format gives the same text; every broken file gives one sentence."""

import csv
import gzip
import io
import lzma
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.corpora.readers import read_raw
from pipeline.errors import InputError

WANTED = {"text": "fields.text", "label": "fields.label"}
CSV = b'label,text\nham,NA\nspam,"two\nlines"\n007,\n'
JSONL = b"""{"label": "ham", "text": "NA"}
{"label": "spam", "text": "two\\nlines", "more": [1]}

{"label": 7, "text": null}
"""


def parquet(**columns: list[object]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def fault(name: str, data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        read_raw(name, data, WANTED)
    sentence = str(caught.value)
    assert sentence.startswith(name) and "\n" not in sentence and sentence.endswith((".", "?"))
    return sentence


class TestValues:
    @pytest.mark.parametrize(
        ("name", "pack"), [("a.csv", bytes), ("a.csv.xz", lzma.compress), ("a.csv.gz", gzip.compress)]
    )
    def test_a_csv_is_read_as_it_stands_packed_or_not(self, name: str, pack: Callable[[bytes], bytes]) -> None:
        table = read_raw(name, pack(CSV), WANTED)
        assert table.columns == {"text": ["NA", "two\nlines", ""], "label": ["ham", "spam", "007"]}

    def test_rows_are_numbered_by_the_line_they_begin_on(self) -> None:
        assert read_raw("a.csv", CSV, WANTED).numbers == [2, 3, 5]
        assert read_raw("a.jsonl", JSONL, WANTED).numbers == [1, 2, 4]

    def test_json_lines_give_text_and_null_gives_none(self) -> None:
        table = read_raw("a.jsonl", JSONL, WANTED)
        assert table.columns == {"text": ["NA", "two\nlines", ""], "label": ["ham", "spam", "7"]}

    def test_json_numbers_keep_their_digits(self) -> None:
        line = b'{"text": 1.50, "label": true}'
        assert read_raw("a.jsonl", line, WANTED).columns == {"text": ["1.50"], "label": ["true"]}

    def test_parquet_gives_text_for_any_type(self) -> None:
        data = parquet(label=[1, None, 3], text=["NA", None, "é"], unused=[0.5, 0.5, 0.5])
        table = read_raw("a.parquet", data, WANTED)
        assert table.columns == {"text": ["NA", "", "é"], "label": ["1", "", "3"]}
        assert (table.unit, table.numbers) == ("row", [1, 2, 3])

    def test_untyped_bytes_of_parquet_are_the_text_that_they_spell(self) -> None:
        table = read_raw("a.parquet", parquet(label=["ham"], text=["é".encode()]), WANTED)
        assert table.columns["text"] == ["é"]

    def test_a_list_is_a_label_of_its_own_but_no_text(self) -> None:
        data = parquet(label=[[3], [1, 2]], text=["a", "b"])
        assert read_raw("a.parquet", data, WANTED).columns["label"] == ["[3]", "[1, 2]"]
        data = parquet(label=["x", "y"], text=[["two", "words"], ["b"]])
        assert "a.parquet, row 1: the column 'text' holds a list where" in fault("a.parquet", data)
        assert "a.jsonl, line 1: the column 'text' holds a mapping" in fault(
            "a.jsonl", b'{"text": {"en": "a"}, "label": "x"}'
        )

    def test_a_byte_order_mark_is_no_part_of_the_first_column(self) -> None:
        assert read_raw("a.csv", b"\xef\xbb\xbftext,label\na,b\n", WANTED).columns["text"] == ["a"]

    def test_a_blank_line_is_no_row(self) -> None:
        table = read_raw("a.csv", b"text,label\n\na,b\n\n\nc,d\n\n", WANTED)
        assert (table.numbers, table.columns["text"]) == ([3, 6], ["a", "c"])

    def test_a_text_longer_than_the_csv_modules_limit_is_read(self) -> None:
        data = f"text,label\n{'x' * 200_000},ham\n".encode()
        assert len(read_raw("a.csv", data, WANTED).columns["text"][0]) == 200_000

    @given(
        st.lists(st.tuples(st.text(), st.text(min_size=1)), max_size=8),
        st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
        st.sampled_from(["\n", "\r\n"]),
    )
    def test_what_the_csv_module_writes_is_read_back(self, rows: list[tuple[str, str]], quoting: int, end: str) -> None:
        if quoting == csv.QUOTE_MINIMAL:
            # The csv module writes a lone carriage return without quotes and reads it as the end of a row.
            rows = [(text.replace("\r", ""), label.replace("\r", "-")) for text, label in rows]
        file = io.StringIO()
        writer = csv.writer(file, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
        writer.writerows([("text", "label"), *rows])
        try:
            data = file.getvalue().encode()
        except UnicodeEncodeError:
            return
        table = read_raw("a.csv", data, WANTED)
        assert list(zip(table.columns["text"], table.columns["label"], strict=True)) == rows


class TestFaults:
    def test_an_unknown_ending_names_the_known_ones(self) -> None:
        assert ".jsonl" in fault("a.xlsx", b"")

    def test_an_empty_file_is_refused(self) -> None:
        assert "is empty" in fault("a.csv", b"")

    def test_a_missing_column_names_the_nearest_one_and_the_key(self) -> None:
        sentence = fault("a.csv", b"texts,label\na,b\n")
        assert "'text'" in sentence and "fields.text" in sentence and "did you mean 'texts'?" in sentence

    def test_a_missing_column_without_a_near_one_lists_what_there_is(self) -> None:
        assert "the columns are body, label" in fault("a.csv", b"body,label\na,b\n")

    @pytest.mark.parametrize(("mark", "called"), [(";", "semicolons"), ("\t", "tabs")])
    def test_a_file_with_other_separators_is_told_as_such(self, mark: str, called: str) -> None:
        assert f"a.csv is parted by {called}, and CSV is read with commas" in fault(
            "a.csv", f"text{mark}label\na, b{mark}c\n".encode()
        )

    def test_two_columns_of_one_name_are_refused(self) -> None:
        assert "two columns 'text'" in fault("a.csv", b"text,text,label\na,b,c\n")

    def test_text_that_is_not_utf8_is_told_by_line_and_byte(self) -> None:
        sentence = fault("a.csv", b"text,label\nok,ham\ncaf\xe9,ham\n")
        assert "line 3" in sentence and "0xe9" in sentence and "number 4 of the line" in sentence

    def test_text_that_is_not_utf8_is_told_after_a_byte_order_mark_too(self) -> None:
        assert "line 2: byte 0xe9, number 4" in fault("a.csv", b"\xef\xbb\xbftext,label\ncaf\xe9,ham\n")

    def test_a_quote_that_is_never_closed_is_told_where_it_opens(self) -> None:
        assert "line 3: a quote is opened" in fault("a.csv", b'text,label\nok,ham\n"cut in the mid\nand on')

    def test_a_quote_that_is_not_doubled_is_told(self) -> None:
        assert "line 2" in fault("a.csv", b'text,label\n"a "b" c",ham\n')

    @pytest.mark.parametrize("line", [b"only one", b"one,two,three"])
    def test_a_row_with_another_number_of_fields_is_told(self, line: bytes) -> None:
        assert "line 3 has" in fault("a.csv", b"text,label\nok,ham\n" + line + b"\nok,ham\n")

    @pytest.mark.parametrize("name", ["a.csv.xz", "a.csv.gz"])
    @pytest.mark.parametrize("keep", [0.2, 0.7])
    def test_a_packed_file_that_is_cut_is_told(self, name: str, keep: float) -> None:
        data = b"text,label\n" + b"".join(b"row %d,ham\n" % i for i in range(2000))
        packed = lzma.compress(data) if name.endswith("xz") else gzip.compress(data)
        assert "is cut or damaged" in fault(name, packed[: int(keep * len(packed))])

    @pytest.mark.parametrize("name", ["a.csv.xz", "a.csv.gz"])
    def test_a_file_that_is_not_packed_at_all_is_told(self, name: str) -> None:
        assert "is cut or damaged" in fault(name, CSV)

    @pytest.mark.parametrize("line", [b"{", b"not json", b'{"text": "cut', b"[" * 100_000])
    def test_a_broken_json_line_is_told(self, line: bytes) -> None:
        assert "line 2 is not valid JSON" in fault("a.jsonl", b'{"text": "a", "label": "b"}\n' + line)

    def test_half_a_surrogate_pair_is_told(self) -> None:
        assert "line 1" in fault("a.jsonl", b'{"text": "\\ud83d", "label": "b"}')

    def test_a_json_line_that_is_no_object_is_told(self) -> None:
        assert "line 1 is not a JSON object" in fault("a.jsonl", b'["text", "label"]')

    def test_a_json_line_without_a_column_is_told(self) -> None:
        assert "line 2, has no column 'label'" in fault(
            "a.jsonl", b'{"text": "", "label": ""}\n{"text": "", "labl": ""}'
        )

    def test_parquet_without_its_magic_is_told(self) -> None:
        data = parquet(text=["a"], label=["b"])
        assert "does not begin" in fault("a.parquet", b"text,label\n")
        assert "does not end" in fault("a.parquet", data[: len(data) // 2])

    def test_parquet_with_damage_inside_is_told(self) -> None:
        data = parquet(text=["a"], label=["b"])
        assert "damaged" in fault("a.parquet", data[:-60] + b"\x00" * 56 + data[-4:])

    def test_parquet_without_a_column_is_told(self) -> None:
        assert "did you mean 'labels'?" in fault("a.parquet", parquet(text=["a"], labels=["b"]))

    def test_parquet_text_that_is_not_utf8_is_told(self) -> None:
        bad = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xe9")])
        sink = io.BytesIO()
        pq.write_table(pa.table({"text": bad, "label": ["b"]}), sink)
        assert "damaged" in fault("a.parquet", sink.getvalue())

    @given(st.binary(max_size=200), st.sampled_from(["a.csv", "a.csv.gz", "a.csv.xz", "a.jsonl", "a.parquet"]))
    @example(b"text,label\n\x00,\r\r\n", "a.csv")
    def test_any_bytes_give_a_table_or_a_sentence(self, data: bytes, name: str) -> None:
        try:
            read_raw(name, data, WANTED)
        except InputError as error:
            assert str(error).startswith(name)

    @given(st.integers(0, len(CSV)))
    def test_a_cut_csv_never_invents_a_row(self, length: int) -> None:
        whole = read_raw("a.csv", CSV, WANTED)
        try:
            table = read_raw("a.csv", CSV[:length], WANTED)
        except InputError:
            return
        for column, values in table.columns.items():
            # Only the last value of a file cut at a line's end can be shorter than it was.
            assert values[:-1] == whole.columns[column][: max(0, len(values) - 1)]
