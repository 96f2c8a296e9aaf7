"""Rows of the demo's feeds that are broken on purpose, for a steward to mend."""

from dataclasses import dataclass

from mdm.feeds.generator.population import Columns


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that holds `value` instead of what was meant.

    `row` counts as a spreadsheet does, the header being row 1; in JSON lines it is the line.
    """

    file: str
    row: int
    column: str
    value: str
    why: str


FAULTS = (
    Fault("synthetic_psa_projects.csv", 93, "End Date", "2026-02-30", "no such day"),
    Fault("synthetic_psa_projects.csv", 112, "Client ID", "ZZZQ", "no such client"),
    Fault("synthetic_psa_projects.csv", 201, "Project Name", "", "required"),
    Fault("synthetic_erp_projects.jsonl", 58, "Start", "2025-13-05", "no such month"),
    Fault("synthetic_erp_projects.jsonl", 140, "Customer", "QQQX", "no such client"),
    Fault("synthetic_crm_contacts.csv", 77, "Last Name", "", "required"),
    Fault(
        "synthetic_crm_contacts.csv",
        301,
        "Email",
        "hendwood.c@@centerpoint-energy.example",
        "two @",
    ),
    Fault("synthetic_crm_contacts.csv", 415, "Birthdate", "1981-11-31", "no such day"),
    Fault("synthetic_erp_contacts.xlsx", 90, "Customer", "XQZZ", "no such client"),
    Fault("synthetic_erp_contacts.xlsx", 222, "Last Name", "", "required"),
    Fault(
        "synthetic_erp_client_addresses.csv", 46, "VAT Registration No.", "47-65893", "too short"
    ),
    Fault("synthetic_erp_client_addresses.csv", 130, "Country", "Freedonia", "no such country"),
    Fault("synthetic_register_rates.csv", 66, "Amount", "on request", "not a price"),
    Fault(
        "synthetic_register_rates.csv", 150, "Valid From", "2026-31-01", "day and month exchanged"
    ),
    Fault("synthetic_register_rates.csv", 281, "Project ID", "PRJ-9999999", "no such project"),
    Fault(
        "synthetic_erp_client_exposures.csv",
        20,
        "Open Receivables",
        "2498,OO",
        "letters for noughts",
    ),
)


def broken(file: str, columns: Columns) -> Columns:
    """`columns` with the faults of `file` in them."""
    header_rows = 0 if file.endswith(".jsonl") else 1
    result = {name: values.copy() for name, values in columns.items()}
    for fault in FAULTS:
        if fault.file == file:
            result[fault.column][fault.row - header_rows - 1] = fault.value
    return result
