import threading
import time

import pytest
from celery.signals import before_task_publish
from kombu import pools

from mdm import doorbell
from mdm.celery import app

OFFERED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    "broker",
    [
        "redis+socket:///no/such/socket",
        "amqp://guest@127.0.0.1:1//",
        "amqp://guest@192.0.2.1:5672//",  # an address that swallows packets
    ],
)
def test_ringing_neither_fails_nor_blocks_when_the_broker_is_down(monkeypatch, broker):
    monkeypatch.setattr(app.conf, "broker_url", broker)
    monkeypatch.setattr(app.conf, "broker_write_url", broker)
    app.pool.force_close_all()

    started = time.perf_counter()
    for work_id in range(100):
        doorbell.ring(work_id)
    spent = time.perf_counter() - started

    assert spent < 0.5


def test_a_message_about_work_says_in_its_headers_which_span_asks_for_it():
    sent, arrived = {}, threading.Event()

    def note(headers, body, **_):
        if list(body[0]) == [4242]:  # which no other test rings
            sent.update(headers)
            arrived.set()

    pools.reset()  # another test closed what led to this broker, and named others
    app._after_fork()
    before_task_publish.connect(note)
    try:
        for _ in range(100):  # what is rung soon after a failure is dropped
            doorbell.ring(4242, OFFERED)
            if arrived.wait(0.3):
                break
    finally:
        before_task_publish.disconnect(note)

    assert sent["traceparent"] == OFFERED
