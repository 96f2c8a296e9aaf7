"""manage.py demo_logins: make the demo's logins and API key, and print them."""

from typing import Any

from django.core.management.base import BaseCommand

from stewardship.demo import logins


class Command(BaseCommand):
    help = "Makes the demo's logins and its API key, and prints them."

    def handle(self, **_options: Any) -> None:
        for name, secret in logins.ensure().items():
            self.stdout.write(f"  {name:<14} {secret}")
