"""Benchmark feeds: the same for a seed, true to their truth, and no harder when they are larger."""

import csv
from collections import Counter
from hashlib import sha256

import numpy as np
import pytest

from mdm.feeds.generator import DOMAINS, generate, write_benchmark
from mdm.feeds.generator.__main__ import main
from mdm.feeds.generator.clients import Clients
from mdm.feeds.generator.draws import Draws
from mdm.feeds.generator.registration import tax_number
from mdm.feeds.generator.spelling import (
    abbreviate,
    initial,
    mistype,
    swap_day_and_month,
    swap_words,
)
from mdm.feeds.generator.words import MEN, NICKNAMES, WOMEN
from mdm.standardise.contacting import parse_domain, parse_email, parse_phone
from mdm.standardise.dates import parse_date
from mdm.standardise.identifiers import parse_tax_id
from mdm.standardise.places import parse_country
from mdm.standardise.reading import Reading

AMERICAN = Reading(country="US", date_order="ymd")

# Bytes of 600 records of seed 1. They change only when the generator is meant to change.
DIGESTS = {
    "client": "2991316e5cb10562",
    "contact": "d80c85a569c5a438",
    "project": "e7cbbfac0d20f446",
    "rate": "5d9bb8a4bc4e7d06",
}


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def columns_of(domain, count, seed=1, **options):
    """System → column → values."""
    systems: dict[str, dict[str, list[str]]] = {}
    for chunk in generate(domain, count, seed, **options):
        for name, values in chunk.columns.items():
            systems.setdefault(chunk.system, {}).setdefault(name, []).extend(values)
    return systems


def keys_of(domain, count):
    return {
        system: set(next(iter(columns.values())))
        for system, columns in columns_of(domain, count).items()
    }


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_seed_gives_the_same_bytes_for_ever(domain, tmp_path):
    paths = write_benchmark(domain, 600, 1, tmp_path)

    digest = sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
    assert digest[:16] == DIGESTS[domain]


def test_another_seed_gives_other_records():
    assert columns_of("contact", 200, seed=1) != columns_of("contact", 200, seed=2)


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_size_of_the_chunks_does_not_matter(domain):
    assert columns_of(domain, 500, chunk_rows=7) == columns_of(domain, 500, chunk_rows=10_000)


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_truth_names_every_record_once(domain, tmp_path):
    first, second, truth = write_benchmark(domain, 3_000, 1, tmp_path)

    feeds = [rows_of(first), rows_of(second)]
    stated = rows_of(truth)
    in_feeds = Counter(next(iter(row.values())) for rows in feeds for row in rows)
    assert Counter(row["source_key"] for row in stated) == in_feeds
    assert set(in_feeds.values()) == {1}
    assert len(stated) == 3_000
    assert abs(len(feeds[0]) - len(feeds[1])) < 150
    assert 1.35 < len(stated) / len({row["entity"] for row in stated}) < 1.45


@pytest.mark.parametrize("domain", DOMAINS)
def test_no_feed_holds_the_truth(domain):
    cells = {
        value
        for columns in columns_of(domain, 1_000).values()
        for values in columns.values()
        for value in values
    }

    assert not any(value.startswith(f"{domain}-") for value in cells)


def test_a_feed_without_records_has_a_header(tmp_path):
    first, second, _ = write_benchmark("client", 1, 1, tmp_path)

    assert sorted(len(path.read_text().splitlines()) for path in (first, second)) == [1, 2]


@pytest.mark.parametrize("count", [1, 2, 3, 10])
@pytest.mark.parametrize("domain", DOMAINS)
def test_the_count_is_exact_however_small(domain, count):
    assert sum(len(chunk.entities) for chunk in generate(domain, count, 1)) == count


def test_duplicates_lie_within_a_system_and_across_both():
    systems = Counter()
    for chunk in generate("contact", 3_000, 1):
        systems.update((chunk.system, entity) for entity in chunk.entities)

    across = {entity for system, entity in systems if system == "crm"} & {
        entity for system, entity in systems if system == "erp"
    }
    assert len(across) > 400
    assert sum(times > 1 for times in systems.values()) > 100


def test_one_client_in_eight_is_a_sister_that_shares_root_and_domain():
    clients = Clients(seed=1, count=20_000)
    entity = np.arange(clients.population.entities)

    head = clients.head(entity)
    sisters = entity[head != entity]
    assert 0.11 < len(sisters) / len(entity) < 0.13
    assert clients.root(sisters) == clients.root(head[head != entity])
    assert clients.domains(sisters) == clients.domains(head[head != entity])


@pytest.mark.parametrize(
    ("domain", "columns"),
    [("contact", ("First Name", "Last Name")), ("contact", ("Email",)), ("client", ("Website",))],
)
def test_records_that_agree_by_chance_do_not_grow_with_the_count(domain, columns):
    small, large = (_pairs_per_record(domain, count, columns) for count in (4_000, 40_000))

    assert large < 1.4 * small + 0.02


def _pairs_per_record(domain, count, columns):
    crm = columns_of(domain, count)["crm"]
    keys = Counter(zip(*(crm[name] for name in columns), strict=True))
    return sum(n * (n - 1) / 2 for key, n in keys.items() if all(key)) / count


@pytest.mark.parametrize(
    ("domain", "count", "system", "column", "referred"),
    [
        ("contact", 4_000, "crm", "Account ID", ("client", 200, "crm")),
        ("contact", 4_000, "erp", "Customer", ("client", 200, "erp")),
        ("client", 2_000, "crm", "Parent Account ID", ("client", 2_000, "crm")),
        ("project", 1_600, "erp", "Customer", ("client", 200, "erp")),
        ("rate", 16_000, "erp", "Customer", ("client", 200, "erp")),
        ("rate", 16_000, "erp", "WBS Element", ("project", 1_600, "erp")),
    ],
)
def test_references_lead_to_records_of_the_same_seed(domain, count, system, column, referred):
    references = {key for key in columns_of(domain, count)[system][column] if key}

    assert references
    assert references <= keys_of(*referred[:2])[referred[2]]


def test_a_reference_names_its_system():
    clients = keys_of("client", 200)

    projects = columns_of("project", 1_600)["psa"]
    pairs = set(zip(projects["Client System"], projects["Client ID"], strict=True))
    assert {system for system, _ in pairs} == {"CRM", "ERP"}
    assert all(key in clients[system.lower()] for system, key in pairs)


def test_no_two_true_rates_compete():
    seen: dict[tuple[str, ...], int] = {}
    for chunk in generate("rate", 3_000, 1):
        if chunk.system == "rates":
            names = (
                "Scope",
                "Practice",
                "Region",
                "Client ID",
                "Project ID",
                "Level",
                "Valid From",
            )
            exact = [chunk.columns[name] for name in names]
            for entity, *facts in zip(chunk.entities, *exact, strict=True):
                seen.setdefault((*facts, entity // 6 % 4), entity)
                assert seen[*facts, entity // 6 % 4] == entity


@pytest.mark.parametrize(
    ("domain", "system", "column", "read"),
    [
        ("client", "crm", "Phone", lambda text: parse_phone(text, AMERICAN)),
        ("client", "crm", "Tax ID", lambda text: parse_tax_id(text, AMERICAN)),
        ("client", "erp", "E-Mail Domain", parse_domain),
        ("client", "erp", "Changed On", lambda text: parse_date(text, AMERICAN)),
        ("contact", "crm", "Email", parse_email),
        ("contact", "crm", "Mobile", lambda text: parse_phone(text, AMERICAN)),
        ("contact", "erp", "Country", parse_country),
        ("contact", "erp", "Date of Birth", lambda text: parse_date(text, AMERICAN)),
        ("project", "psa", "End Date", lambda text: parse_date(text, AMERICAN)),
    ],
)
def test_values_can_be_read(domain, system, column, read):
    values = [value for value in columns_of(domain, 2_000)[system][column] if value]

    assert values
    for value in values:
        read(value)


@pytest.mark.parametrize("country", ["US", "GB", "DE", "IE", "CH"])
def test_tax_numbers_pass_their_check_digits(country):
    numbers = [tax_number(country, bits * 7_919_777_777) for bits in range(300)]

    assert [parse_tax_id(number, AMERICAN)[:2] for number in numbers] == [country] * 300


def test_draws_depend_on_seed_purpose_stream_and_index_alone():
    draws = Draws(1, "test")
    index = np.arange(1_000)

    assert draws.bits("a", index[:3]).tolist() == [
        int(draws.bits("a", index[at : at + 1])[0]) for at in range(3)
    ]
    assert not np.array_equal(draws.bits("a", index), draws.bits("b", index))
    assert not np.array_equal(draws.bits("a", index), Draws(2, "test").bits("a", index))
    assert abs(draws.chance("c", index, 0.3).mean() - 0.3) < 0.05
    assert set(draws.below("d", index, 4).tolist()) == {0, 1, 2, 3}
    assert draws.skewed("e", index, 100).max() < 100


@pytest.mark.parametrize(
    ("change", "text", "bits", "result"),
    [
        (mistype, "Anna", 0, "Ana"),
        (mistype, "Anna", 1, "Annna"),
        (mistype, "Becker", 2, "Bceker"),
        (mistype, "Becker", 3, "Bwcker"),
        (mistype, "Lee", 0, "Lee"),
        (abbreviate, "Hartwell Consulting Group", 0, "Hartwell Cons. Grp"),
        (swap_words, "Hartwell Foods", 0, "Foods Hartwell"),
        (swap_words, "Hartwell", 0, "Hartwell"),
        (initial, "Anna", 1, "A."),
        (swap_day_and_month, "1980-03-11", 0, "1980-11-03"),
        (swap_day_and_month, "1980-03-13", 0, "1980-03-13"),
    ],
)
def test_a_misspelling(change, text, bits, result):
    assert change(text, bits) == result


def test_every_nickname_is_of_a_name_that_occurs():
    assert set(NICKNAMES) <= {*WOMEN, *MEN}


def test_the_command_line_writes_files_and_names_them(tmp_path, capsys):
    main(["benchmark", "--domain", "project", "--count", "50", "--out", str(tmp_path)])

    named = capsys.readouterr().out.splitlines()
    assert named == [str(tmp_path / f"projects_{part}.csv") for part in ("psa", "erp", "truth")]
    assert sorted(map(str, tmp_path.iterdir())) == sorted(named)


def test_the_command_line_refuses_a_count_that_is_not_positive(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["benchmark", "--domain", "rate", "--count", "0", "--out", str(tmp_path)])

    assert "--count" in capsys.readouterr().err
