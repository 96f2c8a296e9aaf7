"""Standardising: raw client rows into the comparison forms of the shipped client model.

    python -m benchmarks.standardising 1000000

Generated clients of a CRM and an ERP, as written there. Names, addresses, identifiers and ways to
reach a firm are measured each by themselves, from Arrow strings to codes of distinct comparison
forms, at least three times in turn. Beside each stands the least that the same columns cost in
Arrow (to lower case, split at spaces, joined again), and the same forms one value at a time, on a
sample. The libraries for phones and e-mail addresses are paid at ingest: a figure for each value.
"""

import json
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from email_validator import validate_email

from matching.domains import MODELS
from matching.engine import shapes
from matching.engine.arrays import MISSING
from matching.engine.coding import coded, encoded
from matching.engine.forms import FORMS
from matching.engine.model import Column
from mdm.feeds.generator import generate
from mdm.standardise.contacting import parse_email, parse_phone
from mdm.standardise.reading import InvalidValue, Reading

SEED = 3
REPEATS = 5
_SAMPLE = 20_000  # values that are read one by one, or by the libraries
_ADDRESS = "addresses[0]."
_CRM = {
    "legal_name": "Account Name",
    "website": "Website",
    "phone": "Phone",
    "tax_id": "Tax ID",
    f"{_ADDRESS}lines[0]": "Billing Street",
    f"{_ADDRESS}city": "Billing City",
    f"{_ADDRESS}postcode": "Billing Zip/Postal Code",
    f"{_ADDRESS}country": "Billing Country",
}
_ERP = {
    "legal_name": "Name 1",
    "phone": "Telephone",
    "email_domain": "E-Mail Domain",
    "tax_id": "VAT Registration No.",
    "registration_number": "Registration No.",
    "register": "Register",
    f"{_ADDRESS}lines[0]": "Street",
    f"{_ADDRESS}city": "City",
    f"{_ADDRESS}postcode": "Postal Code",
    f"{_ADDRESS}country": "Country",
}
_HEADINGS = {"crm": _CRM, "erp": _ERP}
_REACHES = ("website", "email_domain", "phone")
_MEASURED = ("names", "addresses", "identifiers")  # what figure 9 is about

Texts = Mapping[str, pa.ChunkedArray]
Figures = dict[str, float]


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("records", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    options = parser.parse_args()
    texts = _raw_clients(options.records)
    figures = measured(texts, max(3, options.repeats)) | libraries(texts)
    for name, value in figures.items():
        print(f"{name:<58}{value:>12,.2f}")
    print(json.dumps({"records": options.records, **figures}))


def measured(texts: Texts, repeats: int) -> Figures:
    """Seconds for each group of columns and for those of figure 9, as medians of `repeats`."""
    groups = _groups()
    taken = [_once(groups, texts) for _ in range(repeats)]
    figures: Figures = {}
    for group, columns in groups.items():
        held = [texts[path] for path in _paths(columns) if path in texts]
        figures |= {
            f"{group}: distinct values": sum(len(text.unique()) for text in held),
            f"{group}: seconds one by one": _one_by_one(columns, texts),
        }
    figures |= {name: statistics.median(once[name] for once in taken) for name in taken[0]}
    figures["seconds, best"] = min(once["seconds"] for once in taken)
    figures["seconds, worst"] = max(once["seconds"] for once in taken)
    return {name: round(value, 3) for name, value in figures.items()}


def _once(groups: Mapping[str, Sequence[Column]], texts: Texts) -> Figures:
    """Every group once, and Arrow's part of it; nothing is remembered from the last time."""
    shapes.template_of.cache_clear()
    figures: Figures = {}
    processor = 0.0
    for group, columns in groups.items():
        held = {path: texts[path] for path in _paths(columns) if path in texts}
        before = time.process_time()
        mine = _seconds(_standardise, columns, held)
        processor += time.process_time() - before if group in _MEASURED else 0
        least = _seconds(_least, held)
        figures |= {
            f"{group}: seconds": mine,
            f"{group}: seconds of Arrow": least,
            f"{group}: ratio to Arrow": mine / least,
        }
    total = sum(figures[f"{group}: seconds"] for group in _MEASURED)
    least = sum(figures[f"{group}: seconds of Arrow"] for group in _MEASURED)
    return {
        **figures,
        "seconds": total,
        "seconds of the processor": processor,
        "ratio to Arrow": total / least,
    }


def libraries(texts: Texts) -> Figures:
    """Microseconds for each distinct phone and e-mail address, through the hub and without it."""
    phones = texts["phone"].unique().drop_null()[:_SAMPLE].to_pylist()
    contacts = next(iter(generate("contact", 2 * _SAMPLE, SEED, chunk_rows=_SAMPLE)))
    emails = sorted(set(filter(None, contacts.columns["Email"])))
    reading = Reading(country="DE")
    return {
        "phone: microseconds a value": _each(lambda text: parse_phone(text, reading), phones),
        "phone: of phonenumbers": _each(lambda text: phonenumbers.parse(text, "DE"), phones),
        "e-mail: microseconds a value": _each(parse_email, emails),
        "e-mail: of email-validator": _each(_validated, emails),
    }


def _raw_clients(count: int) -> Texts:
    chunks: dict[str, list[pa.Array]] = {path: [] for path in _CRM | _ERP}
    for chunk in generate("client", count, SEED):
        headings = _HEADINGS[chunk.system]
        for path, parts in chunks.items():
            held = chunk.columns[headings[path]] if path in headings else [""] * len(chunk.keys)
            parts.append(pa.array([text or None for text in held], pa.string()))
    return {path: pa.chunked_array(parts) for path, parts in chunks.items()}


def _groups() -> dict[str, list[Column]]:
    groups: dict[str, list[Column]] = {}
    for column in MODELS["client"].columns:
        groups.setdefault(_group(column), []).append(column)
    return groups


def _group(column: Column) -> str:
    if column.form.startswith("organisation."):
        return "names"
    paths = _paths([column])
    if all(path.startswith(_ADDRESS) for path in paths):
        return "addresses"
    return "reach" if set(_REACHES) & set(paths) else "identifiers"


def _paths(columns: Sequence[Column]) -> list[str]:
    of_columns = (path for column in columns for paths in column.sources for path in paths)
    return list(dict.fromkeys(of_columns))


def _standardise(columns: Sequence[Column], texts: Texts) -> None:
    records = len(next(iter(texts.values())))
    raw = {path: encoded(text) for path, text in texts.items()}
    ends = np.cumsum([column.width for column in columns]).tolist()
    matrix = np.full((records, ends[-1]), MISSING, np.int32, order="F")
    slots = {
        column.name: slice(end - column.width, end)
        for column, end in zip(columns, ends, strict=True)
    }
    coded(columns, raw, matrix, slots)


def _least(texts: Texts) -> None:
    for text in texts.values():
        pc.binary_join(pc.utf8_split_whitespace(pc.utf8_lower(text)), " ")


def _one_by_one(columns: Sequence[Column], texts: Texts) -> float:
    """Seconds for all distinct values, at the pace of a sample that is read one by one.

    Only for reading: the values are not found, the forms not coded. Missing parts are left out.
    """
    seconds = 0.0
    for paths in dict.fromkeys(paths for column in columns for paths in column.sources):
        held = [texts[path] for path in paths if path in texts]
        if not held:
            continue
        rows = pa.table(dict(zip(map(str, range(len(held))), held, strict=True)))
        distinct = rows.group_by(rows.column_names).aggregate([])
        sample = [*zip(*(part.to_pylist() for part in distinct[:_SAMPLE].columns), strict=True)]
        forms = [FORMS[column.form] for column in columns if paths in column.sources]
        parsers = {form.parse for form in forms if form.parse}
        started = time.perf_counter()
        for parse in parsers:
            takes = [form.take for form in forms if form.parse is parse]
            for value in sample:
                parsed = parse(*value)
                for take in takes:
                    take(parsed)
        seconds += (time.perf_counter() - started) * len(distinct) / len(sample)
    return seconds


def _seconds(work: Callable[..., None], *arguments: Any) -> float:
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started


def _each(parse: Callable[[str], Any], values: Sequence[str]) -> float:
    started = time.perf_counter()
    for value in values:
        try:
            parse(value)
        except (InvalidValue, phonenumbers.NumberParseException):
            continue
    return round((time.perf_counter() - started) / len(values) * 1e6, 2)


def _validated(email: str) -> None:
    validate_email(email, check_deliverability=False, test_environment=True)


if __name__ == "__main__":
    main()
