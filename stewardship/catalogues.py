"""Catalogues of translations: what there is to translate, and the files that translators edit.

A text is to be translated when templates or Python mark it, or a declaration says it. A language
is a folder under `locale/`; what its catalogue lacks is shown in English.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import get_args

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

from matching.domains import MODELS
from matching.engine.flips import Outcome
from mdm.api.operations import Stage
from mdm.attribute_types import Choice
from mdm.domains import ENTITY_TYPES
from mdm.governance import trade
from mdm.quality import rules
from mdm.relation_kinds import WORDS
from mdm.schema import Dimension
from mdm.standardise.places import ADDRESS_PARTS
from mdm.survivorship import REASONS
from mdm.words import choice_of

PACKAGES = ("mdm", "matching", "stewardship")
_MARKS = dict.fromkeys(("gettext", "gettext_lazy", "gettext_noop", "ngettext", "say", "mark", "_"))
_VALUES = {"python-format": "%(", "python-brace-format": "{"}
"""How a text names the values in it, for the tools of translators."""
_MEANINGS = ("Key: its id in the source", "When the source changed it")
Text = str | tuple[str, str]


def texts() -> dict[Text, set[str]]:
    """Each text, or its singular with its plural, and the files in which it stands."""
    found = marked()
    for place, text in _in_declarations():
        found.setdefault(text, set()).add(place)
    return found


def marked() -> dict[Text, set[str]]:
    """The texts that templates and Python mark, without those that only a declaration says."""
    found: dict[Text, set[str]] = {}
    for place, text in (*_in_templates(), *_in_python()):
        found.setdefault(text, set()).add(place)
    return found


def path_of(language: str) -> Path:
    """The file that translators edit."""
    return Path(settings.LOCALE_PATHS[0], language, "LC_MESSAGES", "django.po")


def read(language: str) -> Catalog:
    """The catalogue of a language, empty where there is none."""
    path = path_of(language)
    if not path.exists():
        return _empty(language)
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def updated(language: str) -> Catalog:
    """The catalogue with all texts there are and no others; translations stay."""
    before, catalogue = read(language), _empty(language)
    catalogue.creation_date = catalogue.revision_date = before.creation_date
    for text, places in sorted(texts().items(), key=lambda each: str(each[0])):
        first = text if isinstance(text, str) else text[0]
        known = before.get(first)
        added = catalogue.add(
            text, known.string if known else None, locations=[(each, 0) for each in sorted(places)]
        )
        added.flags = {name for name, sign in _VALUES.items() if sign in first}
    return catalogue


def _empty(language: str) -> Catalog:
    return Catalog(
        language,
        project="Touchstone",
        version="1",
        header_comment="",
        msgid_bugs_address="Touchstone",
        last_translator="Touchstone",
        language_team="Touchstone",
        fuzzy=False,
    )


def write(language: str) -> Catalog:
    """Bring the files of a language up to date: what translators edit, and what pages read."""
    catalogue = updated(language)
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, include_lineno=False, width=100)
    path.with_suffix(".mo").write_bytes(compiled(catalogue))
    return catalogue


def compiled(catalogue: Catalog) -> bytes:
    """The catalogue as pages read it."""
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    """The texts that are shown in English."""
    return [
        each.id if isinstance(each.id, str) else each.id[0]
        for each in catalogue
        if each.id and not all(_strings(each))
    ]


def _strings(message: Message) -> tuple[str, ...]:
    """What a text is in the language; a plural is two."""
    said = message.string
    return (said,) if isinstance(said, str) else tuple(map(str, said or ("",)))


def _in_templates() -> Iterator[tuple[str, Text]]:
    folder = settings.ROOT / "templates"
    for path in sorted(folder.rglob("*.html")):
        source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        yield from _marked(str(path.relative_to(settings.ROOT)), source)


def _in_python() -> Iterator[tuple[str, Text]]:
    for package in PACKAGES:
        for path in sorted((settings.ROOT / package).rglob("*.py")):
            place = path.relative_to(settings.ROOT)
            if "migrations" not in place.parts and "management" not in place.parts:
                yield from _marked(str(place), path.read_text(encoding="utf-8"))


def _marked(place: str, source: str) -> Iterator[tuple[str, Text]]:
    file = BytesIO(source.encode())
    for _, function, found, _ in extract_python(file, _MARKS, [], {"encoding": "utf-8"}):
        texts = [str(each or "") for each in (found if isinstance(found, tuple) else [found])]
        if texts[0]:  # empty where it is no text, but something that holds one
            yield place, (texts[0], texts[1]) if function == "ngettext" else texts[0]


def _in_declarations() -> Iterator[tuple[str, str]]:
    for declared in ENTITY_TYPES.values():
        place = f"mdm/domains/{declared.domain}.py"
        yield from ((place, declared.label), (place, declared.glossary))
        yield from ((place, declared.plural), (place, declared.domain))
        yield from ((place, each.label) for each in declared.attributes)
        yield from ((place, each.glossary) for each in declared.attributes)
        yield from (
            (place, choice_of(each, option))
            for each in declared.attributes
            if isinstance(each.type, Choice)
            for option in each.type.options
        )
        yield from ((place, each.words) for each in rules.rules_of(declared).values())
    for model in MODELS.values():
        place = f"matching/domains/{model.domain}.py"
        yield from ((place, each.name) for each in model.columns)
        yield from ((place, each.name) for each in model.passes)
        yield from ((place, each.name) for each in model.comparisons)
        yield from ((place, each.name) for each in model.identifiers)
        for comparison in model.comparisons:
            yield from (
                (place, comparison.label(code)) for code in range(len(comparison.levels) + 2)
            )
    yield from (("mdm/governance/trade.py", each) for each in trade.OBJECTS.values())
    yield from (("mdm/survivorship.py", each) for each in REASONS.values())
    yield from (("mdm/relation_kinds.py", each) for words in WORDS.values() for each in words)
    yield from (("mdm/schema.py", each.value) for each in Dimension)
    yield from (("mdm/api/operations.py", each.value) for each in Stage)
    yield from (("mdm/standardise/places.py", each) for each in ADDRESS_PARTS)
    yield from (("mdm/feeds/drafting.py", each) for each in _MEANINGS)
    yield from (("matching/engine/flips.py", each) for each in get_args(Outcome))
