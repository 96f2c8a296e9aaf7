"""SQL for what held at a moment of recorded time, read from ranges: from a moment on, until before.

Each function takes SQL expressions, in which `said` and `golden` would mean its own rows. Without
`at` it reads what holds now, which takes one look-up; with it two, as what has ended lies in an
index or a table of its own.
"""

_LINK = (
    "record_id, golden_id, method, match_weight, rule_version, via, linked_at, unlinked_at"
    " FROM mdm_crosswalklink"
)
_SAYS = "title, attributes, provenance, status, merged_into_id"
_SAID = ", ".join(f"said.{name}" for name in _SAYS.split(", "))


def links(column: str, value: str, at: str = "") -> str:
    """The links whose `column` (record_id or golden_id) is `value`."""
    live = f"SELECT {_LINK} WHERE {column} = {value} AND unlinked_at IS NULL"
    if not at:
        return live
    return (
        f"{live} AND linked_at <= {at} UNION ALL"
        f" SELECT {_LINK} WHERE {column} = {value} AND unlinked_at > {at} AND linked_at <= {at}"
    )


def ever(column: str, value: str) -> str:
    """The links whose `column` is or was `value`; each half has an index of its own."""
    every = f"SELECT {_LINK} WHERE {column} = {value} AND unlinked_at"
    return f"{every} IS NULL UNION ALL {every} IS NOT NULL"


def golden(id_: str, at: str = "") -> str:
    """What the golden record `id_` says; no row before it existed."""
    current = (
        f"SELECT id, domain, version, {_SAYS}, changed_at AS since_at,"  # noqa: S608
        f" NULL::timestamptz AS until_at FROM mdm_goldenrecord WHERE id = {id_}"
    )
    if not at:
        return current
    return (
        f"{current} AND changed_at <= {at} UNION ALL"  # noqa: S608
        f" SELECT said.golden_id, golden.domain, said.number, {_SAID}, said.since_at, said.until_at"
        " FROM mdm_goldenrecordversion said JOIN mdm_goldenrecord golden"
        " ON golden.id = said.golden_id"
        f" WHERE said.golden_id = {id_} AND said.since_at <= {at} AND said.until_at > {at}"
    )
