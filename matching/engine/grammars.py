"""What a parser looks at in a text: the words that it knows, and all the others that it does not.

Two words of one kind must make no difference to the parser, but that they come out themselves; the
tests hold every grammar to that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from matching.engine.texts import mask_of, mostly_unlike

Kinds = npt.NDArray[np.uint16]

BETWEEN_PARTS = "\x1f"  # parts a text: what is before it and after it are read as two texts
NOTHING = r"[^\s\S]"
CONTROLS = r"[\x00-\x1f\x7f]"
SPACING_ACCENT = "´"  # cleaning makes it a space, before the parser would pass over it
MOST_WORDS = 12  # in a text that has a shape
NO_WORD, _PARTED, _FIRST_KNOWN = range(3)

_NAMES = ["qz" + "".join(letters) + "z" for letters in product("qx", repeat=4)]
_STAND_INS = (  # for words of letters, numbers, words that begin with a digit, that hold one
    _NAMES,
    [str(9_090_900 + number) for number in range(MOST_WORDS)],
    ["9" + name for name in _NAMES],
    [name + "9" for name in _NAMES],
)
_INVENTED = frozenset(word for words in _STAND_INS for word in words)


class Specimen(NamedTuple):
    """A text of some shape, and the places of its stand-ins among its words."""

    parts: tuple[str | None, ...]
    place_of: dict[str, int]

    def spoils(self, word: str | int) -> bool:
        """Whether `word` came out of the parser as part of a stand-in, or around one."""
        return isinstance(word, str) and any(
            stand_in in word or (word in stand_in and stand_in in _INVENTED)
            for stand_in in self.place_of
        )


@dataclass(frozen=True, eq=False)
class Grammar:
    """What a parser sees.

    It knows each word of `known`, and of those in `cased` whether they are in capitals; the words
    of `alike` are the same to it, and so are all other words of letters, numbers, and words of
    both. `spelling` is how those that it does not know come out, as they are unless `respelt` finds
    them. `marks` are words of a single character, `passed_over` finds what does not part words,
    `unusual` the texts in which the parser sees more than words.
    """

    known: frozenset[str]
    spelling: Callable[[str], str] = str
    respelt: str = "."
    cased: frozenset[str] = frozenset()
    alike: frozenset[str] = frozenset()
    marks: str = ""
    passed_over: str = ""
    unusual: str = CONTROLS
    _known: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_known", tuple(sorted(self.known)))

    def spelt(self, folded: pa.StringArray) -> pa.StringArray:
        """Each folded word as it comes out of the parser if it does not know it."""
        return mostly_unlike(self.respelt, lambda words: words, self.spelling)(folded)

    def kinds(self, words: pa.StringArray, folded: pa.StringArray, spelt: pa.StringArray) -> Kinds:
        """The kind of each word, `NO_WORD` for what is none."""
        known = pc.fill_null(pc.index_in(folded, pa.array(self._known)), -1).to_numpy()
        is_cased = np.array([word in self.cased for word in self._known], np.bool_)[known]
        in_capitals = is_cased & mask_of(pc.equal(words, pc.ascii_upper(folded)))
        first = _FIRST_KNOWN + 2 * len(self._known)
        kinds: Kinds = np.select(
            [
                mask_of(pc.equal(words, BETWEEN_PARTS)),
                known >= 0,
                mask_of(pc.invert(pc.ascii_is_alnum(folded))),
                mask_of(pc.is_in(folded, pa.array(sorted(self.alike), pa.string()))),
                mask_of(pc.ascii_is_alpha(folded)),
                mask_of(pc.ascii_is_decimal(spelt)),
                mask_of(pc.match_substring_regex(spelt, "^[0-9]")),
            ],
            [
                _PARTED,
                _FIRST_KNOWN + 2 * known + in_capitals,
                NO_WORD,
                *(first + len(_STAND_INS), first, first + 1, first + 2),
            ],
            first + 3,
        ).astype(np.uint16)
        return kinds

    def specimen(self, shape: Sequence[int]) -> Specimen:
        """A text whose words are of these kinds."""
        parts: list[list[str]] = [[]]
        place_of: dict[str, int] = {}
        for place, kind in enumerate(shape):
            if kind == _PARTED:
                parts.append([])
            else:
                parts[-1].append(self._word(kind - _FIRST_KNOWN, place, place_of))
        return Specimen(tuple(" ".join(words) or None for words in parts), place_of)

    def _word(self, kind: int, place: int, place_of: dict[str, int]) -> str:
        if kind < 2 * len(self._known):
            word = self._known[kind // 2]
            return word.upper() if kind % 2 else word
        stand_in = self._stand_ins[kind - 2 * len(self._known)][place]
        place_of[stand_in] = place
        return stand_in

    @cached_property
    def _stand_ins(self) -> tuple[Sequence[str], ...]:
        usual = {word for word in self.alike if self.spelling(word) == word}
        return *_STAND_INS, sorted(usual, key=lambda word: (-len(word), word))[:MOST_WORDS]
