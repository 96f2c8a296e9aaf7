"""The doorbell after a broker was restarted."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from kombu.connection import Connection

from mdm import doorbell
from tests.journeys.brokers.conftest import NAMED
from tests.journeys.brokers.relay import Relay

pytestmark = pytest.mark.broker


@pytest.mark.parametrize("broker", NAMED, indirect=True)
def test_the_first_ring_after_a_restart_of_the_broker_is_heard(broker, queue, ring_at):
    with Relay(broker) as relay:
        ring_at(relay.url).conf.task_default_queue = queue.queue.name
        doorbell.ring(1)
        assert heard(queue) == 1

        relay.close()
        relay.open()
        doorbell.ring(2)

        assert heard(queue) == 2


@pytest.fixture
def queue(broker: str) -> Iterator[Any]:
    """A queue of its own, which no worker empties."""
    with Connection(broker) as connection:
        queue = connection.SimpleQueue(f"test-{secrets.token_hex(4)}")
        yield queue
        queue.close()
        queue.queue.delete()


def heard(queue: Any) -> int:
    """The work that a worker would be asked to do."""
    message = queue.get(timeout=10)
    message.ack()
    [work_id], *_ = message.payload
    return int(work_id)
