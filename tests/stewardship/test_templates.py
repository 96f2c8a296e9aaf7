from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

FOLDER = Path(settings.ROOT, "templates")
NAMES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.html"))


@pytest.mark.parametrize("name", NAMES)
def test_every_template_can_be_read_and_was_merged(name):
    get_template(name)

    lines = (FOLDER / name).read_text().splitlines()
    assert not [line for line in lines if line.startswith(("<<<<<<<", ">>>>>>>"))]
