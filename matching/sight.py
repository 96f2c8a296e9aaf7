"""Explanations as a person may read them: what tells of attributes that they may not see is one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.utils.translation import gettext_noop

from matching.domains import MODELS
from matching.engine.explain import Evidence, Explanation
from matching.engine.flips import Flip
from matching.engine.model import Comparison, MatchModel
from mdm.domains import entity_type
from mdm.governance import access

HIDDEN = gettext_noop("what you may not see")
_SOMETHING = gettext_noop("something that you may not see")


def comparisons(actor: access.Actor, model: MatchModel) -> Sequence[Comparison]:
    """The comparisons that look only at attributes which the person may see."""
    columns = _columns(actor, model)
    return [each for each in model.comparisons if columns.issuperset(each.columns)]


def as_seen(actor: access.Actor, explanation: Explanation) -> Explanation:
    """The explanation with all that is hidden from the person in one piece, which still sums."""
    declared = entity_type(explanation.domain)
    if len(access.visible(actor, declared)) == len(declared.attributes):
        return explanation
    model = MODELS[explanation.domain]
    columns = _columns(actor, model)
    names = {each.name for each in comparisons(actor, model)}
    passes = {each.name for each in model.passes if columns.issuperset(each.columns)}
    return replace(
        explanation,
        evidence=_folded(explanation.evidence, names),
        found_by=_told(explanation.found_by, passes),
        veto=_told(explanation.veto, columns),
        missed=tuple(each for each in explanation.missed if each.blocking in passes),
        flips=tuple(each for each in explanation.flips if _may_tell(each, names, columns)),
    )


def _columns(actor: access.Actor, model: MatchModel) -> set[str]:
    """The columns of a model that read only what the person may see."""
    visible = {each.name for each in access.visible(actor, entity_type(model.domain))}
    return {
        column.name
        for column in model.columns
        if {path.split(".")[0].split("[")[0] for paths in column.sources for path in paths}
        <= visible
    }


def _folded(evidence: Iterable[Evidence], names: set[str]) -> tuple[Evidence, ...]:
    said = list(evidence)
    hidden = [each for each in said if each.comparison not in names]
    shown = [each for each in said if each.comparison in names]
    if not hidden:
        return tuple(shown)
    return (
        *shown,
        Evidence(HIDDEN, gettext_noop("all of it"), sum(each.weight for each in hidden), 0.0),
    )


def _told(name: str | None, known: set[str]) -> str | None:
    return name if not name or name in known else _SOMETHING


def _may_tell(flip: Flip, names: set[str], columns: set[str]) -> bool:
    changed = {each.comparison for each in flip.changes}
    return changed <= names and columns.issuperset(flip.without_vetoes)
