"""Large files of others are sent compressed, and are the same as those beside them."""

import gzip
from pathlib import Path

import pytest
from django.conf import settings

VENDORED = settings.ROOT / "stewardship" / "static" / "vendor"
LARGE = [each for each in VENDORED.rglob("*.*") if each.suffix in (".css", ".js")]


@pytest.mark.parametrize("path", LARGE, ids=lambda path: path.name)
def test_a_vendored_file_lies_compressed_beside_itself(path: Path):
    packed = path.with_name(f"{path.name}.gz")

    assert gzip.decompress(packed.read_bytes()) == path.read_bytes()


@pytest.mark.django_db
def test_what_takes_it_compressed_gets_it_so(client):
    answer = client.get(
        "/static/vendor/tabler-1.6.1/tabler.min.css", headers={"accept-encoding": "gzip"}
    )

    assert answer["content-encoding"] == "gzip"
    assert len(answer.getvalue()) < 100_000
