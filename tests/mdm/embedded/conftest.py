"""State directories for real servers, cleared away with whatever runs in them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mdm.embedded import services
from mdm.embedded.services import Services
from tests.mdm.embedded.real_services import open_folder, start


@pytest.fixture(scope="session")
def running() -> Iterator[tuple[Path, Services]]:
    """Services for the tests that only look."""
    with open_folder() as folder:
        yield folder / "var", start(folder / "var")


@pytest.fixture(scope="session")
def stopped() -> Iterator[Path]:
    """Services that ran once: a copy of them starts eight times as fast as new ones."""
    with open_folder() as folder:
        start(folder / "var")
        services.down(folder / "var")
        yield folder / "var"


@pytest.fixture
def place() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.fixture
def state(place: Path, stopped: Path) -> Path:
    """A state directory with the data of earlier services."""
    copy = place / "var"
    subprocess.run(["cp", "-a", stopped, copy], check=True)
    return copy


@pytest.fixture
def new_state(place: Path) -> Path:
    """A state directory that is still to be made."""
    return place / "var" / "demo"
