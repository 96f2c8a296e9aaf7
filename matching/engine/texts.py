"""Whole columns of text at once: what functions of one text do, done to a million in Arrow.

Each function gives exactly what its counterpart gives for a single text, which the tests hold them
to. Texts that are not ASCII are left to the counterpart.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from matching.engine.arrays import Codes, Ints, Mask
from matching.engine.compiled import compiled
from mdm.standardise.person import HEARD, SAME_SOUND, SILENT, sound
from mdm.standardise.text import words

Bytes = npt.NDArray[np.uint8]
One = Callable[[str], str]
Many = Callable[[pa.StringArray], pa.StringArray]

_LETTERS_OF_SOUND = 12, 6  # of a name that are listened to, of a sound that are kept


def mask_of(found: pa.BooleanArray) -> Mask:
    """Arrow's booleans, none of them missing, as numpy's."""
    mask: Mask = found.to_numpy(zero_copy_only=False)
    return mask


def opened(texts: pa.StringArray) -> tuple[Codes, Bytes]:
    """Where each text begins and ends in the bytes of all, and the bytes."""
    _, ends, letters = texts.buffers()
    places = np.frombuffer(ends, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    held = np.frombuffer(letters, np.uint8) if letters else np.zeros(0, np.uint8)
    return places - places[0], held[places[0] : places[-1]]


def closed(places: Codes, letters: Bytes) -> pa.StringArray:
    """Texts from what `opened` gives."""
    ends = pa.py_buffer(places)
    held = pa.py_buffer(np.ascontiguousarray(letters))
    return pa.StringArray.from_buffers(len(places) - 1, ends, held)


def only(marked: Mask, texts: pa.StringArray) -> pa.StringArray:
    """Texts without the bytes that are not marked."""
    return _rewritten(texts, _keep, marked)


def _rewritten(
    texts: pa.StringArray, loop: Callable[..., None], *tables: Bytes | Mask
) -> pa.StringArray:
    """What a loop makes of opened texts, none of which it makes longer."""
    places, letters = opened(texts)
    ends, made = np.zeros_like(places), np.empty_like(letters)
    loop(places, letters, *tables, ends, made)
    return closed(ends, made[: ends[-1]])


@compiled
def _keep(places: Codes, letters: Bytes, marked: Mask, ends: Codes, kept: Bytes) -> None:
    end = 0
    for text in range(len(places) - 1):
        for place in range(places[text], places[text + 1]):
            kept[end] = letters[place]
            end += marked[letters[place]]
        ends[text + 1] = end


def mostly_ascii(of_ascii: Many, one: One) -> Many:
    """`of_ascii` for the texts that are ASCII, `one` for each of the others."""
    return _mostly(pc.string_is_ascii, of_ascii, one)


def mostly_like(pattern: str, of_those: Many, one: One) -> Many:
    """`of_those` for the texts that match, `one` for each of the others."""
    return _mostly(lambda texts: pc.match_substring_regex(texts, pattern), of_those, one)


def mostly_unlike(pattern: str, of_those: Many, one: One) -> Many:
    """`of_those` for the texts that do not match, `one` for each of the others."""
    return _mostly(lambda texts: pc.invert(pc.match_substring_regex(texts, pattern)), of_those, one)


def _mostly(is_plain: Callable[[pa.StringArray], pa.BooleanArray], plain: Many, one: One) -> Many:
    def many(texts: pa.StringArray) -> pa.StringArray:
        held = is_plain(texts)
        if not len(texts) or pc.all(held).as_py():
            return plain(texts)
        others = pc.invert(held)
        made = plain(pc.if_else(held, texts, ""))
        rest = [one(text) for text in texts.filter(others).to_pylist()]
        return pc.replace_with_mask(made, others, pa.array(rest, pa.string()))

    return many


def together(text: str) -> str:
    """The folded letters and digits of a text, nothing between them."""
    return "".join(words(text))


def in_order(text: str) -> str:
    """The words of a text in alphabetical order."""
    return " ".join(sorted(text.split(" ")))


def unspaced(text: str) -> str:
    """A text without its spaces."""
    return text.replace(" ", "")


def brief_sound(text: str) -> str:
    """How the beginning of a folded name sounds, its spaces passed over."""
    heard, said = _LETTERS_OF_SOUND
    return sound(unspaced(text)[:heard])[:said]


def _all_together(texts: pa.StringArray) -> pa.StringArray:
    return only(_LETTER_OR_DIGIT, pc.ascii_lower(texts))


def all_in_order(texts: pa.StringArray) -> pa.StringArray:
    """The words of each text in alphabetical order."""
    places, letters = opened(texts)
    ordered = np.empty_like(letters)
    words = np.empty(int(np.diff(places).max(initial=0)) + 1, np.int64)
    _put_in_order(places, letters, words, ordered)
    return closed(places, ordered)


@compiled
def _put_in_order(places: Codes, letters: Bytes, words: Ints, ordered: Bytes) -> None:
    """`words` has room for where each word of any text begins."""
    for text in range(len(places) - 1):
        begin, end = places[text], places[text + 1]
        words[0] = begin
        count = 1
        for place in range(begin, end):
            if letters[place] == _SPACE:
                words[count] = place + 1
                count += 1
        for word in range(1, count):  # each is put among those before it
            start = words[word]
            at = word
            while at:
                before, own = words[at - 1], start
                while own < end and letters[own] != _SPACE and letters[own] == letters[before]:
                    own += 1
                    before += 1
                is_over = own == end or letters[own] == _SPACE
                if letters[before] == _SPACE or not (is_over or letters[own] < letters[before]):
                    break
                words[at] = words[at - 1]
                at -= 1
            words[at] = start
        at = begin
        for word in range(count):
            place = words[word]
            while place < end and letters[place] != _SPACE:
                ordered[at] = letters[place]
                place += 1
                at += 1
            if word < count - 1:
                ordered[at] = _SPACE
                at += 1


def all_unspaced(texts: pa.StringArray) -> pa.StringArray:
    """Each text without its spaces."""
    return only(_NO_SPACE, texts)


def _all_sounds(texts: pa.StringArray) -> pa.StringArray:
    for written, heard in HEARD:
        texts = pc.replace_substring(texts, written, heard)
    return _rewritten(texts, _listen, _SOUND_OF, _SILENT)


@compiled
def _listen(
    places: Codes, letters: Bytes, sound_of: Bytes, silent: Mask, ends: Codes, kept: Bytes
) -> None:
    """Keeps what is not silent, and what each text begins with; of equal neighbours one."""
    end = 0
    for text in range(len(places) - 1):
        begin = end
        for place in range(places[text], places[text + 1]):
            said = sound_of[letters[place]]
            if end == begin or not (silent[said] or said == kept[end - 1]):
                kept[end] = said
                end += 1
        ends[text + 1] = end


def _all_brief_sounds(texts: pa.StringArray) -> pa.StringArray:
    heard, said = _LETTERS_OF_SOUND
    beginning = pc.utf8_slice_codeunits(all_unspaced(texts), 0, heard)
    return pc.utf8_slice_codeunits(_all_sounds(beginning), 0, said)


def _marked(letters: str) -> Mask:
    marked = np.zeros(256, np.bool_)
    marked[[ord(letter) for letter in letters]] = True
    return marked


_SPACE = ord(" ")
_NO_SPACE = ~_marked(" ")
_LETTER_OR_DIGIT = _marked("abcdefghijklmnopqrstuvwxyz0123456789")
_SILENT = _marked(SILENT)
_SOUND_OF = np.frombuffer("".join(map(chr, range(128))).translate(SAME_SOUND).encode(), np.uint8)


class Finish(NamedTuple):
    """A last step of a comparison form, for one text and for many."""

    one: One
    many: Many


def first_letters(count: int) -> Finish:
    """The first of the folded letters and digits of a text."""
    return Finish(
        lambda text: together(text)[:count],
        lambda texts: pc.utf8_slice_codeunits(all_together(texts), 0, count),
    )


all_together = mostly_ascii(_all_together, together)
TOGETHER = Finish(together, all_together)
UNSPACED = Finish(unspaced, all_unspaced)
IN_ORDER = Finish(in_order, all_in_order)
INITIAL = Finish(lambda text: text[:1], lambda texts: pc.utf8_slice_codeunits(texts, 0, 1))
SOUND = Finish(sound, mostly_ascii(_all_sounds, sound))
BRIEF_SOUND = Finish(brief_sound, mostly_ascii(_all_brief_sounds, brief_sound))


# Texts from several columns.


def all_spaced(parts: Sequence[pa.StringArray]) -> pa.StringArray:
    """What there is of the parts, spaces between them."""
    if len(parts) == 1:
        return parts[0]
    nothing = reduce(pc.and_, map(pc.is_null, parts))
    first = pc.if_else(nothing, "", parts[0])  # else Arrow would leave the row out
    return pc.binary_join_element_wise(first, *parts[1:], " ", null_handling="skip")


def all_words(parts: Sequence[pa.StringArray]) -> pa.StringArray:
    """The folded words of all parts, spaces between them."""
    return _all_words(all_spaced([pc.fill_null(part, "") for part in parts]))


def _ascii_words(texts: pa.StringArray) -> pa.StringArray:
    return _rewritten(pc.ascii_lower(texts), _space_out, _LETTER_OR_DIGIT)


@compiled
def _space_out(places: Codes, letters: Bytes, in_word: Mask, ends: Codes, spaced: Bytes) -> None:
    """Puts one space wherever there is something between two words."""
    end = 0
    for text in range(len(places) - 1):
        begin = end
        for place in range(places[text], places[text + 1]):
            if in_word[letters[place]]:
                if end > begin and not in_word[letters[place - 1]]:
                    spaced[end] = _SPACE
                    end += 1
                spaced[end] = letters[place]
                end += 1
        ends[text + 1] = end


_all_words = mostly_ascii(_ascii_words, lambda text: " ".join(words(text)))


def all_paired(parts: Sequence[pa.StringArray]) -> pa.StringArray:
    """The letters and digits of all parts; nothing where a part is missing."""
    held = [pc.if_else(pc.equal(part, ""), None, part) for part in parts]
    made = [
        pc.if_else(pc.is_valid(part), all_together(pc.fill_null(part, "")), None) for part in held
    ]
    return pc.binary_join_element_wise(*made, "\x1f")
