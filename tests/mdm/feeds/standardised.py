"""Standardises rows of cells, for the tests of it."""

from mdm.domains.client import CLIENT
from mdm.feeds.mapping import compile_mapping
from mdm.feeds.readers import ABSENT
from mdm.feeds.standardising import Standardiser, Surroundings

AROUND = Surroundings(
    systems=frozenset({"CRM", "ERP"}),
    blocked={"": frozenset({"n/a", "-"}), "phone": frozenset({"0000000"})},
    time_zone="America/New_York",
)
LINES = {
    "name": {"attribute": "legal_name", "column": "name"},
    "phone": {"attribute": "phone", "column": "phone"},
    "status": {"attribute": "status", "column": "status"},
    "parent": {"attribute": "parent", "column": "parent", "system": "from"},
    "address": {
        "attribute": "addresses",
        "parts": {
            "kind": {"value": "billing"},
            "line1": "street",
            "city": "town",
            "country": "land",
        },
    },
}


def standardise(rows, *lines, entity_type=CLIENT, around=AROUND, **words):
    """(records, problems) of rows, each a dict of cells; a cell that is not there is absent."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[row.get(name, ABSENT) for name in columns] for row in rows]
    specification = {"key": "id", "reading": {"country": "GB"}, "attributes": list(lines)} | words
    compiled = compile_mapping(specification, entity_type)
    standardiser = Standardiser(compiled, columns, around)
    return standardiser.standardise(range(2, len(rows) + 2), cells)


def attributes_of(row, *lines, **given):
    (record,), (problem,) = standardise([row], *lines, **given)
    assert problem is None, problem
    return record.attributes


def problem_of(row, *lines, **given):
    (problem,) = standardise([row], *lines, **given)[1]
    assert problem is not None
    return problem
