import pytest

from mdm.models import ApiClient, Delivery, Subscription
from tests.factories import golden_record
from tests.mdm.webhooks.conftest import private_receivers, receiver, subscribe
from tests.mdm.webhooks.test_delivering import tell

pytestmark = pytest.mark.django_db

__all__ = ["private_receivers", "receiver", "subscribe"]
WRITER = ("*:read", "see:internal", "webhooks:write")


def post(caller, address, **body):
    return caller.post(f"/api/v1/webhooks{address}", body, content_type="application/json")


@pytest.fixture
def made(machine, receiver):
    """A machine with a webhook of its own, and what it was answered."""
    caller = machine(*WRITER)
    answer = post(caller, "", name="PSA", url=receiver.url, scopes=["*:read"])
    assert answer.status_code == 201, answer.content
    return caller, answer.json()


def test_a_webhook_is_made_told_and_looked_at(made, receiver):
    caller, webhook = made
    golden_record()
    tell()

    found = caller.get(f"/api/v1/webhooks/{webhook['id']}").json()
    [delivery] = caller.get(f"/api/v1/webhooks/{webhook['id']}/deliveries").json()["deliveries"]

    assert receiver.verified(webhook["secret"]) == receiver.taken
    assert "secret" not in found
    assert caller.get("/api/v1/webhooks").json() == {"webhooks": [found]}
    assert (delivery["state"], delivery["tries"][0]["status"]) == ("delivered", 204)


def test_what_is_wrong_is_said_with_its_field(machine):
    answer = post(machine(*WRITER), "", name="PSA", url="ftp://x", scopes=["*:read"])

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "url"


@pytest.mark.parametrize("body", [{"scopes": "x"}, {"types": [1]}, {"payload": 3}, {"name": 4}])
def test_a_body_of_another_shape_is_refused(machine, receiver, body):
    wish = {"name": "PSA", "url": receiver.url, "scopes": ["*:read"], **body}

    assert post(machine(*WRITER), "", **wish).status_code == 400


def test_nobody_subscribes_to_more_than_they_may_see(machine, receiver):
    answer = post(
        machine("client:read", "webhooks:write"), "", name="x", url=receiver.url, scopes=["*:read"]
    )

    assert answer.json()["errors"][0]["field"] == "scopes"


def test_a_machine_sees_its_own_webhooks_alone(made, machine):
    _, webhook = made
    other = machine(*WRITER)

    assert other.get("/api/v1/webhooks").json() == {"webhooks": []}
    assert other.get(f"/api/v1/webhooks/{webhook['id']}").status_code == 404
    assert post(other, f"/{webhook['id']}/ping").status_code == 404


def test_reading_takes_one_scope_and_writing_another(machine, receiver):
    reader = machine("*:read", "webhooks:read")

    assert reader.get("/api/v1/webhooks").status_code == 200
    assert post(reader, "", name="x", url=receiver.url, scopes=["*:read"]).status_code == 403
    assert machine("*:read").get("/api/v1/webhooks").status_code == 403


def test_a_webhook_is_pinged_paused_resumed_rotated_and_ended(made, receiver):
    caller, webhook = made
    at = f"/{webhook['id']}"

    assert post(caller, f"{at}/ping").json()["taken"] is True
    assert post(caller, f"{at}/pause").json()["state"] == "paused"
    assert post(caller, f"{at}/resume").json()["state"] == "active"
    assert post(caller, f"{at}/rotate").json()["secret"] != webhook["secret"]
    assert post(caller, f"{at}/explode").status_code == 404
    assert post(caller, f"{at}/end").json()["state"] == "ended"
    assert post(caller, f"{at}/end").status_code == 404


def test_one_event_a_range_and_dead_letters_are_replayed(made, receiver, settings):
    settings.WEBHOOK_ATTEMPTS = 1
    caller, webhook = made
    replay = f"/{webhook['id']}/replay"
    receiver.answer = lambda _event: 422
    for _ in range(3):
        golden_record()
    tell()
    first, *_, last = sorted(Delivery.objects.dead().values_list("position", flat=True))
    receiver.answer = lambda _event: 204

    assert post(caller, replay, dead=True).json() == {"events": 3}
    tell()
    assert post(caller, replay, position=first).json() == {"events": 1}
    assert post(caller, replay, **{"from": first, "to": last}).json() == {"events": 3}
    assert post(caller, replay, **{"from": last, "to": first}).status_code == 422
    assert post(caller, replay, position="x").status_code == 400
    assert len({each["id"] for each in receiver.taken}) == 3


def test_a_machine_that_lost_its_scopes_changes_nothing(made, receiver):
    caller, webhook = made
    client = ApiClient.objects.get(pk=Subscription.objects.get().client_id)
    assert client.scopes == list(WRITER)
    Subscription.objects.update(scopes=["*:read", "see:restricted"])

    assert post(caller, f"/{webhook['id']}/ping").status_code == 403


def test_deliveries_are_listed_page_by_page_with_a_fixed_number_of_statements(
    made, django_assert_max_num_queries
):
    caller, webhook = made
    for _ in range(3):
        golden_record()
    tell()
    address = f"/api/v1/webhooks/{webhook['id']}/deliveries"

    with django_assert_max_num_queries(4):
        page = caller.get(address, {"state": "delivered"}).json()
    before = page["deliveries"][1]["position"]

    assert len(page["deliveries"]) == 3
    assert len(caller.get(address, {"before": before}).json()["deliveries"]) == 1
    assert caller.get(address, {"state": "lost"}).status_code == 400
    assert caller.get(address, {"before": "x"}).status_code == 400
