"""The brokers that the journeys take, the processes at work, and what they are to achieve."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings as hub_settings
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from mdm import doorbell, work
from tests.journeys.brokers import contacts
from tests.journeys.brokers.contacts import FEEDS, ROWS_IN_A_CHUNK, Outcome
from tests.journeys.brokers.crew import Crew

# A server of each kind, for the tests that are marked: the environment says where it is.
NAMED = {"Redis": "TOUCHSTONE_TEST_REDIS_URL", "RabbitMQ": "TOUCHSTONE_TEST_RABBITMQ_URL"}


@pytest.fixture(
    params=["Valkey", *(pytest.param(name, marks=pytest.mark.broker) for name in NAMED)]
)
def broker(request: pytest.FixtureRequest) -> str:
    """The address of the suite's own Valkey, and of each server that the environment names."""
    variable = NAMED.get(request.param)
    if variable is None:
        return _own_valkey()
    if not os.environ.get(variable):
        pytest.skip(f"{variable} does not say where a {request.param} server is")
    return os.environ[variable]


def _own_valkey() -> str:
    """In a numbered database, so that the processes of pytest-xdist hear their own bells only."""
    url = hub_settings.CELERY_BROKER_URL
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return f"{url}?virtual_host={process + 1}" if url.startswith("redis+socket") else url


@pytest.fixture
def ring_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Celery]]:
    """Has this process ring at the broker of an address."""
    with ExitStack() as stack:

        def ring_at(url: str) -> Celery:
            monkeypatch.setenv("CELERY_BROKER_URL", url)  # which Celery prefers to any setting
            app = stack.enter_context(Celery(set_as_current=False))
            monkeypatch.setattr(doorbell, "app", app)
            monkeypatch.setattr(doorbell, "_bell", None)  # one that lately failed keeps silent
            return app

        yield ring_at


@pytest.fixture
def crew(
    broker: str, tmp_path: Path, transactional_db: None, ring_at: Callable[[str], Celery]
) -> Iterator[Crew]:
    """Processes to be started on a broker, at which this process rings as well."""
    contacts.register()
    ring_at(broker)
    with Crew(broker, tmp_path, ROWS_IN_A_CHUNK) as processes:
        yield processes


@pytest.fixture(scope="session")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the files of both feeds."""
    return contacts.write(tmp_path_factory.mktemp("feeds"))


@pytest.fixture(scope="session")
def made_undisturbed(
    feeds: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Outcome:
    """What one process makes of the feeds, without any broker."""
    with django_db_blocker.unblock(), override_settings(FEED_CHUNK_ROWS=ROWS_IN_A_CHUNK):
        contacts.register()
        for code in FEEDS:
            contacts.receive(code, feeds)
            work.drain()
        made = contacts.outcome()
        contacts.forget_everything()
    return made
