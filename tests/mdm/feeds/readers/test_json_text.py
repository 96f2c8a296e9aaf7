"""JSON: read without loss, and laid flat."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.feeds.readers.json_text import DEEPEST, JsonError, flatten, parse_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "1"),
        ("-0", "0"),
        ("1.5", "1.5"),
        ("1.10", "1.1"),
        ("100000.0", "100000.0"),
        ("1e5", "100000.0"),
        ("1e-7", "0.0000001"),
        ("1e22", "10000000000000000000000"),
        ("9007199254740993", "9007199254740993"),
        ("18446744073709551615", "18446744073709551615"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("-123456789012345678901234567890", "-123456789012345678901234567890"),
        ("12345678901234567.89", "12345678901234567.89"),
        ("0.12345678901234567890", "0.12345678901234567890"),
        ("true", "yes"),
        ("false", "no"),
        ("null", None),
        ('""', ""),
        ('"x"', "x"),
        ("[]", []),
        ('[1, "x", null, true]', ["1", "x", None, "yes"]),
        ('[{"a": 1}]', ['{"a":1}']),
        ("[[1, 2]]", ["[1,2]"]),
    ],
)
def test_a_value_becomes_the_text_that_csv_would_have(text, value):
    assert flatten(parse_json(f'{{"a": {text}}}'.encode())) == {"a": value}


@pytest.mark.parametrize(
    ("record", "flat"),
    [
        ({}, {}),
        ({"a": {}}, {}),
        ({"a": {"b": {"c": "1"}}, "d": "2"}, {"a.b.c": "1", "d": "2"}),
        ({"a": {"b": None}}, {"a.b": None}),
    ],
)
def test_nested_members_get_dotted_names(record, flat):
    assert flatten(record) == flat


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":2}',
        '{"a" : 1, "b": 2, "a" : 1}',
        '{"x": 1, "a":{"b":1,"b":2}}',
        '{"x":[{"a":1,"a":2}]}',
        '{"x":[[{"y":{"a":1,"a":2}}]]}',
        '{"a.b":1,"a":{"b":2}}',
        '{"a":{"b":2},"a.b":1}',
        '{"\\u0061":1,"a":2}',
    ],
)
def test_no_member_hides_another_of_its_name(text):
    record = parse_json(text.encode())

    with pytest.raises(JsonError, match=r"it has the member '(a|b|a\.b)' twice"):
        flatten(record)


@pytest.mark.parametrize(
    "text",
    ['{"a":"x\\":","b":"{\\"a\\":1}"}', '{"a":1,"b":{"a":2}}', '[{"a":1},{"a":2}]', '{"a" :\t1}'],
)
def test_a_name_may_occur_again_in_another_object_or_in_a_text(text):
    assert parse_json(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{'a': 1}",
        '{"a": 1,}',
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": 1e400}',
        '{"a": "\\ud800"}',
        '{"a": 01}',
        '{"a": "\t"}',
        '{"a": 1} {"b": 2}',
        "nothing",
    ],
)
def test_what_is_no_json_says_where(text):
    with pytest.raises(JsonError, match=r" at character [\d,]+$"):
        parse_json(text.encode())


def test_bytes_that_are_no_text_are_no_json():
    with pytest.raises(JsonError):
        parse_json(b'{"a": "Ren\xe9"}')


def nested(depth, opening='{"a":', closing="}"):
    return (opening * depth + "1" + closing * depth).encode()


@pytest.mark.parametrize("depth", [DEEPEST + 1, 200, 500, 1_000, 1_020, 5_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [('{"a":', "}"), ('{"a":[', "]}"), ("[", "]")])
def test_deep_nesting_is_refused_without_falling(depth, opening, closing):
    text = b'{"a":' + nested(depth, opening, closing) + b"}"

    with pytest.raises(JsonError, match=r"nests deeper than 32 levels|at character"):
        flatten(parse_json(text))


def test_some_nesting_is_fine():
    assert flatten(parse_json(nested(DEEPEST))) == {".".join("a" * DEEPEST): "1"}


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
documents = st.recursive(
    scalars | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(documents, st.sampled_from([None, 1]), st.sampled_from([(",", ":"), (" , ", " : ")]))
def test_any_json_is_read_as_python_reads_it(document, indent, separators):
    text = json.dumps(document, indent=indent, separators=separators)

    def exact(value):
        if isinstance(value, int) and not isinstance(value, bool) and len(str(value)) > 18:
            return str(value)
        if isinstance(value, list):
            return [exact(each) for each in value]
        if isinstance(value, dict):
            return {name: exact(each) for name, each in value.items()}
        return value

    found = parse_json(text.encode())

    assert exact(found) == exact(document)


@given(st.dictionaries(st.text(max_size=5).filter(lambda name: "." not in name), documents))
def test_a_flat_record_holds_texts_nothing_and_lists_of_them(record):
    flat = flatten(parse_json(json.dumps(record).encode()))

    for value in flat.values():
        for text in value if isinstance(value, list) else [value]:
            assert text is None or isinstance(text, str)
