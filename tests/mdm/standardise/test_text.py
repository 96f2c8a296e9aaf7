"""Text: what cleaning keeps, what folding makes equal, and what distinct values cost."""

import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.standardise.text import clean, fold, over_distinct, words

any_text = st.text(st.characters(exclude_categories=("Cs",)))


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("", ""),
        ("   ", ""),
        ("  Acme  GmbH ", "Acme GmbH"),
        ("Acme\t\r\nGmbH", "Acme GmbH"),
        ("Acme\xa0GmbH", "Acme GmbH"),
        ("Acme\x85GmbH", "Acme GmbH"),
        ("Acme\u2028GmbH", "Acme GmbH"),
        ("\ufeffAcme", "Acme"),
        ("Ac\x00me", "Acme"),
        ("Ac\u200bme", "Acme"),
        ("Ac\u00adme", "Acme"),
        ("\u2067Acme\u2069", "Acme"),
        ("ＡＣＭＥ", "ACME"),
        ("ﬁrm", "firm"),
        ("Cafe\u0301", "Café"),
        ("e\u200b\u0301", "é"),
        ("株式会社", "株式会社"),
    ],
)
def test_clean_keeps_what_can_be_seen_and_typed(raw, cleaned):
    assert clean(raw) == cleaned


@given(any_text)
def test_cleaning_twice_changes_nothing(text):
    once = clean(text)

    assert clean(once) == once


@given(any_text)
def test_clean_text_has_single_spaces_and_no_control_characters(text):
    cleaned = clean(text)

    assert cleaned == " ".join(cleaned.split())
    assert not any(unicodedata.category(letter) == "Cc" for letter in cleaned)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ACME", "acme"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("STRAẞE", "strasse"),
        ("Æsir", "aesir"),
        ("ǼSIR", "aesir"),
        ("Ǿre", "ore"),
        ("Ħamrun", "hamrun"),
        ("İstanbul", "istanbul"),
        ("ısı", "isi"),
        ("Ångström", "angstrom"),
        ("Αθήνα", "αθηνα"),
        ("Йод", "иод"),
        ("𝐀cme", "acme"),
        ("™", "tm"),
    ],
)
def test_fold_takes_away_case_and_accents(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [("ガ", "カ"), ("ば", "は"), ("क्ष", "कष"), ("ड़", "ड"), ("กุ", "กู"), ("ກຸ", "ກ"), ("བོ", "བ")],
)
def test_fold_keeps_marks_that_make_another_letter(one, other):
    assert fold(one) != fold(other)


@pytest.mark.parametrize("text", ["한국", "บริษัท สุขใจ", "บ้านใหม่", "ສຸກ", "カメラ", "తెలుగు"])
def test_fold_leaves_other_scripts_as_they_are_written(text):
    assert fold(text) == text
    assert fold(unicodedata.normalize("NFD", text)) == text


@given(any_text)
def test_folded_text_is_composed(text):
    assert unicodedata.is_normalized("NFC", fold(text))


@given(any_text)
def test_folding_twice_changes_nothing(text):
    once = fold(text)

    assert fold(once) == once


@given(any_text)
def test_case_makes_no_difference_to_a_folded_latin_text(text):
    latin = "".join(letter for letter in text if letter < "\u0250")

    assert fold(latin.upper()) == fold(latin.lower().upper())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A. O. Smith-Köln, Inc.", ["a", "o", "smith", "koln", "inc"]),
        ("snake_case", ["snake", "case"]),
        ("--", []),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("บริษัท ไทย", ["บริษัท", "ไทย"]),
    ],
)
def test_words_are_folded_and_whole(text, found):
    assert words(text) == found


@given(st.lists(st.integers(0, 9)))
def test_over_distinct_is_a_map_that_calls_once_for_each_distinct_value(values):
    calls = Counter()

    def triple(value):
        calls[value] += 1
        return value * 3

    assert over_distinct(triple, values) == [value * 3 for value in values]
    assert calls == Counter(set(values))


def test_a_million_rows_with_200_000_distinct_phones_cost_200_000_parses():
    phones = [f"+4420{number:08d}" for number in range(200_000)] * 5
    calls = []

    def parse(phone):
        calls.append(phone)
        return phone[1:]

    parsed = over_distinct(parse, phones)

    assert len(phones) == len(parsed) == 1_000_000
    assert len(calls) == 200_000
    assert parsed[-1] == phones[-1][1:]
