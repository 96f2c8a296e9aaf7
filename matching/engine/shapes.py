"""Parsing by shape: texts that differ only in words that say nothing to a parser are parsed once.

"Stan Creek Inc" and "Luna Park Inc" have one shape: two names and "inc". Of each shape the parser
reads one specimen, in which stand-ins take the place of the words that it does not know; where
they come out is where each text's own words belong. Texts without a shape are parsed themselves.
"""

from collections.abc import Sequence, Sized
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.engine.arrays import MISSING, Codes, Ints, Mask
from matching.engine.forms import Form, Parse
from matching.engine.grammars import BETWEEN_PARTS, MOST_WORDS, NO_WORD, Grammar, Kinds
from matching.engine.texts import Bytes, closed, counted, first_bytes, mask_of, mostly_ascii, opened
from mdm.standardise.text import clean, fold


class Filled(NamedTuple):
    """`places[i, j]` says where in `texts` slot i of the forms of text j stands, -1: it has none.

    A text that is not `shaped` has still to be parsed by itself.
    """

    texts: pa.StringArray
    places: Codes
    shaped: Mask


def filled(
    parse: Parse, grammar: Grammar, forms: tuple[Form, ...], parts: Sequence[pa.StringArray]
) -> Filled:
    """The forms of texts, all of which `forms` parse alike; a text may have several parts."""
    usual = np.all([_usual(grammar, part) for part in parts], axis=0)
    words = _words(grammar, _joined(parts), usual)
    folded = mostly_ascii(pc.ascii_lower, _folded)(words.distinct)
    spelt = grammar.spelt(folded)
    kinds = grammar.kinds(words.distinct, folded, spelt)
    shapes, shape_of, shaped = _shapes(words, kinds, usual)
    found = [template_of(parse, grammar, forms, shape) for shape in shapes]
    shaped &= np.array([template is not None for template in found], np.bool_)[shape_of]
    nothing = _Template((), (MISSING,) * sum(form.width for form in forms))
    templates = [template or nothing for template in found]
    texts, first = _texts(templates, shape_of, words, spelt)
    places, constants = _places(templates, shape_of, first, len(texts))
    places[:, ~shaped] = MISSING
    return Filled(pa.concat_arrays([texts, constants]), places, shaped)


# Texts to words.


class _Words(NamedTuple):
    """Words `first[i]` to `first[i] + counts[i]` are those of text i, as codes of `distinct`."""

    first: Codes
    counts: Codes
    codes: Codes
    distinct: pa.StringArray


def _usual(grammar: Grammar, part: pa.StringArray) -> Mask:
    unusual = pc.match_substring_regex(part, grammar.unusual, ignore_case=True)
    return ~mask_of(pc.fill_null(unusual, False))


def _joined(parts: Sequence[pa.StringArray]) -> pa.StringArray:
    held = [pc.fill_null(part, "") for part in parts]
    return pc.binary_join_element_wise(*held, BETWEEN_PARTS) if len(held) > 1 else held[0]


def _words(grammar: Grammar, texts: pa.StringArray, usual: Mask) -> _Words:
    """The words of the usual texts; ASCII that is no letter and no digit parts them."""
    texts = pc.if_else(pa.array(usual), texts, "")
    if grammar.passed_over:
        texts = pc.replace_substring_regex(texts, grammar.passed_over, "")
    places, letters = opened(texts)
    begins, held = _beginnings(places, letters, grammar.marks)
    before = counted(begins)[places]
    ends = np.append(np.flatnonzero(begins[held]), np.count_nonzero(held)).astype(np.int32)
    encoded = closed(ends, letters[held]).dictionary_encode()
    return _Words(before[:-1], np.diff(before), encoded.indices.to_numpy(), encoded.dictionary)


def _beginnings(places: Codes, letters: Bytes, marks: str) -> tuple[Mask, Mask]:
    """Which bytes begin a word, and which are part of one."""
    in_word = _IN_WORD[letters]
    begins = in_word.copy()
    begins[1:] &= ~in_word[:-1]
    begins |= in_word & first_bytes(places, len(letters))
    for mark in (BETWEEN_PARTS, *marks):
        by_itself = letters == ord(mark)
        begins |= by_itself
        in_word |= by_itself
    return begins, in_word


_IN_WORD = np.array([byte > 127 or chr(byte).isalnum() for byte in range(256)])


def _folded(word: str) -> str:
    """A word that is not ASCII, folded; "" if cleaning changes it, as it may become several."""
    return fold(word) if clean(word) == word else ""


# Words to shapes.


def _shapes(words: _Words, kinds: Kinds, usual: Mask) -> tuple[list[bytes], Codes, Mask]:
    """The distinct shapes, which of them each text has, and which texts have one at all.

    A shape is the kinds of a text's words, as bytes.
    """
    kind_of = kinds[words.codes]
    text_of = np.repeat(np.arange(len(usual)), words.counts)
    shaped = usual & (words.counts <= MOST_WORDS)
    shaped[text_of[kind_of == NO_WORD]] = False
    rows = np.zeros((len(usual), MOST_WORDS), np.uint16)
    filled = np.arange(MOST_WORDS) < np.where(shaped, words.counts, 0)[:, None]
    rows[filled] = kind_of[shaped[text_of]]
    as_bytes = pa.binary(MOST_WORDS * rows.itemsize)
    shapes = pa.Array.from_buffers(as_bytes, len(rows), [None, pa.py_buffer(rows)])
    encoded = shapes.dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy(), shaped


# Shapes to templates.

_Piece = int | str  # a word of the text, by its place, or a word that the parser put there
_Phrase = tuple[_Piece, ...]


class _Template(NamedTuple):
    """The forms of texts of one shape.

    Each slot has one of `phrases`, by its number, or words that all such texts have, or none, -1.
    """

    phrases: tuple[_Phrase, ...]
    places: tuple[int | str, ...]


@lru_cache(maxsize=100_000)
def template_of(
    parse: Parse, grammar: Grammar, forms: tuple[Form, ...], shape: bytes
) -> _Template | None:
    """What comes out for one shape; None when words come out otherwise than they went in."""
    specimen = grammar.specimen(np.frombuffer(shape, np.uint16).tolist())
    parsed = parse(*specimen.parts)
    picked = [text for form in forms for text in form.unfinished(parsed)]
    phrases: dict[_Phrase, int] = {}
    places: dict[str | None, int | str] = {}
    for text in dict.fromkeys(picked):
        words = (text or "").split()
        phrase = tuple([specimen.place_of.get(word, word) for word in words])
        if any(isinstance(piece, str) and specimen.spoils(piece) for piece in phrase):
            return None
        if not phrase:
            places[text] = MISSING
        elif specimen.place_of.keys().isdisjoint(words):
            places[text] = text or ""
        else:
            places[text] = phrases.setdefault(phrase, len(phrases))
    return _Template(tuple(phrases), tuple(places[text] for text in picked))


# Templates to texts.


def _texts(
    templates: Sequence[_Template], shape_of: Codes, words: _Words, spelt: pa.StringArray
) -> tuple[pa.StringArray, Codes]:
    """The phrases of all texts with their own words in place; where those of each text begin."""
    phrases = [phrase for template in templates for phrase in template.phrases]
    constants: dict[str, int] = {}
    pieces = np.array(
        [
            piece if isinstance(piece, int) else ~_index(piece, constants)
            for phrase in phrases
            for piece in phrase
        ],
        np.int64,
    )
    lengths, held = _sizes(phrases), _sizes([template.phrases for template in templates])
    count = held[shape_of]
    phrase = _spans((np.cumsum(held) - held)[shape_of], count)
    length = lengths[phrase]
    piece = pieces[_spans((np.cumsum(lengths) - lengths)[phrase], length)]
    own = np.flatnonzero(piece >= 0)
    first_word = np.repeat(np.repeat(words.first, count), length)
    chosen = len(spelt) + ~piece
    chosen[own] = words.codes[first_word[own] + piece[own]]
    vocabulary = pa.concat_arrays([spelt, pa.array(list(constants), pa.string())])
    ends = np.append(0, np.cumsum(length)).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(ends), vocabulary.take(pa.array(chosen)))
    return pc.binary_join(lists, " "), (np.cumsum(count) - count).astype(np.int32)


def _index(text: str, known: dict[str, int]) -> int:
    return known.setdefault(text, len(known))


def _sizes(lists: Sequence[Sized]) -> Ints:
    return np.array([len(each) for each in lists], np.int64)


def _spans(first: Ints, counts: Ints) -> Ints:
    """`counts[i]` numbers from `first[i]` on, for each i in turn."""
    ends = np.cumsum(counts)
    return np.arange(counts.sum()) + np.repeat(first - ends + counts, counts)


def _places(
    templates: Sequence[_Template], shape_of: Codes, first: Codes, behind: int
) -> tuple[Codes, pa.StringArray]:
    """Where each slot's text stands: among the text's own phrases or, `behind` all, a constant."""
    constants: dict[str, int] = {}
    first_constant = MISSING - 1  # they count downwards
    of_shape = [
        place if isinstance(place, int) else first_constant - _index(place, constants)
        for template in templates
        for place in template.places
    ]
    within = np.array(of_shape, np.int32).reshape(len(templates), -1).T[:, shape_of]
    own = np.where(within == MISSING, MISSING, within + first)
    places = np.where(within < MISSING, behind + first_constant - within, own).astype(np.int32)
    return places, pa.array(list(constants), pa.string())
