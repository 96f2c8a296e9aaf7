"""Changes of the ownership register that people ask for: said, foreseen, agreed on, applied.

Nothing changes before both the people who answer for it now and those who will have agreed; nobody
agrees to what they asked for themselves. What is applied goes the way of a configuration.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from mdm import events, work
from mdm.cause import Cause
from mdm.configuration import foreseeing, ownership, stages
from mdm.configuration.document import ConfigurationError, Document, Line
from mdm.configuration.ownership import INHERITED
from mdm.domains import entity_type
from mdm.governance import access, trade
from mdm.governance.ownership import subject_of
from mdm.models import Event, OwnershipRequest, OwnershipRule, OwnershipSegment
from mdm.work import Job

PROPAGATION = {
    "none": gettext_noop("Attributes without a rule of their own inherit it"),
    "blanks": gettext_noop("Attributes without a rule of their own are given it as their own"),
    "overwrite": gettext_noop(
        "Rules of attributes give way to it; what is nobody's on purpose stays"
    ),
}
"""What a domain's rule may do to its attributes, and each in words."""

State = OwnershipRequest.State


class RequestRefusedError(RuntimeError):
    """A change of the register that cannot be asked for or agreed to: why, and what would help."""


@transaction.atomic
def ask(
    lines: Sequence[Document],
    reason: str,
    *,
    reverts: OwnershipRequest | None = None,
    draft: bool = False,
    cause: Cause,
) -> OwnershipRequest:
    """Ask for what `lines` say, like those of a configuration; its effect is computed as work.

    A draft is asked for once its effect was looked at, by `submit`. What is agreed on from a later
    day than theirs still holds from that day on. Raises RequestRefusedError, or ConfigurationError
    that names the line, or the `row` of a sheet that it says.
    """
    if not reason.strip():
        raise RequestRefusedError(gettext("say why the register is to change"))
    if not lines:
        raise RequestRefusedError(gettext("nothing would change"))
    today = cause.at.date()
    said = [_checked(place, line, today) for place, line in _placed(lines)]
    with transaction.atomic():
        changed = ownership.bring_in_step(_whole(said, today), cause=cause)
        transaction.set_rollback(True)
    if not any(changed):
        raise RequestRefusedError(gettext("the register says so already"))
    made = OwnershipRequest.objects.create(
        lines=said,
        reason=reason.strip(),
        reverts=reverts,
        state=State.DRAFT if draft else State.OPEN,
        asked_by=cause.by,
        asked_at=cause.at,
    )
    if not draft:
        _tell("requested", made, cause)
    work.enqueue("foresee ownership", made.pk, cause=cause)
    return made


@transaction.atomic
def submit(request_id: int, *, cause: Cause) -> OwnershipRequest:
    """Ask for a draft of one's own, after a look at its effect. Raises RequestRefusedError."""
    found = OwnershipRequest.objects.select_for_update().get(pk=request_id)
    if found.state != State.DRAFT:
        raise RequestRefusedError(gettext("it was asked for already"))
    if found.asked_by != cause.by:
        raise RequestRefusedError(gettext("who prepared it asks for it"))
    if found.effect is None:
        raise RequestRefusedError(gettext("its effect is being computed; look at it first"))
    found.state, found.asked_at = State.OPEN, cause.at
    found.save(update_fields=["state", "asked_at"])
    _tell("requested", found, cause)
    return found


def propagated(line: Document, how: str, *, confirmed: bool, on: date) -> list[Document]:
    """The line of a whole domain, and what it brings for its attributes; see PROPAGATION.

    What is nobody's on purpose is neither a blank nor overwritten. With a segment this is about the
    rules of the segment: it does not own what it is told by, and an attribute that has a rule for
    all golden records is no blank. Raises RequestRefusedError when rules would be overwritten and
    nobody has confirmed that.
    """
    if how not in PROPAGATION:
        raise RequestRefusedError(f"propagation is one of {', '.join(PROPAGATION)}")
    if how == "none" or line.get("attribute") or not trade.is_mastered(line["domain"]):
        return [line]
    domain, _, segment = ownership.subject_in(line)
    declared = entity_type(domain)
    units = {each.group or each.name for each in declared.attributes}
    if segment:
        told_by = OwnershipSegment.objects.get(domain=domain, code=segment).attribute
        units.discard(subject_of(declared, told_by))
    rules = OwnershipRule.objects.of(domain).filter(valid_on__contains=on, place=1)
    owners = dict(rules.filter(segment=segment).values_list("attribute", "system_id"))
    if how == "blanks":
        taken = rules.filter(segment__in=["", segment]).values_list("attribute", flat=True)
        return [line, *({**line, "attribute": each} for each in sorted(units - {*taken}))]
    own = sorted(each for each in units & owners.keys() if owners[each] is not None)
    if own and not confirmed:
        raise RequestRefusedError(
            gettext(
                "this overwrites the rules of {names}; confirm that, or fill blanks only"
            ).format(names=", ".join(own))
        )
    words = ("domain", "segment", "since")
    dropped = {**{word: line[word] for word in words if word in line}, "systems": INHERITED}
    return [line, *({**dropped, "attribute": each} for each in own)]


def foresee(job: Job) -> None:
    """Work: compute what would come of a request while it waits."""
    found = OwnershipRequest.objects.get(pk=int(job.subject))
    if found.state not in (State.OPEN, State.DRAFT):
        return
    days: dict[str, date] = {}
    for line in found.lines:
        since = date.fromisoformat(line["since"])
        days[line["domain"]] = max(days.get(line["domain"], since), since)
    effect = foreseeing.effect(_whole(found.lines, job.cause.at.date()), days, cause=job.cause)
    waiting = OwnershipRequest.objects.filter(pk=found.pk, state__in=(State.OPEN, State.DRAFT))
    waiting.update(effect=effect, foreseen_at=job.cause.at)


def seats(request: OwnershipRequest, on: date) -> dict[str, set[str]]:
    """Who has to agree, each with those who stand in for them: the accountable and the deputies.

    Those of the subjects now and on the day on which each line begins to hold, and those who would
    be accountable if the request were applied: whom it names as a deputy is none yet.
    """
    rules = stages.rules_of(line["domain"] for line in request.lines)
    asked = stages.by_subject(_placed(request.lines), on)
    then = stages.with_later(rules, asked, on)
    found: dict[str, set[str]] = {}
    for subject, lines in asked.items():
        days = [date.fromisoformat(each) for each in lines]
        for day in (on, *days):
            name, deputy = stages.accountable(rules, subject, day)
            found.setdefault(name, set()).add(deputy)
        for day in days:
            name, _ = stages.accountable(rules, subject, day, then)
            found.setdefault(name, set())
    return {name: found[name] - {"", name} for name in sorted(found) if name} or {"": set()}


def missing(request: OwnershipRequest, on: date) -> list[str]:
    """Those of the seats for which nobody has agreed yet."""
    agreed = {seat for each in request.approvals for seat in each["for"]}
    return [seat for seat in seats(request, on) if seat not in agreed]


def approve(request_id: int, person: User, *, cause: Cause) -> OwnershipRequest:
    """Agree for oneself, or for who cannot: as the deputy, or with the permission.

    Applied by the last one. Raises RequestRefusedError; whoever asked never agrees, whatever they
    may do otherwise.
    """
    if _is_outdated(OwnershipRequest.objects.get(pk=request_id)):
        work.enqueue("foresee ownership", request_id, cause=cause)
        raise RequestRefusedError("the register has changed since; its effect is computed anew")
    return _agree(request_id, person, cause)


@transaction.atomic
def _agree(request_id: int, person: User, cause: Cause) -> OwnershipRequest:
    found = _waiting(request_id)
    if found.asked_by == cause.by:
        raise RequestRefusedError(gettext("somebody else than who asked for it approves it"))
    if found.effect is None:
        raise RequestRefusedError(gettext("its effect is being computed; look at it first"))
    deputies = seats(found, cause.at.date())
    filled = [
        seat
        for seat in missing(found, cause.at.date())
        if _may_fill(seat, deputies[seat], person, found)
    ]
    if not filled:
        raise RequestRefusedError(
            gettext("it waits for other people; you cannot approve it for them")
        )
    found.approvals.append({"by": cause.by, "at": cause.at.isoformat(), "for": filled})
    _tell("approved", found, cause)
    if not missing(found, cause.at.date()):
        _apply(found, cause)
    found.save()
    return found


@transaction.atomic
def decline(request_id: int, person: User, *, cause: Cause) -> OwnershipRequest:
    """Say no, with a reason; whoever asked may take it back so. Raises RequestRefusedError."""
    mine = OwnershipRequest.objects.select_for_update().filter(asked_by=cause.by)
    found = mine.filter(pk=request_id, state=State.DRAFT).first() or _waiting(request_id)
    if not cause.reason and found.state == State.OPEN:
        raise RequestRefusedError(gettext("say why, for who asked"))
    named = seats(found, cause.at.date())
    involved = person.username in named.keys() | set().union(*named.values())
    involved = involved or found.asked_by == cause.by
    if not involved and not person.has_perm(access.APPROVE_OWNERSHIP):
        raise RequestRefusedError(gettext("it waits for other people"))
    _decide(found, State.DECLINED, cause)
    found.save()
    _tell("declined", found, cause)
    return found


def revert(request_id: int, reason: str, *, cause: Cause) -> OwnershipRequest:
    """Ask for what was in force before a request was applied, on each day on which it changed that.

    What others have agreed on since stays. Raises RequestRefusedError.
    """
    done = OwnershipRequest.objects.get(pk=request_id)
    if done.state != State.APPLIED or not done.before:
        raise RequestRefusedError(gettext("it was not applied, so there is nothing to revert"))
    before = stages.by_subject(_placed(done.before))
    lines = [
        {**line, "since": day}
        for subject, changed in stages.by_subject(_placed(done.lines), cause.at.date()).items()
        for day in changed
        if (line := stages.holding(before[subject], date.fromisoformat(day)))
    ]
    return ask(lines, reason, reverts=done, cause=cause)


def _apply(found: OwnershipRequest, cause: Cause) -> None:
    """Make the register say it, from its day on; not before the day on which all have agreed."""
    today = cause.at.date()
    rules = stages.rules_of(line["domain"] for line in found.lines)
    subjects = dict.fromkeys(ownership.subject_in(line) for line in found.lines)
    found.before = [
        line for subject in subjects for line in stages.lines_from(rules, subject, today)
    ]
    found.lines = [{**line, "since": max(line["since"], today.isoformat())} for line in found.lines]
    ownership.bring_in_step(_whole(found.lines, today), cause=cause)
    _decide(found, State.APPLIED, cause)


def _decide(found: OwnershipRequest, state: str, cause: Cause) -> None:
    found.state, found.decided_by, found.decided_at = state, cause.by, cause.at
    found.decided_because = cause.reason


def _may_fill(seat: str, deputies: set[str], person: User, request: OwnershipRequest) -> bool:
    """Whether the person is who has to agree, or may agree for who cannot."""
    if person.username == seat:
        return True
    can_agree = request.asked_by != f"user:{seat}"
    signs_in = User.objects.filter(username=seat, is_active=True).exists()
    if signs_in and can_agree:
        return False
    return person.username in deputies or person.has_perm(access.APPROVE_OWNERSHIP)


def _is_outdated(found: OwnershipRequest) -> bool:
    """Whether its effect was foreseen under a register that says something else by now."""
    domains = {line["domain"] for line in found.lines}
    changed = Event.objects.filter(type="ownership.changed", domain__in=domains)
    return bool(found.foreseen_at) and changed.filter(at__gt=found.foreseen_at).exists()


def _waiting(request_id: int) -> OwnershipRequest:
    found = OwnershipRequest.objects.select_for_update().get(pk=request_id)
    if found.state == State.DRAFT:
        raise RequestRefusedError(
            gettext("{who} has not asked for it yet").format(who=found.asked_by)
        )
    if found.state != State.OPEN:
        raise RequestRefusedError(gettext("{who} has decided on it").format(who=found.decided_by))
    return found


def _checked(place: str, line: Document, today: date) -> Document:
    """A line with its day, once it says who answers for it and begins no earlier than today."""
    since = str(line.get("since") or today.isoformat())
    if since < today.isoformat():
        raise ConfigurationError(
            gettext("{place}: since {since} has passed; choose today or later").format(
                place=place, since=since
            )
        )
    if line.get("systems") != INHERITED and not str(line.get("accountable") or "").strip():
        raise ConfigurationError(
            gettext("{place}: says nobody who is accountable; name one person").format(place=place)
        )
    return {**{name: value for name, value in line.items() if value}, "since": since}


def _whole(lines: Sequence[Document], today: date) -> list[Line]:
    """The lines, and what was agreed on for their subjects from later days on."""
    rules = stages.rules_of(line["domain"] for line in lines)
    wanted = stages.with_later(rules, stages.by_subject(_placed(lines), today), today)
    return [line for each in wanted.values() for line in each.values()]


def _placed(lines: Sequence[Any]) -> list[Line]:
    return [
        (f"row {line['row']}" if "row" in line else f"line {number}", line)
        for number, line in enumerate(lines, 1)
    ]


def _tell(verb: str, request: OwnershipRequest, cause: Cause) -> None:
    for domain in sorted({line["domain"] for line in request.lines}):
        content = {"request": request.pk}
        events.record(f"ownership.{verb}", domain=domain, content=content, cause=cause)
