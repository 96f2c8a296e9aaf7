"""Phrases: what templates make of the words of texts, told apart before it becomes texts."""

from collections.abc import Sequence, Sized
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from matching.engine.arrays import MISSING, Codes
from matching.engine.compiled import compiled
from matching.engine.distinct import spans_apart, told_apart
from matching.engine.texts import Bytes, closed, opened

Piece = int | str  # a word of the text, by its place, or a word that the parser put there
Phrase = tuple[Piece, ...]


class Template(NamedTuple):
    """The forms of texts of one shape: each slot has one of `phrases`, or none, -1."""

    phrases: tuple[Phrase, ...]
    slots: tuple[int, ...]


class Worded(NamedTuple):
    """Texts as words: `ends[i]` to `ends[i + 1]` of `codes` are those of text i.

    `spelt[code]` is how a word is spelt in phrases, without spaces; it may be there twice.
    """

    ends: Codes
    codes: Codes
    spelt: pa.StringArray


class Placed(NamedTuple):
    """`places[i, j]` says which of `texts` slot i of text j has, -1: none; no two are equal."""

    texts: pa.StringArray
    places: Codes


def placed(templates: Sequence[Template], template_of: Codes, texts: Worded) -> Placed:
    """The phrases of texts, each of which has one of the templates, by its number."""
    phrases = [phrase for template in templates for phrase in template.phrases]
    pieces, spelling, vocabulary = _spelt(phrases, texts.spelt)
    first = ends_of(sizes([template.phrases for template in templates]))
    ends = ends_of(sizes(phrases))
    phrases_of, words_of = np.diff(first)[template_of], np.diff(ends[first])[template_of]
    phrase_ends = np.zeros(phrases_of.sum() + 1, np.int32)
    words = np.empty(words_of.sum(), np.int32)
    laid_out = texts.ends, spelling[texts.codes], phrase_ends, words
    _lay_out(template_of, first, ends, pieces, *laid_out)
    codes, of_distinct, kept = spans_apart(phrase_ends, words)
    slots = np.array([template.slots for template in templates], np.int32)
    places = np.empty((slots.shape[1], len(template_of)), np.int32)
    _place(template_of, slots, ends_of(phrases_of), codes, places)
    return Placed(put_together(of_distinct, kept, vocabulary), places)


def _spelt(phrases: Sequence[Phrase], spelt: pa.StringArray) -> tuple[Codes, Codes, pa.StringArray]:
    """The pieces of all phrases; which word of a vocabulary each is that is `spelt`; these words.

    A piece is a place in a text, or ~ the number of a word that the parser put there.
    """
    put = {piece: None for phrase in phrases for piece in phrase if isinstance(piece, str)}
    words = pa.concat_arrays([spelt, pa.array(list(put), pa.string())])
    spelling, vocabulary = told_apart(words)
    number_of = dict(zip(put, spelling[len(spelt) :].tolist(), strict=True))
    pieces = [
        piece if isinstance(piece, int) else ~number_of[piece]
        for phrase in phrases
        for piece in phrase
    ]
    return np.array(pieces, np.int32), spelling, vocabulary


@compiled
def _lay_out(
    template_of: Codes,
    first: Codes,
    ends: Codes,
    pieces: Codes,
    text_ends: Codes,
    numbers: Codes,
    phrase_ends: Codes,
    words: Codes,
) -> None:
    """The words of all phrases of all texts, one after the other, and where each phrase ends."""
    phrase = end = 0
    for text in range(len(template_of)):
        template = template_of[text]
        for each in range(first[template], first[template + 1]):
            for at in range(ends[each], ends[each + 1]):
                piece = pieces[at]
                words[end] = numbers[text_ends[text] + piece] if piece >= 0 else ~piece
                end += 1
            phrase += 1
            phrase_ends[phrase] = end


@compiled
def _place(template_of: Codes, slots: Codes, first: Codes, codes: Codes, places: Codes) -> None:
    """The code of the phrase in each slot of each text; `first` says which are those of a text."""
    for slot in range(len(places)):
        for text in range(len(template_of)):
            phrase = slots[template_of[text], slot]
            places[slot, text] = codes[first[text] + phrase] if phrase >= 0 else MISSING


def put_together(ends: Codes, words: Codes, vocabulary: pa.StringArray) -> pa.StringArray:
    """For each i the words `ends[i]` to `ends[i + 1]` as a text, spaces between them."""
    of_words, letters = opened(vocabulary)
    lengths = np.diff(of_words)
    room = int(lengths[words].sum(dtype=np.int64)) + len(words)
    places, put = np.zeros(len(ends), np.int32), np.empty(room, np.uint8)
    _put_together(ends, words, of_words, letters, places, put)
    return closed(places, put[: places[-1]])


@compiled
def _put_together(
    ends: Codes, words: Codes, of_words: Codes, letters: Bytes, places: Codes, put: Bytes
) -> None:
    end = 0
    for text in range(len(places) - 1):
        for at in range(ends[text], ends[text + 1]):
            if at > ends[text]:
                put[end] = _SPACE
                end += 1
            for place in range(of_words[words[at]], of_words[words[at] + 1]):
                put[end] = letters[place]
                end += 1
        places[text + 1] = end


_SPACE = ord(" ")


def ends_of(lengths: Codes) -> Codes:
    """Where each of the lengths begins when they stand in a row, and where the last one ends."""
    ends = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=ends[1:])
    return ends


def sizes(lists: Sequence[Sized]) -> Codes:
    """How long each of them is."""
    return np.array([len(each) for each in lists], np.int32)
