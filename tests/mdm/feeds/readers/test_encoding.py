"""Encodings: found by mark, by pattern and by what most lines keep to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.feeds.readers.encoding import find_encoding, text_codec, wide_encoding


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"", "utf-8-sig"),
        (b"id,name\n1,Ann\n", "utf-8-sig"),
        ("id,name\n1,Müller\n".encode(), "utf-8-sig"),
        ("\ufeffid,name\n".encode(), "utf-8-sig"),
        ("id,name\n1,Müller\n".encode("utf-16"), "utf-16"),
        ("\ufeffid,name\n".encode("utf-16-be"), "utf-16"),
        ("id,name\n1,Müller\n".encode("utf-16-le"), "utf-16-le"),
        ("id,name\n1,Müller\n".encode("utf-16-be"), "utf-16-be"),
        ("id,name\n1,Müller\n".encode("utf-32"), "utf-32"),
        ("id,name\n1,Müller\n".encode("cp1252"), "cp1252"),
        ("id,name\n1,René".encode("cp1252"), "cp1252"),
        (b"1,M\xc3\xbcller\n2,Jos\xc3\xa9\n3,Ren\xe9\n", "utf-8-sig"),
        (b"1,M\xfcller\n2,Jos\xe9\n3,Ren\xc3\xa9\n", "cp1252"),
        (b"1,Jos\xc3\xa9\n2,Ren\xe9\n", "cp1252"),
        (("é" * 700_000).encode() + b"\n1,Ren\xe9\n", "utf-8-sig"),
    ],
)
def test_the_encoding_of_a_file_is_found(tmp_path, content, encoding):
    path = tmp_path / "feed.csv"
    path.write_bytes(content)

    assert find_encoding(path) == encoding


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=60))
def test_utf_8_is_never_taken_for_something_else(text):
    assert wide_encoding(text.replace("\x00", "").encode()) is None


@pytest.mark.parametrize(
    "content", [b"\x00", b"a\x00b,c\n1,2\n", b"\x00" * 50, b"SQLite format 3\x00\x10\x00\x01\x01"]
)
def test_stray_zeros_make_no_wide_encoding(content):
    assert wide_encoding(content) is None


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("utf-8", "utf-8-sig"),
        ("UTF8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("windows-1252", "cp1252"),
        ("latin1", "iso8859-1"),
        ("utf-16", "utf-16"),
        ("klingon", None),
        ("base64", None),
        ("rot13", None),
        ("", None),
    ],
)
def test_an_encoding_is_known_by_any_of_its_names(name, codec):
    assert text_codec(name) == codec
