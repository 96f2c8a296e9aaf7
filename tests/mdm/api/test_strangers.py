"""The API as strangers try it: whatever the document allows, and much that it does not."""

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans

from mdm.api import openapi
from mdm.api.quick import QuickWay
from mdm.governance import access
from mdm.webhooks.sending import Answer
from tests.factories import feed, golden_record, record, system

schemathesis = pytest.importorskip("schemathesis", reason="it comes with the developers' tools")

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("default")]


@pytest.fixture
def made(machine, settings):
    """What stands in addresses that lead to something; requests stay in the test's transaction."""
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    made = _made(machine(*access.scopes()))
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)  # Django's own test client connects it again
    yield made
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
    made, settings, monkeypatch, method, address
):
    settings.API_RATE = "1000000/min"
    monkeypatch.setattr("mdm.api.changes.LONGEST_WAIT", 0)
    monkeypatch.setattr("mdm.webhooks.sending.post_all", lambda *_, **__: [Answer(1, 204)])
    headers = {"Authorization": made["key"]}
    schema = schemathesis.openapi.from_dict(openapi.document())
    schema.app = QuickWay(get_wsgi_application())
    strategy = schema[address][method].as_strategy()

    @given(case=strategy, is_there=booleans())
    @_few
    def ask(case, is_there):
        if is_there:
            known = {name: made[name] for name in case.path_parameters or () if name in made}
            case.path_parameters = {**(case.path_parameters or {}), **known}
        response = case.call(headers=headers)
        case.validate_response(response, checks=_checks())

    ask()


def _made(caller):
    """What may stand in an address, so that it leads to something that is there."""
    feed("crm", mode="delta")
    golden = golden_record(record("A"), record("E", source="ERP"))
    system("PSA")

    def post(address, **body):
        answer = caller.post(f"/api/v1/{address}", body, "application/json")
        assert answer.status_code < 300, answer.content
        return answer.json()

    pin = {"attribute": "industry", "value": "Steel", "reason": "said so"}
    webhook = {"name": "PSA", "url": "http://127.0.0.1:9/", "scopes": ["client:read"]}
    return {
        "key": caller.defaults["HTTP_AUTHORIZATION"],
        "domain": "client",
        "system": "CRM",
        "source_key": "A",
        "golden_id": str(golden.pk),
        "action_id": post(f"golden/client/{golden.pk}/pin", **pin)["id"],
        "job_id": post("sources/CRM/client/records", records=[{"Id": "N"}])["id"],
        "webhook_id": post("webhooks", **webhook)["id"],
        "event_type": "touchstone.golden.merged.v1",
        "verb": "rotate",
    }


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
