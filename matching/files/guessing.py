"""Which column of a file means what: as the user says, by its name, by its values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from matching.engine.model import MatchModel
from matching.files.contents import (
    HALF_OF,
    Contents,
    could_be_names,
    misfits,
    recognised,
)
from matching.files.said import Said
from matching.files.targets import FULL_NAME, Target, has_full_names, is_compared
from matching.files.vocabulary import (
    CLEAR,
    NUMBER_BEFORE_STREET,
    OTHERS,
    Phrase,
    phrases_of,
    words_of,
)
from mdm.attribute_types import Text
from mdm.schema import EntityType
from mdm.standardise.reading import Reading

_KEYS = frozenset("id key uid uuid guid pk rowid recordid identifier".split())
_COUNTERS = frozenset("no nr num number row line index seq sequence position".split())
_HOUSE_NUMBERS = frozenset(words_of(name) for name in NUMBER_BEFORE_STREET.split(","))
_EXACT = 100
_SHOWN = 60


class Role(StrEnum):
    """What becomes of a column."""

    EVIDENCE = "compared"
    KEY = "key"
    TRUTH = "truth"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Use:
    """What becomes of one column, as what it is compared, and why."""

    column: str
    role: Role
    reason: str
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    column: str
    target: Target
    score: int
    reason: str
    second_best: bool = False


def guess(
    columns: Mapping[str, Contents],
    type_: EntityType,
    model: MatchModel,
    said: Said,
    reading: Reading,
) -> list[Use]:
    """The use of every column, in the order of the file; what feeds one target in its order."""
    guesser = _Guesser(columns, type_, model, reading)
    guesser.take_said(said)
    guesser.take_keys()
    guesser.take_by_name()
    guesser.take_by_contents()
    guesser.take_main_name()
    return guesser.settled()


class _Guesser:
    """Takes columns one by one, the surest first, until each has its use."""

    def __init__(
        self,
        columns: Mapping[str, Contents],
        type_: EntityType,
        model: MatchModel,
        reading: Reading,
    ) -> None:
        self._contents = columns
        self._columns = list(columns)
        self._type, self._model, self._reading = type_, model, reading
        self._uses: dict[str, Use] = {}
        self._said: set[Target] = set()
        self._spare: set[str] = set()  # called like something that a better column is taken for
        self._remarks: dict[str, str] = {}

    def take_said(self, said: Said) -> None:
        """What the user said about columns."""
        for column, target in said.targets.items():
            if target is None:
                self._put(column, Role.IGNORED, "you said so")
            elif is_compared(target, self._model):
                self._put(column, Role.EVIDENCE, "you said so", target)
                self._said.add(target)
            else:
                self._put(column, Role.IGNORED, self._not_compared(target))
        if said.key:
            self._put(said.key, Role.KEY, "you said so; never compared")
        if said.truth:
            self._put(said.truth, Role.TRUTH, "you said so; never compared")

    def take_keys(self) -> None:
        """Unique columns that are called id or key: comparing them would say nothing."""
        for column in self._open():
            contents = self._contents[column]
            if not contents.sample:
                self._put(column, Role.IGNORED, "it is empty")
            elif contents.is_unique and _is_key(words_of(column)):
                self._put(column, Role.KEY, "called so, and different in every row; never compared")

    def take_by_name(self) -> None:
        """Columns whose name says what they are and whose values do not speak against it."""
        found = list(self._named())
        found.sort(key=lambda each: -self._contents[each.column].richness)
        found.sort(key=lambda each: (each.second_best, -each.score))
        for each in found:
            if each.column in self._uses:
                continue
            if not is_compared(each.target, self._model):
                if each.score >= _EXACT:
                    self._put(each.column, Role.IGNORED, self._not_compared(each.target))
            elif (taken := self._taken_by(each.column, each.target)) is not None:
                self._spare.add(each.column)
                self._remarks.setdefault(each.column, f"{each.target} is taken from {shown(taken)}")
            else:
                target = self._next_item(each.target)
                self._put(each.column, Role.EVIDENCE, each.reason, target)

    def take_by_contents(self) -> None:
        """Columns whose name says nothing and whose values can be only one thing."""
        for column in self._open():
            contents = self._contents[column]
            found = recognised(contents, self._type, self._reading)
            if found is None or column in self._spare or _is_of_others(column):
                continue
            target, words = found
            if contents.filled < HALF_OF:
                self._remarks[column] = (
                    f"its values are {words}, but few rows have one and its name does not say so;"
                    f" --map {shown(f'{column}={target}')} compares it"
                )
            elif is_compared(target, self._model) and self._taken_by(column, target) is None:
                reason = f"its values are {words}"
                self._put(column, Role.EVIDENCE, reason, self._next_item(target))

    def take_main_name(self) -> None:
        """Where no column is called like a name, the one whose values differ as names do."""
        target = self._main_name()
        if target is None:
            return
        likely = [
            name
            for name in self._open()
            if could_be_names(self._contents[name]) and not _is_of_others(name)
        ]
        if likely:
            best = max(likely, key=lambda name: self._contents[name].richness)
            reason = "no column is called a name, and its values are words that differ as names do"
            self._put(best, Role.EVIDENCE, reason, target)

    def settled(self) -> list[Use]:
        """All uses: columns that feed one address line with the house number first."""
        for column in self._open():
            self._put(column, Role.IGNORED, self._remarks.get(column, self._unknown()))
        uses = [self._uses[column] for column in self._columns]
        return sorted(uses, key=lambda use: not (use.target and _is_number(use.column)))

    def _open(self) -> list[str]:
        return [column for column in self._columns if column not in self._uses]

    def _put(self, column: str, role: Role, reason: str, target: Target | None = None) -> None:
        self._uses[column] = Use(column, role, reason, target)

    def _named(self) -> Iterator[_Candidate]:
        phrases = phrases_of(self._type)
        for column in self._open():
            for phrase, score in _matches(column, phrases):
                contents = self._contents[column]
                wrong = misfits(contents, phrase.target, self._type, self._reading)
                if len(wrong) <= HALF_OF * len(contents.sample):
                    yield _Candidate(
                        column, phrase.target, score, _why(phrase, score), phrase.second_best
                    )
                elif score >= _EXACT:
                    self._remarks[column] = (
                        f"called like {phrase.target}, but most of its values cannot be that, as"
                        f" {shown(wrong[0])}"
                    )

    def _taken_by(self, column: str, target: Target) -> str | None:
        """The column that feeds the target already; None when there is room for another."""
        if self._is_list(target):
            return None
        for use in self._uses.values():
            if use.target != target:
                continue
            if target in self._said or _is_number(use.column) == _is_number(column):
                return use.column
        return None

    def _is_list(self, target: Target) -> bool:
        known = target.attribute in self._type and self._type[target.attribute].many
        return known and not target.part

    def _next_item(self, target: Target) -> Target:
        if not self._is_list(target):
            return target
        named = (use.target for use in self._uses.values() if use.target)
        taken = {each.item for each in named if each.attribute == target.attribute}
        return Target(
            target.attribute, item=next(n for n in range(len(taken) + 1) if n not in taken)
        )

    def _main_name(self) -> Target | None:
        """What names a thing of the domain, unless a column feeds it."""
        fed = {use.target.attribute for use in self._uses.values() if use.target}
        if has_full_names(self._type):
            names = {FULL_NAME, "given_name", "family_name"}
            return None if names & fed else Target(FULL_NAME)
        texts = [name for name in self._type.required if isinstance(self._type[name].type, Text)]
        return Target(texts[0]) if texts and texts[0] not in fed else None

    def _not_compared(self, target: Target) -> str:
        return f"it is {target}, which the {self._type.domain} model does not compare"

    def _unknown(self) -> str:
        return f"neither its name nor its values say what it is of a {self._type.domain}"


def shown(text: str) -> str:
    """The beginning of `text`, in quotes, fit for a terminal."""
    return f'"{printable(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")}"'


def printable(text: str) -> str:
    """`text` without line breaks and without what a terminal would obey."""
    return "".join(each if each.isprintable() else "·" for each in text)


def _is_key(name: tuple[str, ...]) -> bool:
    return name[-1:] != () and (name[-1] in _KEYS or (len(name) == 1 and name[0] in _COUNTERS))


def _is_number(column: str) -> bool:
    """Whether it is called a house number, which stands before the street."""
    return words_of(column) in _HOUSE_NUMBERS


def _is_of_others(column: str) -> bool:
    """Whether it is called after somebody or something else: "parent name", "fax number"."""
    return not OTHERS.isdisjoint(words_of(column))


def _matches(column: str, phrases: Sequence[Phrase]) -> Iterator[tuple[Phrase, int]]:
    """Phrases that are the name, or clear words in it, with how much of it they explain."""
    name = words_of(column)
    letters, of_others = "".join(name), _is_of_others(column)
    for phrase in phrases:
        if phrase.letters == letters:
            yield phrase, _EXACT
        elif not of_others and _is_in(phrase.words, name):
            yield phrase, min(_EXACT - 1, len(phrase.letters))


def _is_in(words: tuple[str, ...], name: tuple[str, ...]) -> bool:
    if len(words) == 1 and words[0] not in CLEAR:
        return False
    starts = range(len(name) - len(words) + 1)
    return any(name[at : at + len(words)] == words for at in starts)


def _why(phrase: Phrase, score: int) -> str:
    if phrase.second_best:
        return "a place that stays with its row, as a city does"
    if score >= _EXACT:
        return "its name says so"
    return f"{shown(' '.join(phrase.words))} is in its name"
