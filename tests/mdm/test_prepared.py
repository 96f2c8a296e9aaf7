"""One statement through libpq: the same rows as a cursor's, whatever happened to the connection."""

import pytest
from django.db import connection, transaction
from django.db.utils import DataError
from django.test.utils import CaptureQueriesContext

from mdm.bulk import execute, fetch, fetch_prepared
from mdm.prepared import Prepared

pytestmark = pytest.mark.django_db(transaction=True)

STATEMENT = "SELECT %s::int + 1, %s::text || '!', now() - now(), now()::date = current_date"


@pytest.fixture
def prepared():
    return Prepared("of_a_test", STATEMENT)


def plans():
    """How often the statement was planned for its parameters, and how often not."""
    rows = fetch(
        "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE name = 'of_a_test'"
    )
    return rows[0] if rows else None


@pytest.mark.parametrize("texts", [["41", "Größe"], ["41", None], [None, ""], ["41", "it's $1 %s"]])
def test_the_rows_are_those_of_a_cursor(prepared, texts):
    assert prepared.fetch(texts) == fetch_prepared(STATEMENT, texts)


def test_it_is_planned_once_and_not_for_each_question(prepared):
    for number in range(20):
        assert prepared.fetch([str(number), "a"])[0][0] == number + 1

    assert plans() == (5, 15)  # PostgreSQL looks at five before it keeps one


def test_after_all_that_was_prepared_is_dropped_it_is_prepared_again(prepared):
    """As psycopg drops it when a transaction is rolled back."""
    prepared.fetch(["1", "a"])
    execute("DEALLOCATE ALL")

    assert [prepared.fetch([each, "a"])[0][0] for each in "123"] == [2, 3, 4]
    assert plans() is not None


def test_after_the_server_ended_the_connection_it_answers(prepared):
    prepared.fetch(["1", "a"])
    [(ended,)] = fetch("SELECT pg_backend_pid()")
    with connection.cursor():
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [ended])
        other.close()

    assert [prepared.fetch([each, "a"])[0][0] for each in "12"] == [2, 3]
    assert plans() is not None


def test_what_is_wrong_is_said_as_by_any_statement(prepared):
    with pytest.raises(DataError, match="invalid input syntax for type integer"):
        prepared.fetch(["one", "a"])

    assert prepared.fetch(["1", "a"])[0][0] == 2


def test_a_transaction_outlives_a_statement_that_is_not_prepared_any_more(prepared):
    prepared.fetch(["1", "a"])
    execute("DEALLOCATE ALL")

    with transaction.atomic():
        assert prepared.fetch(["1", "a"])[0][0] == 2


def test_whoever_counts_statements_counts_this_one(prepared):
    with CaptureQueriesContext(connection) as queries:
        prepared.fetch(["1", "a"])

    assert len(queries) == 1
