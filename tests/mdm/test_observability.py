import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from mdm import golden, work
from mdm.golden import Link
from mdm.models import Event, Work
from mdm.observability import RequestMiddleware, cause_of
from tests.factories import cause, golden_record, record

pytestmark = pytest.mark.django_db

TOKEN = "a token of the house"


def ask(client, token=None):
    headers = {"authorization": f"Bearer {token}"} if token is not None else {}
    return client.get("/metrics", headers=headers)


@pytest.fixture
def unreachable_database():
    """A database of which the address is wrong, until the test is over."""
    connection.close()
    right = connection.settings_dict["HOST"], connection.settings_dict["PORT"]
    connection.settings_dict.update(HOST="127.0.0.1", PORT="1")
    yield
    connection.close()
    connection.settings_dict.update(HOST=right[0], PORT=right[1])


def test_a_hub_that_works_is_healthy(client):
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "checks": {"database": True, "migrations": True, "broker": True},
    }


def test_without_a_broker_the_hub_still_serves_and_says_that_it_is_degraded(client, settings):
    settings.CELERY_BROKER_URL = "redis://:secret@127.0.0.1:1/0"

    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["checks"]["broker"] is False
    assert "secret" not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_without_a_database_the_hub_fails_and_does_not_say_why(client, unreachable_database):
    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json() == {
        "status": "failing",
        "checks": {"database": False, "migrations": False, "broker": True},
    }
    assert answer["x-correlation-id"].startswith("ts-")


def test_a_database_of_another_version_fails(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'matching'")

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": True, "migrations": False, "broker": True}


def test_metrics_are_for_the_holder_of_the_token(client, settings):
    settings.METRICS_TOKEN = TOKEN

    assert ask(client, TOKEN).status_code == 200
    assert [ask(client, each).status_code for each in (None, "", "another", TOKEN[:-1])] == [
        403
    ] * 4


def test_without_a_token_in_the_settings_no_token_opens_the_metrics(client, settings):
    settings.METRICS_TOKEN = ""

    assert [ask(client, each).status_code for each in (None, "")] == [403, 403]


def test_an_administrator_sees_the_metrics_and_a_steward_does_not(client, sign_in):
    boss = User.objects.create_superuser("boss", password="x")
    client.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")

    assert ask(client).status_code == 200
    assert ask(sign_in("steward")).status_code == 403


def metrics(client, settings):
    """Every sample by its name and labels, as Prometheus reads them."""
    settings.METRICS_TOKEN = TOKEN
    lines = ask(client, TOKEN).content.decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_metrics_count_requests_by_view_and_answer(client, settings):
    name = 'touchstone_requests_total{method="GET",status="200",view="health"}'
    before = float(metrics(client, settings).get(name, 0))

    client.get("/healthz")

    assert float(metrics(client, settings)[name]) == before + 1
    assert 'touchstone_request_seconds_count{view="health"}' in metrics(client, settings)


def test_metrics_show_open_work_and_how_long_the_oldest_waits(client, settings):
    work.enqueue("match", 1, cause=cause(at=timezone.now() - timezone.timedelta(minutes=5)))
    work.enqueue("match", 2, cause=cause(at=timezone.now() + timezone.timedelta(hours=1)))
    work.enqueue("read feed", 3, cause=cause())
    Work.objects.filter(kind="read feed").update(state="parked")

    found = metrics(client, settings)

    assert found['touchstone_work{kind="match",state="waiting"}'] == "2.0"
    assert found['touchstone_work{kind="read feed",state="parked"}'] == "1.0"
    assert float(found["touchstone_oldest_waiting_work_seconds"]) >= 300


def test_metrics_of_an_idle_hub_say_that_nothing_waits(client, settings):
    found = metrics(client, settings)

    assert not [name for name in found if name.startswith("touchstone_work{")]
    assert found["touchstone_oldest_waiting_work_seconds"] == "0.0"


def test_methods_and_addresses_that_nobody_declared_are_counted_as_one(client, settings):
    for number in range(3):
        client.generic(f"BREW{number}", f"/{number}/{number}")

    found = metrics(client, settings)

    assert (
        float(found['touchstone_requests_total{method="other",status="404",view="unknown"}']) >= 3
    )
    assert not [name for name in found if "BREW" in name]


def test_three_edits_in_one_request_share_its_id_and_another_request_has_its_own():
    made = golden_record(record("A"))
    joining = iter([record(key, source="ERP") for key in "1234"])

    def edit(request):
        for _ in range(request.edits):
            link = Link(next(joining).pk, "steward")
            golden.attach(
                "client", {made.pk: [link]}, cause=cause_of(request, reason="they told us")
            )
        return HttpResponse()

    for edits in (3, 1):
        request = RequestFactory().post("/", headers={"x-request-id": "mine"})
        request.user, request.edits, request.resolver_match = User(username="ann"), edits, None
        answer = RequestMiddleware(edit)(request)
        done = Event.objects.of_request(answer["X-Request-ID"])
        assert [each.reason for each in done] == ["they told us"] * edits
        assert {each.by for each in done} == {"user:ann"}

    assert Event.objects.of_person("ann").filter(type="golden.changed").count() == 4
    assert not Event.objects.of_request("mine").exists()
    assert not Event.objects.of_request("").exists()
