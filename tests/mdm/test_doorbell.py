import time

import pytest

from mdm import doorbell
from mdm.celery import app


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
