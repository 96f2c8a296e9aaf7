"""The rules by which the records of a domain are good or bad, derived from its declaration.

A rule is two conditions in SQL: which records it applies to, and which of these fail. Counting and
listing both ask these two, so that a figure and the rows behind it cannot differ. Conditions are of
the columns that `mdm.quality.rows` gives: `a` are the attributes, and `v_name` is one as text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from mdm.attribute_types import Address, Reference
from mdm.schema import Attribute, Dimension, EntityType, Rule


class Of(StrEnum):
    """What a rule looks at: each record by itself, or the members of a golden record together."""

    EACH = "each"
    MEMBERS = "members"


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRule:
    """One rule; `attribute` is "" where it is about a record as a whole.

    `reads` names the attributes that whoever sees its failures must be allowed to see.
    `on_source` and `on_golden` hold what applies and what fails, None where it is not asked there.
    """

    code: str
    dimension: Dimension
    attribute: str
    words: str
    reads: tuple[str, ...] = ()
    of: Of = Of.EACH
    on_source: tuple[str, str] | None = None
    on_golden: tuple[str, str] | None = None


@cache
def rules_of(domain: EntityType) -> dict[str, QualityRule]:
    """The rules of a domain by their code."""
    found = [*_of_attributes(domain), *_between_attributes(domain), *_of_time(domain)]
    return {each.code: each for each in found}


def uncovered(domain: EntityType) -> list[Attribute]:
    """The attributes of a domain about which no rule says anything."""
    covered = {name for rule in rules_of(domain).values() for name in rule.reads}
    return [each for each in domain.attributes if each.name not in covered]


def _of_attributes(domain: EntityType) -> Iterator[QualityRule]:
    for each in domain.attributes:
        if each.required or each.critical:
            yield _present(each)
        if each.is_one_text:
            yield _readable(each)
        if each.is_unique:
            yield _unique(domain, each)
        if not each.many and not isinstance(each.type, Reference):
            yield _consistent(each)
        if each.type.form():
            yield _in_form(each)


def _present(attribute: Attribute) -> QualityRule:
    conditions = ("true", f"NOT ({_has(attribute)})")
    return QualityRule(
        code=f"completeness.{attribute.name}",
        dimension=Dimension.COMPLETENESS,
        attribute=attribute.name,
        words="it is filled in",
        reads=(attribute.name,),
        on_source=conditions,
        on_golden=conditions,
    )


def _readable(attribute: Attribute) -> QualityRule:
    return QualityRule(
        code=f"validity.{attribute.name}",
        dimension=Dimension.VALIDITY,
        attribute=attribute.name,
        words="it could be read when it came in",
        reads=(attribute.name,),
        on_source=(_has(attribute), f"{_text(attribute.name)} = ANY(doubtful)"),
    )


def _unique(domain: EntityType, attribute: Attribute) -> QualityRule:
    unit = [each.name for each in domain.unit_of(attribute.name)]
    has, key = _has(attribute), ", ".join(f"coalesce(v_{name}, '')" for name in unit)
    by = ", ".join(str(place + 1) for place in range(len(unit)))
    return QualityRule(
        code=f"uniqueness.{attribute.name}",
        dimension=Dimension.UNIQUENESS,
        attribute=attribute.name,
        words="no other record of its system, and no other golden record, says the same",
        reads=tuple(unit),
        on_source=(
            has,
            f"(system_id, {key}) IN (SELECT system_id, {key} FROM {{source}} s WHERE {has}"  # noqa: S608
            f" GROUP BY {by}, {len(unit) + 1} HAVING count(*) > 1)",
        ),
        on_golden=(
            has,
            f"({key}) IN (SELECT {key} FROM {{golden}} g WHERE {has}"  # noqa: S608
            f" GROUP BY {by} HAVING count(*) > 1)",
        ),
    )


def _consistent(attribute: Attribute) -> QualityRule:
    name = attribute.name
    return QualityRule(
        code=f"consistency.{name}",
        dimension=Dimension.CONSISTENCY,
        attribute=name,
        words="all systems that know it say the same of one golden record",
        reads=(name,),
        of=Of.MEMBERS,
        on_source=(f"shared_{name} AND has_{name}", f"differs_{name}"),
        on_golden=(f"shared_{name} AND place = 1", f"differs_{name}"),
    )


def _in_form(attribute: Attribute) -> QualityRule:
    conditions = (_has(attribute), _is_out_of_form(attribute))
    return QualityRule(
        code=f"conformity.{attribute.name}",
        dimension=Dimension.CONFORMITY,
        attribute=attribute.name,
        words="it has the standard form of its type",
        reads=(attribute.name,),
        on_source=conditions,
        on_golden=conditions,
    )


def _between_attributes(domain: EntityType) -> Iterator[QualityRule]:
    for each in domain.rules:
        conditions = (_has(domain[each.attribute]), f"coalesce({each.broken}, false)")
        yield QualityRule(
            code=f"validity.{each.attribute}.{_slug(each)}",
            dimension=Dimension.VALIDITY,
            attribute=each.attribute,
            words=f"never: {each.message}",
            reads=each.reads,
            on_source=conditions,
            on_golden=conditions,
        )


def _of_time(domain: EntityType) -> Iterator[QualityRule]:
    yield QualityRule(
        code="timeliness.delivered",
        dimension=Dimension.TIMELINESS,
        attribute="",
        words="its system has delivered within the hours that it promises",
        on_source=("promised", "late"),
    )
    if domain.fresh_days:
        yield QualityRule(
            code="timeliness.touched",
            dimension=Dimension.TIMELINESS,
            attribute="",
            words=f"its source has touched it within {domain.fresh_days} days",
            on_source=("true", f"said_at < %(at)s - interval '{domain.fresh_days} days'"),
        )


def _is_out_of_form(attribute: Attribute) -> str:
    """Whether a value, or an item of a list, has another form than its type."""
    form, part = attribute.type.form(), attribute.type.form_part
    if not attribute.many and not part:
        return f"v_{attribute.name} !~ {_text(form)}"
    item = f"@.{part}" if part else "@"
    written = form.replace("\\", r"\\").replace('"', r"\"")
    path = f'$.{attribute.name}[*] ? (!({item} like_regex "{written}"))'
    return f"jsonb_path_exists(a, {_text(path)})"


def _has(attribute: Attribute) -> str:
    """Whether there is a value; as text where that is at hand anyway, as it is of one value."""
    is_one = not attribute.many and not isinstance(attribute.type, Address | Reference)
    return f"v_{attribute.name} IS NOT NULL" if is_one else f"a ? {_text(attribute.name)}"


def _slug(rule: Rule) -> str:
    return "-".join(rule.reads).replace("_", "-")


def _text(value: str) -> str:
    """`value` as a literal in a statement that has parameters."""
    return "'" + value.replace("'", "''").replace("%", "%%") + "'"
