"""Parsing by shape: texts that differ only in words that say nothing to a parser are parsed once.

"Stan Creek Inc" and "Luna Park Inc" have one shape: two names and "inc". Of each shape the parser
reads one specimen, in which stand-ins take the place of the words that it does not know; where
they come out is where each text's own words belong. Texts without a shape are parsed themselves.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.engine.arrays import MISSING, Codes, Mask
from matching.engine.distinct import first_equal
from matching.engine.forms import Form, Parse
from matching.engine.grammars import BETWEEN_PARTS, MOST_WORDS, NO_WORD, Grammar, Kinds
from matching.engine.phrases import (
    Phrases,
    Spelt,
    ends_of,
    joined,
    put_together,
    sizes,
    spans,
)
from matching.engine.texts import Bytes, closed, counted, first_bytes, mask_of, mostly_ascii, opened
from matching.engine.threads import side_by_side
from mdm.standardise.text import clean, fold

_BATCH = 125_000  # texts that a thread splits into words in one go


class Filled(NamedTuple):
    """`places[i, j]` says which of `texts` slot i of the forms of text j has, -1: it has none.

    No two of `texts` are equal. A text that is not `shaped` has still to be parsed by itself.
    """

    texts: pa.StringArray
    places: Codes
    shaped: Mask


def filled(
    parse: Parse, grammar: Grammar, forms: tuple[Form, ...], parts: Sequence[pa.StringArray]
) -> Filled:
    """The forms of texts, all of which `forms` parse alike; a text may have several parts."""
    words = _words(grammar, parts)
    shapes, shape_of, shaped = _shapes(words)
    found = [template_of(parse, grammar, forms, shape) for shape in shapes]
    shaped &= np.array([template is not None for template in found], np.bool_)[shape_of]
    nothing = _Template((), (MISSING,) * sum(form.width for form in forms))
    templates = [*(template or nothing for template in found), nothing]
    shape_of = np.where(shaped, shape_of, len(found))
    phrases, vocabulary = _phrases(templates, shape_of, words)
    first = first_equal(Spelt(phrases, vocabulary))
    is_first = first == np.arange(len(first))
    codes = counted(is_first)[first]
    texts = put_together(phrases.take(np.flatnonzero(is_first)), vocabulary)
    return Filled(texts, _places(templates, shape_of, codes), shaped)


# Texts to words.


class _Words(NamedTuple):
    """Words `ends[i]` to `ends[i + 1]` of `codes` are those of text i, if it is `usual`.

    A code says how the word is spelt in the forms, and of which kind it is.
    """

    usual: Mask
    ends: Codes
    codes: Codes
    spelt: pa.StringArray
    kinds: Kinds


def _words(grammar: Grammar, parts: Sequence[pa.StringArray]) -> _Words:
    batches = side_by_side(
        lambda start: _split(grammar, [part.slice(start, _BATCH) for part in parts]),
        range(0, len(parts[0]), _BATCH),
    )
    before = ends_of(sizes([batch.spelt for batch in batches]))
    return _Words(
        np.concatenate([batch.usual for batch in batches]),
        ends_of(np.concatenate([np.diff(batch.ends) for batch in batches])),
        np.concatenate([batch.codes + held for batch, held in zip(batches, before, strict=False)]),
        pa.concat_arrays([batch.spelt for batch in batches]),
        np.concatenate([batch.kinds for batch in batches]),
    )


def _usual(grammar: Grammar, part: pa.StringArray) -> Mask:
    unusual = pc.match_substring_regex(part, grammar.unusual, ignore_case=True)
    return ~mask_of(pc.fill_null(unusual, False))


def _joined(parts: Sequence[pa.StringArray]) -> pa.StringArray:
    held = [pc.fill_null(part, "") for part in parts]
    return pc.binary_join_element_wise(*held, BETWEEN_PARTS) if len(held) > 1 else held[0]


def _split(grammar: Grammar, parts: Sequence[pa.StringArray]) -> _Words:
    """The words of texts; ASCII that is no letter and no digit parts them."""
    usual = np.all([_usual(grammar, part) for part in parts], axis=0)
    texts = pc.if_else(pa.array(usual), _joined(parts), "")
    if grammar.passed_over:
        texts = pc.replace_substring_regex(texts, grammar.passed_over, "")
    places, letters = opened(texts)
    begins, held = _beginnings(places, letters, grammar.marks)
    ends = np.append(np.flatnonzero(begins[held]), np.count_nonzero(held)).astype(np.int32)
    words = closed(ends, letters[held]).dictionary_encode()
    folded = mostly_ascii(pc.ascii_lower, _folded)(words.dictionary)
    spelt = grammar.spelt(folded)
    kinds = grammar.kinds(words.dictionary, folded, spelt)
    return _Words(usual, counted(begins)[places], words.indices.to_numpy(), spelt, kinds)


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


def _shapes(words: _Words) -> tuple[list[bytes], Codes, Mask]:
    """The distinct shapes, which of them each text has, and which texts have one at all.

    A shape is the kinds of a text's words, as bytes.
    """
    kind_of = words.kinds[words.codes]
    counts = np.diff(words.ends)
    text_of = np.repeat(np.arange(len(counts)), counts)
    shaped = words.usual & (counts <= MOST_WORDS)
    shaped[text_of[kind_of == NO_WORD]] = False
    rows = np.zeros((len(counts), MOST_WORDS), np.uint16)
    filled = np.arange(MOST_WORDS) < np.where(shaped, counts, 0)[:, None]
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

    Each slot has one of `phrases`, by its number, or none, -1, or what all such texts have.
    """

    phrases: tuple[_Phrase, ...]
    places: tuple[int | _Phrase, ...]


@lru_cache(maxsize=100_000)
def template_of(
    parse: Parse, grammar: Grammar, forms: tuple[Form, ...], shape: bytes
) -> _Template | None:
    """What comes out for one shape; None when words come out otherwise than they went in."""
    specimen = grammar.specimen(np.frombuffer(shape, np.uint16).tolist())
    parsed = parse(*specimen.parts)
    picked = [text or "" for form in forms for text in form.unfinished(parsed)]
    places: dict[str, int | _Phrase] = {"": MISSING}
    phrases: list[_Phrase] = []
    for text in dict.fromkeys(picked):
        words = text.split()
        phrase = tuple([specimen.place_of.get(word, word) for word in words])
        if text != " ".join(words) or any(map(specimen.spoils, phrase)):
            return None
        if not specimen.place_of.keys().isdisjoint(words):
            places[text] = len(phrases)
            phrases.append(phrase)
        elif words:
            places[text] = phrase
    return _Template(tuple(phrases), tuple([places[text] for text in picked]))


# Templates to phrases.


def _phrases(
    templates: Sequence[_Template], shape_of: Codes, words: _Words
) -> tuple[Phrases, pa.StringArray]:
    """The phrases of all texts, then those that are the same for all of a shape; their words."""
    put: dict[str, int] = {}
    own = _coded([phrase for template in templates for phrase in template.phrases], put)
    fixed = _coded(_fixed(templates), put)
    vocabulary = pa.concat_arrays([words.spelt, pa.array(list(put), pa.string())])
    counts = sizes([template.phrases for template in templates])
    first = ends_of(counts)

    def of_texts(start: int) -> Phrases:
        shapes = shape_of[start : start + _BATCH]
        ends, pieces = own.take(spans(first[shapes], counts[shapes]))
        before = np.repeat(words.ends[start : start + len(shapes)], counts[shapes])
        place = np.repeat(before, np.diff(ends)) + pieces
        return Phrases(ends, np.where(pieces < 0, len(words.spelt) + ~pieces, words.codes[place]))

    of_all = Phrases(fixed.ends, len(words.spelt) + ~fixed.words)
    batches = side_by_side(of_texts, range(0, len(shape_of), _BATCH))
    return joined([*batches, of_all]), vocabulary


def _fixed(templates: Sequence[_Template]) -> list[_Phrase]:
    places = dict.fromkeys(place for template in templates for place in template.places)
    return [place for place in places if isinstance(place, tuple)]


def _coded(phrases: Sequence[_Phrase], put: dict[str, int]) -> Phrases:
    """Phrases of the places of words; words that the parser put there count down from -1."""
    pieces = [
        piece if isinstance(piece, int) else ~put.setdefault(piece, len(put))
        for phrase in phrases
        for piece in phrase
    ]
    return Phrases(ends_of(sizes(phrases)), np.array(pieces, np.int32))


def _places(templates: Sequence[_Template], shape_of: Codes, codes: Codes) -> Codes:
    """The code of the phrase in each slot of each text; `codes` are those of `_phrases`."""
    fixed = {phrase: -2 - place for place, phrase in enumerate(reversed(_fixed(templates)))}
    places = [
        [place if isinstance(place, int) else fixed[place] for place in template.places]
        for template in templates
    ]
    within = np.array(places, np.int32).T
    table = np.append(codes, np.int32(MISSING))  # its last, of place -1
    first = ends_of(sizes([template.phrases for template in templates])[shape_of])

    def of_texts(start: int) -> Codes:
        held = within[:, shape_of[start : start + _BATCH]]
        own = held + first[start : start + held.shape[1]]
        return table[np.where(held < 0, held, own)]

    return np.concatenate(side_by_side(of_texts, range(0, len(shape_of), _BATCH)), axis=1)
