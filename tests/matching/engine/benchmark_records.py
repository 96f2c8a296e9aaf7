"""Generated records of two systems in the attribute paths that the match models read."""

from collections.abc import Mapping

import numpy as np

from matching.engine.frame import Frame
from matching.engine.model import MatchModel
from mdm.feeds.generator import generate

COLUMNS: dict[tuple[str, str], Mapping[str, str]] = {
    ("client", "crm"): {
        "legal_name": "Account Name",
        "website": "Website",
        "phone": "Phone",
        "tax_id": "Tax ID",
        "addresses[0].lines[0]": "Billing Street",
        "addresses[0].city": "Billing City",
        "addresses[0].postcode": "Billing Zip/Postal Code",
        "addresses[0].country": "Billing Country",
    },
    ("client", "erp"): {
        "legal_name": "Name 1",
        "phone": "Telephone",
        "email_domain": "E-Mail Domain",
        "tax_id": "VAT Registration No.",
        "registration_number": "Registration No.",
        "register": "Register",
        "addresses[0].lines[0]": "Street",
        "addresses[0].city": "City",
        "addresses[0].postcode": "Postal Code",
        "addresses[0].country": "Country",
    },
    ("contact", "crm"): {
        "given_name": "First Name",
        "middle_name": "Middle Name",
        "family_name": "Last Name",
        "client": "Account ID",
        "role": "Title",
        "emails[0]": "Email",
        "emails[1]": "Other Email",
        "phones[0]": "Phone",
        "phones[1]": "Mobile",
        "address.lines[0]": "Mailing Street",
        "address.city": "Mailing City",
        "address.postcode": "Mailing Zip/Postal Code",
        "date_of_birth": "Birthdate",
    },
    ("contact", "erp"): {
        "given_name": "First Name",
        "family_name": "Last Name",
        "client": "Customer",
        "role": "Function",
        "emails[0]": "E-Mail",
        "phones[0]": "Telephone",
        "phones[1]": "Mobile Phone",
        "address.lines[0]": "Street",
        "address.city": "City",
        "address.postcode": "Postal Code",
        "date_of_birth": "Date of Birth",
    },
}


def generated_frame(model: MatchModel, count: int, seed: int = 1) -> tuple[Frame, list[int]]:
    """A frame of `count` generated records, and the number of the real thing behind each row."""
    columns, truth = generated_columns(model, count, seed)
    return Frame.of(model, columns, np.arange(len(truth))), truth


def generated_columns(
    model: MatchModel, count: int, seed: int = 1
) -> tuple[dict[str, list[str | None]], list[int]]:
    """What `count` generated records hold at each path, and the real thing behind each of them."""
    texts: dict[str, list[str | None]] = {path: [] for path in model.paths}
    truth: list[int] = []
    for chunk in generate(model.domain, count, seed):
        names = COLUMNS[model.domain, chunk.system]
        for path, values in texts.items():
            given = chunk.columns[names[path]] if path in names else [""] * len(chunk.entities)
            values.extend(value or None for value in given)
        truth += chunk.entities
    return texts, truth
