"""Reading a configuration: its sections and words, and where in it something is wrong."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError

Document = dict[str, Any]
Line = tuple[str, Document]
"""Where something stands, such as "feeds 2 (crm-clients)", and what stands there."""

# The words of each section: those that it needs, and those that it may have
_WORDS = {
    "systems": (
        "code name kind owner",
        "direction entity_url_template time_zone freshness_hours status",
    ),
    "feeds": (
        "code name system domain owner mapping",
        "mode deletes creates reader_options location synthetic largest_inactivated_share"
        " largest_changed_share file wave",
    ),
    "segments": ("domain code label attribute is_one_of", "part"),
    "ownership": (
        "domain systems accountable",
        "attribute segment since on_breach steward technical_owner deputy review_on",
    ),
    "survivorship": ("domain attributes reason", ""),
    "placeholders": ("value reason", "domain attribute"),
}


class ConfigurationError(ValueError):
    """A configuration that makes no sense: where, what is wrong, and what would mend it."""


def lines_of(document: Document) -> dict[str, list[Line]]:
    """The lines of each section, once they prove to have the words that they need and no others."""
    if not isinstance(document, dict):
        raise ConfigurationError(f"the file must have the sections {', '.join(_WORDS)}")
    _refuse_unknown("the file", document, _WORDS, "section")
    return {section: list(_lines(section, document)) for section in _WORDS}


def _lines(section: str, document: Document) -> Iterator[Line]:
    """The lines of a section, once each proves to have the words that it needs and no others."""
    specifications = document.get(section) or []
    if not isinstance(specifications, list):
        raise ConfigurationError(f"{section} must be a list, each item beginning with “-”")
    needed, possible = (words.split() for words in _WORDS[section])
    codes: set[str] = set()
    for number, specification in enumerate(specifications, 1):
        place = f"{section} {number}"
        if not isinstance(specification, dict):
            raise ConfigurationError(f"{place}: {specification!r} is not a set of words and values")
        code = str(specification.get("code", ""))
        place = f"{place} ({code})" if code else place
        _refuse_unknown(place, specification, (*needed, *possible), "word")
        if missing := [word for word in needed if specification.get(word) in (None, "", [])]:
            raise ConfigurationError(f"{place}: needs {' and '.join(missing)}; fill it in")
        if code and code in codes:
            raise ConfigurationError(f"{place}: stands there twice; give each its own code")
        codes.add(code)
        yield place, specification


def _refuse_unknown(place: str, given: Document, known: Iterable[str], what: str) -> None:
    if unknown := [word for word in given if word not in known]:
        raise ConfigurationError(
            f"{place}: there is no {what} {unknown[0]!r}; use one of {', '.join(known)}"
        )


@contextmanager
def told_where(place: str) -> Iterator[None]:
    """Errors inside name the place in the document."""
    try:
        yield
    except ValidationError as invalid:
        problems = [
            f"{name}: {' '.join(texts)}" if name != "__all__" else " ".join(texts)
            for name, texts in invalid.message_dict.items()
        ]
        raise ConfigurationError(f"{place}: {'; '.join(problems)}") from None
    except (LookupError, ValueError) as wrong:
        raise ConfigurationError(f"{place}: {wrong.args[0] if wrong.args else wrong}") from None
