"""Reports that commands write."""

from pathlib import Path

from django.core.management.base import CommandError

from matching.charts import Markup, page


def write_page(file: Path, title: str, *charts: Markup) -> None:
    """Write charts as an HTML file of its own. Raises `CommandError` when that cannot be."""
    try:
        file.write_text(page(title, *charts), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from error
