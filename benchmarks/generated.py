"""Generated clients and contacts, standardised and with their truth, as Parquet files.

The records are those of `mdm.feeds.generator`: a CRM and an ERP, 14 records of 10 things, 12 % of
the clients sister companies that share root name and domain; typing errors, abbreviations, other
legal forms, swapped words, gaps, moved and respelled addresses. They show cost and growth, not real
quality. Names, streets and towns are as many as `vocabulary` records have, so that a million
records with the words of a hundred thousand are crowded: many things share a name or a street.

    python -m benchmarks.generated clients 1000000 --vocabulary 100000 --folder generated
"""

import argparse
import json
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.peers.plain_models import MODELS, as_stored
from matching.engine.frame import Frame
from matching.engine.model import MatchModel
from matching.engine.splink_settings import splink_table
from matching.engine.weights import Weights
from mdm.feeds.generator import generate

TRUTH = "truth"  # the column that says which real thing a record is about

_HEADINGS: dict[tuple[str, str], Mapping[str, str]] = {
    ("client", "crm"): {
        "legal_name": "Account Name",
        "website": "Website",
        "phone": "Phone",
        "tax_id": "Tax ID",
        "street": "Billing Street",
        "city": "Billing City",
        "postcode": "Billing Zip/Postal Code",
        "country": "Billing Country",
    },
    ("client", "erp"): {
        "legal_name": "Name 1",
        "website": "E-Mail Domain",
        "phone": "Telephone",
        "tax_id": "VAT Registration No.",
        "registration_number": "Registration No.",
        "street": "Street",
        "city": "City",
        "postcode": "Postal Code",
        "country": "Country",
    },
    ("contact", "crm"): {
        "given_name": "First Name",
        "family_name": "Last Name",
        "role": "Title",
        "email": "Email",
        "phone": "Phone",
        "mobile": "Mobile",
        "street": "Mailing Street",
        "city": "Mailing City",
        "postcode": "Mailing Zip/Postal Code",
        "date_of_birth": "Birthdate",
    },
    ("contact", "erp"): {
        "given_name": "First Name",
        "family_name": "Last Name",
        "role": "Function",
        "email": "E-Mail",
        "phone": "Telephone",
        "mobile": "Mobile Phone",
        "street": "Street",
        "city": "City",
        "postcode": "Postal Code",
        "date_of_birth": "Date of Birth",
    },
}
_PHONES = ("phone", "mobile")
_DIGITS_OF_A_PHONE = 9  # from the end: what is left when a country's prefix is written or not


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", choices=sorted(MODELS))
    parser.add_argument("records", type=int)
    parser.add_argument("--vocabulary", type=int, help="by default as many as records")
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    started = time.perf_counter()
    vocabulary = options.vocabulary or options.records
    path = generated(options.set, options.records, vocabulary, options.seed, options.folder)
    seconds = round(time.perf_counter() - started, 1)
    print(json.dumps({"set": options.set, "file": str(path), "seconds": seconds}))


def generated(name: str, records: int, vocabulary: int, seed: int, folder: Path) -> Path:
    """The file of the set `name` ("clients" or "contacts"): made unless it is there already.

    It has one column for each of the model's, and `TRUTH`. KeyError for an unknown set.
    """
    path = folder / f"{name}-{records}-{vocabulary}-{seed}.parquet"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        pq.write_table(_standardised(MODELS[name], records, vocabulary, seed), unfinished)
        unfinished.rename(path)
    return path


def _standardised(model: MatchModel, records: int, vocabulary: int, seed: int) -> pa.Table:
    """The comparison forms of every record, made by the forms that the model names."""
    raw, truth = raw_columns(model, records, vocabulary, seed)
    frame = Frame.of(model, raw, np.arange(records))
    forms = splink_table(frame, model, Weights.of(model))
    kept = as_stored(model).paths
    return forms.select(kept).append_column(TRUTH, pa.array(truth))


def raw_columns(
    model: MatchModel, records: int, vocabulary: int, seed: int
) -> tuple[dict[str, pa.ChunkedArray], list[int]]:
    """What the two systems say in the attributes that the model reads, and the truth."""
    chunks: dict[str, list[pa.Array]] = {path: [] for path in model.paths}
    truth: list[int] = []
    for chunk in generate(model.domain, records, seed, vocabulary=vocabulary):
        headings = _HEADINGS[model.domain, chunk.system]
        for path, parts in chunks.items():
            nothing = [""] * len(chunk.entities)
            text = pa.array(chunk.columns[headings[path]] if path in headings else nothing)
            parts.append(_digits(text) if path in _PHONES else text)
        truth += chunk.entities
    return {path: _filled(pa.chunked_array(parts)) for path, parts in chunks.items()}, truth


def _digits(phones: pa.Array) -> pa.Array:
    digits = pc.replace_substring_regex(phones, r"\D", "")
    return pc.utf8_slice_codeunits(digits, -_DIGITS_OF_A_PHONE, None)


def _filled(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """The text with nulls for what is empty."""
    return pc.if_else(pc.equal(text, ""), None, text)


if __name__ == "__main__":
    main()
