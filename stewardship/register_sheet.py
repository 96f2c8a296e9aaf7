"""The ownership register as a spreadsheet: downloaded, edited by its owners, and read again.

A sheet says when it was downloaded. Only rows that say something else than the register said then
were edited; one whose subject has changed since in the register too is refused, so that a sheet
never takes back what others have agreed on meanwhile.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext, ngettext

from mdm.configuration import stages
from mdm.configuration.document import Document
from mdm.configuration.ownership import INHERITED, NOBODY, Subject, subject_in
from mdm.domains import ENTITY_TYPES
from mdm.feeds.readers.sheet import FileRefusedError
from mdm.feeds.readers.xlsx_file import read_xlsx
from mdm.governance import trade
from mdm.models import OwnershipRule, SourceSystem
from stewardship.reports.exports import plain
from stewardship.reports.table import Column, Kind, Report, Row

COLUMNS = {
    "domain": "Domain",
    "attribute": "Attribute",
    "segment": "Segment",
    "what": "What it is",
    "systems": "Systems",
    "on_breach": "When others write",
    "accountable": "Accountable",
    "steward": "Steward",
    "technical_owner": "Technical owner",
    "deputy": "Deputy",
    "review_on": "Review on",
    "since": "From",
}
"""The words of a line, and what their columns are called; "what" only helps to read."""
_NAMES = ("domain", "attribute", "segment")
_SAID = ("systems", "on_breach", *OwnershipRule.PEOPLE, "review_on")
_DOWNLOADED = "Downloaded"
_WORDS = (
    "One row for each attribute, or group of them, of each kind of records. Edit rows and upload"
    f" the sheet. Systems: codes with commas, the owner first; {NOBODY}, where nobody owns it on"
    f" purpose; {INHERITED}, where the rule of its kind of records decides. When others write:"
    f" {', '.join(OwnershipRule.OnBreach.values)}. From: the first day, or empty for the day of"
    " approval. A row that is removed changes nothing."
)


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a row of a sheet, and what would mend it; row 1 is the heading."""

    row: int
    column: str
    words: str


class SheetRefusedError(ValueError):
    """A sheet of which nothing is taken: all that is wrong with it, row by row."""

    def __init__(self, wrong: list[Wrong]) -> None:
        super().__init__(
            ngettext(
                "{count} thing in the sheet needs a repair",
                "{count} things in the sheet need a repair",
                len(wrong),
            ).format(count=len(wrong))
        )
        self.wrong = wrong


def register(at: datetime) -> Report:
    """The register of today as a table, with a row for each subject that has, or may have, a rule.

    Its rows come in the order of domains; a kind of records goes before its attributes.
    """
    rules = stages.rules_of(trade.OBJECTS)
    kinds = {"review_on": Kind.DATE, "since": Kind.DATE}
    return Report(
        code="register",
        title="Ownership register",
        words=_WORDS,
        as_of=at,
        columns=tuple(
            Column(name, label, kinds.get(name, Kind.TEXT)) for name, label in COLUMNS.items()
        ),
        rows=tuple(
            Row((*subject, _label(*subject), *_typed(rules, subject, at.date()), None))
            for subject in _subjects(rules)
        ),
        totals=((_DOWNLOADED, at.isoformat()),),
    )


def read(path: Path, at: datetime) -> list[Document]:
    """The lines of the rows that were edited, each with the number of its `row`.

    Raises FileRefusedError for what is no such workbook, and SheetRefusedError for all rows that
    need a repair.
    """
    downloaded = _downloaded_at(path)
    sheet = read_xlsx(path, {"sheet": "Rows"})
    missing = [label for label in COLUMNS.values() if label not in sheet.columns]
    if missing:
        raise FileRefusedError(
            gettext("The sheet has no column {names}.").format(names=", ".join(missing)),
            gettext("Download the register anew."),
        )
    names = {label: name for name, label in COLUMNS.items()}
    reader = _Reader(at.date(), downloaded)
    for block in sheet.blocks:
        for problem in block.problems:
            reader.wrong.append(Wrong(problem.number, problem.column, problem.remedy))
        for number, cells in zip(block.numbers, block.rows, strict=True):
            said = zip(sheet.columns, cells, strict=True)
            reader.take(
                number,
                {names[label]: plain(cell or "").strip() for label, cell in said if label in names},
            )
    if reader.wrong:
        raise SheetRefusedError(sorted(reader.wrong, key=lambda each: each.row))
    return reader.lines


class _Reader:
    """Takes the rows of a sheet one by one, beside what the register says now and said then."""

    def __init__(self, today: date, downloaded: datetime) -> None:
        self.today = today
        self.now = stages.rules_of(trade.OBJECTS)
        self.then = stages.rules_of(trade.OBJECTS, known=downloaded)
        self.day = downloaded.date()
        self.systems = [*SourceSystem.objects.order_by("code").values_list("code", flat=True)]
        self.lines: list[Document] = []
        self.wrong: list[Wrong] = []
        self.rows: dict[Subject, int] = {}

    def take(self, number: int, said: Mapping[str, str]) -> None:
        """Keep what a row says, if it was edited and can be said."""
        try:
            subject = subject_in({name: said[name] for name in _NAMES})
        except (ValueError, KeyError) as error:
            self._refuse(number, "domain", f"{error.args[0]}")
            return
        if subject in self.rows:
            self._refuse(
                number,
                "attribute",
                gettext("it is in row {row} too; keep one").format(row=self.rows[subject]),
            )
        self.rows.setdefault(subject, number)
        cells = {name: said[name] for name in _SAID}
        before = _cells(stages.line_on(self.then, subject, self.day))
        if cells == before:
            return
        if _cells(stages.line_on(self.now, subject, self.today)) != before:
            self._refuse(
                number, "systems", gettext("it has changed since the download; download it anew")
            )
        found = len(self.wrong)
        line = self._line(number, dict(zip(_NAMES, subject, strict=True)), said)
        if len(self.wrong) == found:
            self.lines.append(line)

    def _line(self, number: int, line: Document, said: Mapping[str, str]) -> Document:
        line |= {"row": number, "since": self._day(number, "since", said)}
        systems = said["systems"]
        if systems == INHERITED:
            return {**line, "systems": INHERITED}
        if not systems:
            known = gettext("name them, or write {nobody} or {inherited}").format(
                nobody=NOBODY, inherited=INHERITED
            )
            self._refuse(
                number, "systems", gettext("it names no systems; {known}").format(known=known)
            )
        if not said["accountable"]:
            self._refuse(number, "accountable", gettext("nobody is accountable; name one person"))
        if said["on_breach"] and said["on_breach"] not in OwnershipRule.OnBreach.values:
            words = ", ".join(OwnershipRule.OnBreach.values)
            self._refuse(
                number,
                "on_breach",
                gettext("{said} is none of {words}").format(
                    said=f"{said['on_breach']!r}", words=words
                ),
            )
        people = {name: said[name] for name in OwnershipRule.PEOPLE}
        return {
            **line,
            **people,
            "systems": NOBODY if systems == NOBODY else self._codes(number, systems),
            "on_breach": said["on_breach"],
            "review_on": self._day(number, "review_on", said),
        }

    def _codes(self, number: int, systems: str) -> list[str]:
        codes = [code.strip() for code in systems.split(",") if code.strip()]
        if len(set(codes)) < len(codes):
            self._refuse(number, "systems", gettext("it names a system twice; name each once"))
        if unknown := ", ".join(code for code in codes if code not in self.systems):
            known = ", ".join(self.systems)
            self._refuse(
                number,
                "systems",
                gettext("there is no system {unknown}; use some of {known}").format(
                    unknown=unknown, known=known
                ),
            )
        return codes

    def _day(self, number: int, name: str, said: Mapping[str, str]) -> str | None:
        if not said[name]:
            return None
        try:
            day = date.fromisoformat(said[name])
        except ValueError:
            self._refuse(
                number,
                name,
                gettext("{said} is no date; write it like 2026-01-31").format(
                    said=f"{said[name]!r}"
                ),
            )
            return None
        if name == "since" and day < self.today:
            self._refuse(
                number,
                name,
                gettext("{day} has passed; choose today or later, or leave it empty").format(
                    day=day
                ),
            )
        return day.isoformat()

    def _refuse(self, number: int, name: str, words: str) -> None:
        self.wrong.append(Wrong(number, COLUMNS[name], words))


def _subjects(rules: stages.Rules) -> Iterator[Subject]:
    for domain in trade.OBJECTS:
        yield domain, "", ""
        names = {"": None, **dict.fromkeys(_units(domain))}
        of_domain = {subject for subject in rules if subject[0] == domain}
        for name in names:
            if name:
                yield domain, name, ""
            yield from sorted(each for each in of_domain if each[1] == name and each[2])


def _units(domain: str) -> list[str]:
    """Its attributes, with a group in the place of those that are owned together."""
    if not trade.is_mastered(domain):
        return []
    return [each.group or each.name for each in ENTITY_TYPES[domain].attributes]


def _label(domain: str, attribute: str, _segment: str) -> str:
    if not attribute:
        return f"{trade.OBJECTS[domain]}, all of it"
    labels = [
        each.label
        for each in ENTITY_TYPES[domain].attributes
        if attribute in (each.group, each.name)
    ]
    return ", ".join(labels)


def _cells(line: Document) -> dict[str, str]:
    """What a line says, as the cells of a row say it."""
    said = {name: str(line.get(name) or "") for name in _SAID}
    systems = line["systems"]
    if systems == INHERITED and not (line["attribute"] or line["segment"]):
        systems = ""  # a whole kind of records has nothing to inherit
    return {**said, "systems": systems if isinstance(systems, str) else ", ".join(systems)}


def _typed(rules: stages.Rules, subject: Subject, on: date) -> list[Any]:
    said: dict[str, Any] = _cells(stages.line_on(rules, subject, on))
    review = said["review_on"]
    return [*({**said, "review_on": date.fromisoformat(review) if review else None}).values()]


def _downloaded_at(path: Path) -> datetime:
    sheet = read_xlsx(path, {"sheet": "About"})
    for block in sheet.blocks:
        for label, value, *_ in block.rows:
            if label == _DOWNLOADED:
                try:
                    found = datetime.fromisoformat(str(value))
                except ValueError:
                    continue
                if found.tzinfo is not None:
                    return found
    raise FileRefusedError(
        gettext("The workbook does not say when it was downloaded."),
        gettext("Download the register and edit that."),
    )
