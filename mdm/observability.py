"""Correlation ids, structured request logs, metrics and health."""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from kombu.connection import Connection
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from mdm import tracing
from mdm.bulk import fetch
from mdm.cause import Cause, accept_correlation_id, mint_request_id
from mdm.following import positions

log = structlog.get_logger(__name__)

HEADER = "X-Correlation-ID"
REQUEST_HEADER = "X-Request-ID"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
REQUESTS = Counter("touchstone_requests_total", "Requests answered", ["view", "method", "status"])
SECONDS = Histogram("touchstone_request_seconds", "Time to answer", ["view"])


@dataclass(frozen=True, slots=True)
class Ids:
    """What a request goes by: the business case, the request itself, and the caller's trace.

    The correlation id of a business case may be the caller's; the request id, which groups what
    the request did, never is.
    """

    correlation_id: str
    request_id: str
    traceparent: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Ids":
        """Those that the caller offers (headers as WSGI names them), and new ones."""
        return cls(
            accept_correlation_id(environ.get("HTTP_X_CORRELATION_ID")),
            mint_request_id(),
            tracing.next_span(environ.get("HTTP_TRACEPARENT", "")),
        )

    @property
    def headers(self) -> dict[str, str]:
        """What the answer says of them."""
        return {
            HEADER: self.correlation_id,
            REQUEST_HEADER: self.request_id,
            tracing.HEADER: self.traceparent,
        }

    @property
    def logged(self) -> dict[str, str]:
        """What log lines say of them."""
        return {
            "correlation_id": self.correlation_id,
            "request_id": self.request_id,
            "trace_id": tracing.trace_id(self.traceparent),
        }


class RequestMiddleware:
    """Gives every request its ids, answers with them, and logs and counts the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        ids = Ids.of(request.META)
        request.correlation_id = ids.correlation_id  # type: ignore[attr-defined]
        request.request_id = ids.request_id  # type: ignore[attr-defined]
        request.traceparent = ids.traceparent  # type: ignore[attr-defined]
        with structlog.contextvars.bound_contextvars(**ids.logged):
            response = self.get_response(request)
            for name, value in ids.headers.items():
                response[name] = value
            match = request.resolver_match
            view = (match.view_name or match._func_path) if match else "unknown"
        seconds = time.perf_counter() - started
        report(view, request.method or "", response.status_code, seconds, ids)
        return response


def report(view: str, method: str, status: int, seconds: float, ids: Ids) -> None:
    """Count and log a request that was answered."""
    requests, times = _meters(view, method if method in METHODS else "other", status)
    requests.inc()
    times.observe(seconds)
    log.info(
        "request",
        view=view,
        method=method,
        status=status,
        milliseconds=round(seconds * 1000, 1),
        **ids.logged,
    )


@lru_cache(maxsize=1_000)
def _meters(view: str, method: str, status: int) -> tuple[Counter, Histogram]:
    """Those of requests of a kind: to find them takes longer than to count."""
    return REQUESTS.labels(view, method, status), SECONDS.labels(view)


def cause_of(request: HttpRequest, *, reason: str = "") -> Cause:
    """Who asks, now, why, under the request's ids: what an edge hands to a verb."""
    name = request.user.get_username() if request.user else "unknown"
    kind = "client" if getattr(request.user, "is_machine", False) else "user"
    correlation_id: str = request.correlation_id  # type: ignore[attr-defined]
    request_id: str = request.request_id  # type: ignore[attr-defined]
    return Cause(
        timezone.now(),
        f"{kind}:{name}",
        correlation_id,
        reason=reason,
        request_id=request_id,
        traceparent=request.traceparent,  # type: ignore[attr-defined]
    )


class HubCollector(Collector):
    """Gauges that are read from the database when somebody asks for them."""

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not ask the database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        work = GaugeMetricFamily("touchstone_work", "Work rows", labels=["kind", "state"])
        for kind, state, count in fetch(
            "SELECT kind, state, count(*) FROM mdm_work WHERE state <> 'done' GROUP BY 1, 2"
        ):
            work.add_metric([kind, state], count)
        yield work
        [(oldest,)] = fetch(
            "SELECT coalesce(extract(epoch FROM now() - min(not_before)), 0)::float8"
            " FROM mdm_work WHERE state = 'waiting' AND not_before < now()"
        )
        yield GaugeMetricFamily(
            "touchstone_oldest_waiting_work_seconds", "Age of the oldest due work", value=oldest
        )
        yield GaugeMetricFamily(
            "touchstone_changes_lag_seconds",
            "Age of the oldest event that the changes feed does not have yet",
            value=positions.lag_seconds(),
        )
        yield GaugeMetricFamily(
            "touchstone_broken_invariants",
            "Invariants that did not hold at the last check of the hub",
            value=_broken_invariants(),
        )
        for state, words in (
            ("waiting", "Events that a webhook is still to be told of"),
            ("dead", "Events that a webhook was not told of after too many attempts"),
        ):
            told = GaugeMetricFamily(f"touchstone_webhook_{state}", words, labels=["webhook"])
            for webhook, count in fetch(
                "SELECT s.name, count(*) FROM mdm_delivery d JOIN mdm_subscription s"
                " ON s.id = d.subscription_id WHERE d.state = %s GROUP BY 1",
                [state],
            ):
                told.add_metric([webhook], count)
            yield told


def _broken_invariants() -> int:
    rows = fetch(
        "SELECT jsonb_array_length(broken) FROM mdm_hubcheck"
        " ORDER BY checked_at DESC, id DESC LIMIT 1"
    )
    return rows[0][0] if rows else 0


def _registry() -> CollectorRegistry:
    """What this process counted, or all processes that share PROMETHEUS_MULTIPROC_DIR."""
    registry = CollectorRegistry()
    registry.register(HubCollector())
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REQUESTS)
        registry.register(SECONDS)
    return registry


@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics, for the holder of METRICS_TOKEN or a signed-in administrator."""
    offered = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = settings.METRICS_TOKEN
    if not (token and constant_time_compare(offered, token)) and not request.user.is_superuser:
        raise PermissionDenied("metrics need the token in METRICS_TOKEN, or an administrator")
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


@login_not_required
def health(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """200 when the hub can work, 503 when it cannot; says which part fails, never why."""
    checks = {"database": _database_works, "migrations": _is_migrated, "broker": _broker_works}
    states = {name: _holds(check) for name, check in checks.items()}
    # Without a broker the sweep is silent but nothing is lost, so the hub still serves.
    serving = states["database"] and states["migrations"]
    status = "ok" if all(states.values()) else "degraded" if serving else "failing"
    return JsonResponse({"status": status, "checks": states}, status=200 if serving else 503)


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as error:
        log.warning("health check failed", check=check.__name__, error=str(error))
        return False


def _database_works() -> bool:
    return fetch("SELECT 1") == [(1,)]


def _is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _broker_works() -> bool:
    with Connection(  # type: ignore[no-untyped-call]
        settings.CELERY_BROKER_URL, connect_timeout=1, transport_options={"max_retries": 1}
    ) as broker:
        broker.ensure_connection(max_retries=1, timeout=2)
    return True
