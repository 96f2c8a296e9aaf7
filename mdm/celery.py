"""The Celery application, through which work rows ring for a worker."""

import gc
import importlib
import os
from typing import Any

from celery import Celery
from celery.signals import worker_init
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.settings")

app = Celery("mdm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["mdm"])


@worker_init.connect
def load_work(**_: Any) -> None:
    """Import what does the work before the worker's children are forked, so that they share it."""
    for path in app.conf.WORK.values():
        importlib.import_module(path.rpartition(".")[0])
    importlib.import_module("pandas")  # which pyarrow asks for at its first array
    importlib.import_module("numba")  # which the engine asks for at its first loop
    importlib.import_module("mdm.checks").refuse_to_start()
    connections.close_all()  # which children must not share
    gc.collect()
    gc.freeze()
