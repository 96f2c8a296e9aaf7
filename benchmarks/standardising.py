"""Standardising: raw client rows into the comparison forms of the shipped client model.

    python -m benchmarks.standardising 1000000

Generated clients of a CRM and an ERP, as written there, from Arrow strings to codes of distinct
comparison forms, at least three times in turn: names, addresses and identifiers in one go, as a
match run reads them, and each of these groups, and ways to reach a firm, by itself. All run in one
process with two threads, so processor time stands beside. Machine code is loaded before, or made,
where this machine has none yet: once a process, so it stands apart. Beside each group stands the
least that the same columns cost in Arrow (to lower case, split at spaces, joined again; one
thread), and the same forms one value at a time, on a sample. The libraries for phones and e-mail
addresses are paid at ingest: a figure for each value.
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

from benchmarks.peers import machine_code
from matching.domains import MODELS
from matching.engine import shapes
from matching.engine.arrays import MISSING
from matching.engine.coding import coded
from matching.engine.forms import FORMS
from matching.engine.model import Column
from matching.engine.record_forms import slots_of
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
    figures = {"machine code: seconds": round(machine_code.SECONDS, 3)}
    figures |= measured(texts, max(3, options.repeats)) | libraries(texts)
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
    """Every group once, and all that figure 9 is about; nothing is remembered from before."""
    figures: Figures = {}
    for group, columns in groups.items():
        of_group = _beside_arrow(columns, texts)
        figures |= {f"{group}: {name}": value for name, value in of_group.items()}
    together = [column for group in _MEASURED for column in groups[group]]
    return figures | _beside_arrow(together, texts)


def _beside_arrow(columns: Sequence[Column], texts: Texts) -> Figures:
    held = {path: texts[path] for path in _paths(columns) if path in texts}
    shapes.template_of.cache_clear()
    before = time.process_time()
    mine = _seconds(_standardise, columns, held)
    processor = time.process_time() - before
    least = _seconds(_least, held)
    return {
        "seconds": mine,
        "seconds of the processor": processor,
        "seconds of Arrow": least,
        "ratio to Arrow": mine / least,
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
    width = sum(column.width for column in columns)
    matrix = np.full((records, width), MISSING, np.int32, order="F")
    coded(columns, texts, matrix, slots_of(columns))


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
