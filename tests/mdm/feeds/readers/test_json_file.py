"""JSON files: lines or a list, with a message for whatever is no record."""

import json
import tracemalloc

import pytest

from mdm.feeds.readers import ABSENT, FileRefusedError, json_file
from mdm.feeds.readers.json_file import read_json
from mdm.feeds.readers.sheet import BLOCK_ROWS


@pytest.fixture
def read(tmp_path):
    """Reads text or bytes as a JSON file: (columns, [(number, row)], [problem])."""

    def read_text(content, **options):
        path = tmp_path / "feed.jsonl"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        sheet = read_json(path, options)
        blocks = list(sheet.blocks)
        rows = [pair for each in blocks for pair in zip(each.numbers, each.rows, strict=True)]
        return sheet.columns, rows, [problem for each in blocks for problem in each.problems]

    return read_text


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ('{"id":1,"name":"Ann"}\n{"id":2,"name":"Bob"}\n', {}),
        ('{"id":1,"name":"Ann"}\r\n{"id":2,"name":"Bob"}', {}),
        ('\ufeff{"id":1,"name":"Ann"}\n{"id":2,"name":"Bob"}\n', {}),
        ('[{"id":1,"name":"Ann"},{"id":2,"name":"Bob"}]', {}),
        ('\ufeff\n [\n{"id":1,"name":"Ann"},\n{"id":2,"name":"Bob"}\n]\n', {}),
        (
            '{"page":{"items":[{"id":1,"name":"Ann"},{"id":2,"name":"Bob"}]}}',
            {"records": "page.items"},
        ),
    ],
)
def test_records_are_lines_or_items_of_a_list(read, text, options):
    columns, rows, problems = read(text, **options)

    assert columns == ["id", "name"]
    assert rows == [(1, ["1", "Ann"]), (2, ["2", "Bob"])]
    assert problems == []


def test_columns_are_gathered_from_all_records_in_order(read):
    columns, rows, _ = read('{"id":1,"a":{"b":2}}\n{"c":[3,null],"id":4}\n')

    assert columns == ["id", "a.b", "c"]
    assert [row for _, row in rows] == [["1", "2", ABSENT], ["4", ABSENT, ["3", None]]]


def test_null_differs_from_what_a_record_does_not_mention(read):
    _, rows, _ = read('{"id":1,"phone":null}\n{"id":2}\n{"id":3,"phone":""}\n')

    assert [row[1] for _, row in rows] == [None, ABSENT, ""]


def test_types_may_change_from_record_to_record(read):
    text = '{"a":1}\n{"a":"x"}\n{"a":true}\n{"a":[1]}\n{"a":{"b":1}}\n{"a":1.5}\n'

    columns, rows, problems = read(text)

    assert columns == ["a", "a.b"]
    assert [row[0] for _, row in rows] == ["1", "x", "yes", ["1"], ABSENT, "1.5"]
    assert problems == []


def test_long_numbers_are_kept_to_the_digit(read):
    _, rows, _ = read('{"id":123456789012345678901234567890,"amount":12345678901234567.89}\n')

    assert rows == [(1, ["123456789012345678901234567890", "12345678901234567.89"])]


def test_blank_lines_are_passed_over_and_counted(read):
    _, rows, _ = read('{"id":1}\n\n   \n{"id":2}\n')

    assert [number for number, _ in rows] == [1, 4]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("oops", "at character 1"),
        ('{"id":2', "at character"),
        ('{"id":2,}', "at character"),
        ("[1, 2]", "it is not an object in braces"),
        ('"text"', "it is not an object in braces"),
        ("42", "it is not an object in braces"),
        ("null", "it is not an object in braces"),
        ('{"id":2,"id":3}', "it has the member 'id' twice"),
        ('{"id":1e999}', "at character"),
        ('{"id":' * 40 + "1" + "}" * 40, "it nests deeper than 32 levels"),
        ("[" * 100_000, "at character"),
    ],
)
def test_a_line_that_is_no_record_costs_only_itself(read, line, why):
    _, rows, problems = read(f'{{"id":1}}\n{line}\n{{"id":3}}\n')

    assert [number for number, _ in rows] == [1, 3]
    (problem,) = problems
    assert (problem.number, problem.cause) == (2, "parse")
    assert problem.message.startswith("Line 2 cannot be read: ")
    assert why in problem.message
    assert problem.remedy == "Write every record as an object in braces, with each member once."
    assert problem.raw == {"line": line if len(line) <= 4_000 else f"{line[:4_000]}…"}


def test_a_line_in_another_encoding_costs_only_itself(read):
    _, rows, problems = read(b'{"id":"1"}\n{"id":"Ren\xe9"}\n{"id":"3"}\n')

    assert [number for number, _ in rows] == [1, 3]
    assert [problem.raw for problem in problems] == [{"line": '{"id":"Ren\ufffd"}'}]


@pytest.mark.parametrize("item", ["1", '"x"', "null", "[1]", '{"id":2,"id":3}'])
def test_an_item_of_a_list_that_is_no_record_costs_only_itself(read, item):
    _, rows, problems = read(f'[{{"id":1}},{item},{{"id":3}}]')

    assert [number for number, _ in rows] == [1, 3]
    assert problems[0].number == 2
    assert problems[0].message.startswith("Record 2 cannot be read: it ")


@pytest.mark.parametrize(
    ("member", "column", "why"),
    [
        (f'"note":"{"x" * 100_001}"', "note", "the value holds 100,001 characters"),
        (f'"notes":["a","{"x" * 100_001}"]', "notes", "the value holds 100,001 characters"),
        ('"note":"a\\u0000b"', "note", "a character is no text (NUL)"),
        ('"note":"\\u0000"', "note", "a character is no text (NUL)"),
        ('"notes":["\\u0000"]', "notes", "a character is no text (NUL)"),
        ('"":1', "", "the member has no usable name"),
        ('"a\\u0000b":1', "ab", "the member has no usable name"),
        (f'"{"n" * 201}":1', "n" * 200, "the member has no usable name"),
    ],
)
@pytest.mark.parametrize("form", ['{{"id":1}}\n{{"id":2,{0}}}\n', '[{{"id":1}},{{"id":2,{0}}}]'])
def test_a_member_that_cannot_be_kept_is_named(read, form, member, column, why):
    columns, rows, problems = read(form.format(member))

    assert [number for number, _ in rows] == [1]
    (problem,) = problems
    assert (problem.number, problem.column) == (2, column)
    assert problem.message.endswith(f" 2, {column}: {why}.")
    assert problem.remedy
    assert len(json.dumps(problem.raw)) < 5_000
    assert "" not in columns


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{}\n{}\n", "The file holds no records."),
        ("[]", "The file holds no records."),
        ("[1,2]", "The file holds no records."),
        ("oops\nagain\n", "The file holds no records."),
        ('[{"id":1}', "The file is not JSON: "),
        ('[{"id":1}]\n[{"id":2}]\n', "The file is not JSON: "),
        (
            '{\n "items": [\n  {"id": 1},\n  {"id": 2}\n ]\n}\n',
            "The file is one object with 'items'.",
        ),
        ('{\n "id": 1,\n "name": "Ann"\n}\n', "The file is one object with 'id', 'name'."),
        ('{"id":1}\n'.encode("utf-16"), "The file is UTF-16; JSON is UTF-8."),
    ],
)
def test_a_file_without_records_is_refused(read, content, message):
    with pytest.raises(FileRefusedError) as refused:
        read(content)

    assert refused.value.message.startswith(message)
    assert refused.value.remedy.endswith(".")


@pytest.mark.parametrize(
    "content",
    ['{"items":{"id":1}}', '{"items":"text"}', '{"items":null}', '{"other":[]}', '[{"id":1}]', "1"],
)
def test_a_file_without_the_list_that_the_feed_names_is_refused(read, content):
    with pytest.raises(FileRefusedError) as refused:
        read(content, records="items")

    assert refused.value.message == "The file has no list at 'items'."


def test_a_list_that_is_too_large_is_refused_in_favour_of_lines(read, monkeypatch):
    monkeypatch.setattr(json_file, "LARGEST_LIST", 10)

    with pytest.raises(FileRefusedError, match="one record a line"):
        read('[{"id":1},{"id":2}]')


def test_keys_that_stand_where_names_belong_are_refused(read):
    text = "".join(f'{{"id-{number}":1}}\n' for number in range(16_385))

    with pytest.raises(FileRefusedError, match="more than 16,384 different members"):
        read(text)


@pytest.mark.parametrize("ending", ['"}\n', ""], ids=["closed", "never closed"])
def test_a_value_of_50_mb_costs_its_line_in_bounded_memory(tmp_path, ending):
    path = tmp_path / "feed.jsonl"
    path.write_text('{"id":1}\n{"id":2}\n{"id":"' + "x" * (50 << 20) + ending)
    tracemalloc.start()

    blocks = list(read_json(path, {}).blocks)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [number for block in blocks for number in block.numbers] == [1, 2]
    (problem,) = [problem for block in blocks for problem in block.problems]
    assert problem.message == "Line 3 cannot be read: it is longer than 4,000,000 bytes."
    assert peak < 64 << 20


def test_records_come_in_blocks(tmp_path):
    path = tmp_path / "feed.jsonl"
    path.write_text('{"id":1}\n' * (BLOCK_ROWS + 1))

    assert [len(block) for block in read_json(path, {}).blocks] == [BLOCK_ROWS, 1]
