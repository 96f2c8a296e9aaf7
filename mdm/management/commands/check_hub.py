"""manage.py check_hub: every invariant, how many rows break it, and which."""

from typing import Any

from django.core.management.base import BaseCommand

from mdm import invariants


class Command(BaseCommand):
    help = "Checks the invariants of the hub. Exits with 1 when one does not hold."

    def handle(self, **_options: Any) -> None:
        findings = invariants.check()
        for finding in findings:
            self.stdout.write(
                f"{'ok  ' if not finding.count else 'FAIL'} {finding.name}: {finding.count}"
            )
            for row in finding.rows:
                self.stdout.write(f"       {' '.join(map(str, row))}")
        if any(finding.count for finding in findings):
            raise SystemExit(1)
