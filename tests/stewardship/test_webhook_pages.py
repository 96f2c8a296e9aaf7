import pytest
from django.contrib.auth.models import User
from django.test import Client

from mdm.following.positions import place_events
from mdm.models import Subscription
from mdm.webhooks import telling
from tests.factories import golden_record
from tests.mdm.webhooks.conftest import private_receivers, receiver, subscribe
from tests.mdm.webhooks.test_delivering import tell

pytestmark = pytest.mark.django_db

__all__ = ["private_receivers", "receiver", "subscribe"]


@pytest.fixture
def boss():
    browser = Client()
    person = User.objects.create_superuser("boss", password="x")
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def text(answer):
    return answer.content.decode()


def test_an_integrator_makes_a_webhook_and_sees_its_secret_once(sign_in, receiver):
    browser = sign_in("integrator")

    made = browser.post(
        "/webhooks",
        {"name": "PSA", "url": receiver.url, "scopes": ["client:read"], "payload": "full"},
    )

    assert "whsec_" in text(made)
    webhook = Subscription.objects.get()
    assert webhook.created_by == "user:integrator"
    assert "whsec_" not in text(browser.get("/webhooks"))
    assert "whsec_" not in text(browser.get(f"/webhooks/{webhook.pk}"))


def test_what_is_wrong_with_a_webhook_is_said_beside_its_field(sign_in):
    page = sign_in("integrator").post(
        "/webhooks",
        {"name": "PSA", "url": "ftp://x", "scopes": ["client:read"], "payload": "full"},
    )

    assert "is not a web address" in text(page)
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("role", ["viewer", "steward", "finance"])
def test_webhooks_are_not_for_everybody(sign_in, subscribe, role):
    made, _ = subscribe()
    browser = sign_in(role)

    assert browser.get("/webhooks").status_code == 403
    assert browser.get(f"/webhooks/{made.pk}").status_code == 403


def test_whoever_may_see_less_than_a_webhook_may_look_at_it_and_change_nothing(sign_in, subscribe):
    made, _ = subscribe(scopes=["client:read", "see:personal"])
    browser = sign_in("integrator")

    page = text(browser.get(f"/webhooks/{made.pk}"))

    assert "Send a test event" not in page
    assert browser.post(f"/webhooks/{made.pk}", {"action": "ping"}).status_code == 403


def test_everything_that_can_be_done_with_a_webhook_is_a_button(boss, subscribe, receiver):
    made, _ = subscribe()
    golden_record()
    tell()
    page = f"/webhooks/{made.pk}"

    def act(action, **more):
        return text(boss.post(page, {"action": action, **more}, follow=True))

    assert "The test event was taken: 204" in act("ping")
    assert "1 event is sent again" in act("replay", position=receiver.taken[0]["position"])
    assert "Resume" in act("pause")
    assert "What waited is sent now" in act("resume")
    assert "whsec_" in act("rotate")
    assert "0 events are sent again" in act("replay-dead")
    assert "Nothing was done" in act("explode")
    assert "is told nothing any more" in act("end")
    assert boss.get(page).status_code == 404


def test_dead_letters_and_what_went_wrong_are_shown(boss, subscribe, receiver, settings):
    settings.WEBHOOK_ATTEMPTS = 2
    made, _ = subscribe()
    receiver.answer = lambda _event: 422
    golden_record()
    tell()

    page = text(boss.get(f"/webhooks/{made.pk}"))

    assert "answered 422" in page
    assert "Send again what was given up" in page


def test_the_list_and_a_webhook_cost_a_fixed_number_of_statements(
    boss, subscribe, receiver, django_assert_max_num_queries
):
    for number in range(4):
        subscribe(name=f"receiver {number}")
    for _ in range(5):
        golden_record()
    place_events()
    telling.tell_subscribers()

    with django_assert_max_num_queries(4):
        boss.get("/webhooks")
    with django_assert_max_num_queries(8):
        boss.get(f"/webhooks/{Subscription.objects.first().pk}")
