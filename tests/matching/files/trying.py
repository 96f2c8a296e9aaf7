"""What the tests of trials share: a table from rows, and its way to the engine."""

from matching.domains import MODELS
from matching.files.contents import Contents, find_date_order
from matching.files.evidence import standardise
from matching.files.guessing import Role, guess
from matching.files.said import read_said
from matching.files.table import Table
from matching.files.trial import run
from mdm.domains import entity_type
from mdm.standardise.reading import Reading


def table_of(*rows):
    """A table whose first row names the columns; row 2 of the sheet follows it."""
    header, *cells = rows
    columns = zip(*cells, strict=True) if cells else [()] * len(header)
    by_name = {name: list(texts) for name, texts in zip(header, columns, strict=True)}
    return Table(tuple(header), list(range(2, len(cells) + 2)), by_name)


def guessed(table, domain="client", maps=(), key=None, truth=None, reading=None):
    """The use of every column, by its name."""
    return {use.column: use for use in uses_of(table, domain, maps, key, truth, reading)}


def uses_of(table, domain="client", maps=(), key=None, truth=None, reading=None):
    type_ = entity_type(domain)
    said = read_said(maps, key, truth, columns=table.columns, type_=type_)
    contents = {name: Contents.of(cells) for name, cells in table.cells.items()}
    reading = reading or Reading(None, find_date_order(contents.values(), None))
    return guess(contents, type_, MODELS[domain], said, reading)


def compared(table, domain="client", **said):
    """What each compared column is compared as."""
    uses = guessed(table, domain, **said).values()
    return {use.column: str(use.target) for use in uses if use.role is Role.EVIDENCE}


def evidence_of(table, domain="client", reading=None, **said):
    uses = uses_of(table, domain, reading=reading, **said)
    type_, model = entity_type(domain), MODELS[domain]
    return standardise(table, uses, type_, model, reading or Reading())


def tried(table, domain="client", **said):
    """A trial of the table."""
    uses = uses_of(table, domain, **said)
    type_, model = entity_type(domain), MODELS[domain]
    evidence = standardise(table, uses, type_, model, Reading())
    return run(table, uses, evidence, type_, model, lambda stage: None)
