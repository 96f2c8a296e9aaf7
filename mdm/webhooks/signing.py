"""Secrets of subscriptions, and signatures as Standard Webhooks has them."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from standardwebhooks import Webhook

from mdm import tracing


def secret_of(salt: UUID) -> str:
    """The secret that belongs to a salt: whoever has the database alone does not have it."""
    key = hmac.new(settings.WEBHOOK_KEY.encode(), salt.bytes, hashlib.sha256).digest()
    return f"whsec_{base64.b64encode(key).decode()}"


def headers(
    event_id: str, body: str, salts: Sequence[UUID], at: datetime, traceparent: str = ""
) -> dict[str, str]:
    """The headers that name and sign a message, with every secret that is in use.

    To send it is a span of its own in the trace of the event, if it has one.
    """
    signatures = [Webhook(secret_of(salt)).sign(event_id, at, body) for salt in salts]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
        tracing.HEADER: tracing.next_span(traceparent),
    }
