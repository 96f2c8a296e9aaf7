"""The API as strangers try it: whatever the document allows, and much that it does not."""

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings

from mdm.api import openapi
from mdm.models import ApiClient
from mdm.wsgi import application
from tests.factories import feed, golden_record, record, system

schemathesis = pytest.importorskip("schemathesis", reason="it comes with the developers' tools")

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("default")]


@pytest.fixture(autouse=True)
def one_transaction():
    """Requests stay in the transaction of the test, as those of Django's own test client do."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


OPERATIONS = sorted(
    (method.upper(), address)
    for address, methods in openapi.document()["paths"].items()
    for method in openapi.METHODS
    if method in methods
)


@pytest.mark.parametrize(("method", "address"), OPERATIONS)
def test_no_request_makes_the_api_fail_or_answer_what_it_does_not_document(
    machine, settings, monkeypatch, method, address
):
    settings.API_RATE = "1000000/min"
    monkeypatch.setattr("mdm.api.changes.LONGEST_WAIT", 0)
    feed("crm", mode="delta")
    golden_record(record("A"), record("E", source="ERP"))
    system("PSA")
    everything = ["*:read", "see:internal", "see:personal", "see:restricted"] + [
        f"{domain}:{verb}"
        for domain in ("client", "contact", "project", "rate")
        for verb in ("match", "claim", "send", "steward")
    ]
    caller = machine(*everything)
    assert ApiClient.objects.exists()
    headers = {"Authorization": caller.defaults["HTTP_AUTHORIZATION"]}
    schema = schemathesis.openapi.from_dict(openapi.document())
    schema.app = application
    strategy = schema[address][method].as_strategy()

    @given(case=strategy)
    @_few
    def ask(case):
        response = case.call(headers=headers)
        case.validate_response(response, checks=_checks())

    ask()


_few = settings(
    max_examples=8,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def _checks():
    from schemathesis import checks

    return [
        checks.not_a_server_error,
        *(
            getattr(schemathesis.specs.openapi.checks, name)
            for name in (
                "status_code_conformance",
                "content_type_conformance",
                "response_schema_conformance",
            )
        ),
    ]
