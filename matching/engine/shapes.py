"""Parsing by shape: texts that differ only in words that say nothing to a parser are parsed once.

"Stan Creek Inc" and "Luna Park Inc" have one shape: two names and "inc". Of each shape the parser
reads one specimen, in which stand-ins take the place of the words that it does not know; where
they come out is where each text's own words belong. Texts without a shape are parsed themselves.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.engine.arrays import MISSING, Codes, Mask
from matching.engine.compiled import compiled
from matching.engine.distinct import spans_apart
from matching.engine.forms import Form, Parse
from matching.engine.grammars import BETWEEN_PARTS, MOST_WORDS, NO_WORD, Grammar, Kinds
from matching.engine.phrases import Phrase, Template, Worded, placed
from matching.engine.texts import Bytes, closed, mask_of, mostly_ascii, opened
from mdm.standardise.text import clean, fold


class Filled(NamedTuple):
    """`places[i, j]` says which of `texts` slot i of the forms of text j has, -1, it has none.

    No two of `texts` are equal. A text that is not `shaped` has still to be parsed by itself.
    """

    texts: pa.StringArray
    places: Codes
    shaped: Mask


def filled(
    parse: Parse, grammar: Grammar, forms: tuple[Form, ...], parts: Sequence[pa.StringArray]
) -> Filled:
    """The forms of texts, all of which `forms` parse alike; a text may have several parts."""
    usual = np.all([_usual(grammar, part) for part in parts], axis=0)
    words, kinds = _words(grammar, _joined(parts), usual)
    shape_of, ends, shapes = spans_apart(words.ends, kinds[words.codes])
    found = [
        template_of(parse, grammar, forms, shapes[begin:end].tobytes())
        for begin, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    ]
    shaped = usual & np.array([template is not None for template in found], np.bool_)[shape_of]
    nothing = Template((), (MISSING,) * sum(form.width for form in forms))
    templates = [*(template or nothing for template in found), nothing]
    made = placed(templates, np.where(shaped, shape_of, np.int32(len(found))), words)
    return Filled(made.texts, made.places, shaped)


# Texts to words.


def _usual(grammar: Grammar, part: pa.StringArray) -> Mask:
    unusual = pc.match_substring_regex(part, grammar.unusual, ignore_case=True)
    return ~mask_of(pc.fill_null(unusual, False))


def _joined(parts: Sequence[pa.StringArray]) -> pa.StringArray:
    held = [pc.fill_null(part, "") for part in parts]
    return pc.binary_join_element_wise(*held, BETWEEN_PARTS) if len(held) > 1 else held[0]


def _words(grammar: Grammar, texts: pa.StringArray, usual: Mask) -> tuple[Worded, Kinds]:
    """The words of the usual texts, and of which kind each is by its code."""
    places, letters = opened(_without_accented(grammar.passed_over, texts))
    ends, held = np.zeros_like(places), np.empty_like(letters)
    word_ends = np.zeros(len(letters) + 1, np.int32)
    _split(places, letters, usual, _roles(grammar), ends, word_ends, held)
    codes, of_distinct, kept = spans_apart(word_ends[: ends[-1] + 1], held)
    distinct = closed(of_distinct, kept)
    folded = mostly_ascii(pc.ascii_lower, _folded)(distinct)
    spelt = grammar.spelt(folded)
    return Worded(ends, codes, spelt), grammar.kinds(distinct, folded, spelt)


def _without_accented(passed_over: str, texts: pa.StringArray) -> pa.StringArray:
    """Texts without what is passed over, where they have more than ASCII."""
    others = pc.invert(pc.string_is_ascii(texts))
    if not passed_over or not pc.any(others).as_py():
        return texts
    rest = pc.replace_substring_regex(texts.filter(others), passed_over, "")
    return pc.replace_with_mask(texts, others, rest)


_PARTS_WORDS, _IN_WORD, _BY_ITSELF, _PASSED_OVER = range(4)


def _roles(grammar: Grammar) -> Bytes:
    """What each byte is: ASCII that is no letter and no digit parts words, if nothing else."""
    roles = np.array([byte > 127 or chr(byte).isalnum() for byte in range(256)], np.uint8)
    roles[[ord(mark) for mark in (BETWEEN_PARTS, *grammar.marks)]] = _BY_ITSELF
    passed_over = [byte for byte in range(128) if re.fullmatch(grammar.passed_over, chr(byte))]
    roles[passed_over] = _PASSED_OVER
    return roles


@compiled
def _split(
    places: Codes,
    letters: Bytes,
    usual: Mask,
    roles: Bytes,
    ends: Codes,
    word_ends: Codes,
    held: Bytes,
) -> None:
    """Puts all words of usual texts in a row: how many each text has, where each ends."""
    words = end = 0
    for text in range(len(usual)):
        last = _PARTS_WORDS
        for place in range(places[text], places[text + 1] if usual[text] else places[text]):
            role = roles[letters[place]]
            if role == _PASSED_OVER:
                continue
            if role != _PARTS_WORDS:
                words += last != _IN_WORD or role != _IN_WORD
                held[end] = letters[place]
                end += 1
                word_ends[words] = end
            last = role
        ends[text + 1] = words


def _folded(word: str) -> str:
    """A word that is not ASCII, folded; "" if cleaning changes it, as it may become several."""
    return fold(word) if clean(word) == word else ""


# Shapes to templates.


@lru_cache(maxsize=100_000)
def template_of(
    parse: Parse, grammar: Grammar, forms: tuple[Form, ...], shape: bytes
) -> Template | None:
    """What comes out for one shape, the kinds of a text's words.

    None when words come out otherwise than they went in, and for what has no shape.
    """
    kinds = np.frombuffer(shape, np.uint16).tolist()
    if len(kinds) > MOST_WORDS or NO_WORD in kinds:
        return None
    specimen = grammar.specimen(kinds)
    parsed = parse(*specimen.parts)
    picked = [text or "" for form in forms for text in form.unfinished(parsed)]
    number_of = {"": MISSING}
    phrases: list[Phrase] = []
    for text in dict.fromkeys(picked):
        words = text.split()
        phrase = tuple([specimen.place_of.get(word, word) for word in words])
        if text != " ".join(words) or any(map(specimen.spoils, phrase)):
            return None
        if phrase:
            number_of[text] = len(phrases)
            phrases.append(phrase)
    return Template(tuple(phrases), tuple([number_of[text] for text in picked]))
