"""Strategies for tests of the engine: records of many scripts, gaps and slips, and odd weights."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from matching.engine.frame import Frame
from matching.engine.model import MatchModel
from matching.engine.weights import Weights

_NAMES = (
    "Müller",
    "Mueller",
    "MULLER ",
    "Miller",
    "José María",
    "Jose Maria",
    "O'Neil",
    "O Neill",
    "山田 太郎",
    "山田太郎",
    "Παπαδόπουλος",
    "Παπαδοπουλου",
    "Ромашка",
    "ООО «Ромашка»",
    "مرحبا",
    "Straße ßeta",
    "J",
    "Bob",
    "Robert",
    "Acme Group GmbH",
    "Acmé Gruppe",
    "Gruppe Acme",
    "Acme Tools 2 Ltd",
    "Acme Tools 3 Ltd",
    "👩‍👩‍👧‍👦",
    "é",
    "e\u0301",
    "\x00\x07",
    "lettre " * 300,
    "lettre " * 300 + "different only after the longest that is compared",
)
_PLACES = ("12 Main Street", "Main St. 12", "12a Mäin Str", "ул. Ленина 5", "Suite 3", "EC1A 1BB")
_DATES = ("1980-03-12", "1980-12-03", "1980-03-13", "1979-03-12", "12.3.1980", "someday")
_MAILS = ("ann.lee@firm.com", "ann.le@firm.com", "info@firm.com", "änn@firm.com", "ann", "@")
_SITES = ("https://www.firm.com", "firm.com", "gmail.com", "фирма.рф", "firm")
_PHONES = ("+442079460958", "+442079460959", "+44207946", "1")
_NUMBERS = ("DE111111111", "DE222222222", "HRB 1", "120.00", "120", "ÄÖ-1")
_OF_A_KIND = {
    "date": _DATES,
    "email_domain": _SITES,
    "email": _MAILS,
    "website": _SITES,
    "phone": (*_PHONES, *_SITES),
    "lines": _PLACES,
    **dict.fromkeys(("name", "family", "given"), _NAMES),
    "": (*_NUMBERS, *_NAMES[:6]),
}
_letters = st.text("aáàbßcøΩя1 .-", max_size=7)


def _kind(path: str) -> str:
    return next(word for word in _OF_A_KIND if word in path)


@st.composite
def _pools(draw: st.DrawFn, kind: str) -> list[str | None]:
    """A few values of a kind, of which some are slips of the first."""
    first = draw(st.one_of(st.sampled_from(_OF_A_KIND[kind]), _letters))
    slips = [_slip(first, draw(st.integers(0, 40)), draw(_letters)[:1]) for _ in range(2)]
    others = draw(st.lists(st.one_of(st.sampled_from(_OF_A_KIND[kind]), _letters), max_size=2))
    return [first, *slips, *others, None]


def _slip(text: str, at: int, letter: str) -> str:
    """One letter replaced, added at the end, or left out."""
    return text[:at] + letter + text[at + 1 :]


@st.composite
def frames(draw: st.DrawFn, model: MatchModel, most: int = 7) -> Frame:
    """A frame of up to `most` records, whose values repeat one another or are slips of others.

    Some count as if they were a few of millions, so that some values are rare and some common.
    """
    pools = {kind: draw(_pools(kind)) for kind in sorted({_kind(path) for path in model.paths})}
    records = draw(st.integers(2, most))
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    columns = {}
    for path in model.paths:
        pool = pools[_kind(path)]
        columns[path] = [pool[number] for number in random.integers(0, len(pool), records)]
    frame = Frame.of(model, columns, np.arange(records))
    return _of_millions(frame, draw(st.integers(0, 999))) if draw(st.booleans()) else frame


def _of_millions(frame: Frame, seed: int) -> Frame:
    random = np.random.default_rng(seed)
    columns = {
        name: replace(held, counts=(10 ** random.uniform(0, 7, len(held.counts))).astype(np.int64))
        for name, held in frame.columns.items()
    }
    return replace(frame, columns=columns)


@st.composite
def weights(draw: st.DrawFn, model: MatchModel) -> Weights:
    """The weights that the model ships with, or some in which stronger levels may say less."""
    shipped = Weights.of(model)
    if draw(st.booleans()):
        return shipped
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    shares = [
        {name: tuple(random.dirichlet(np.full(len(of), 0.3)) + 1e-9) for name, of in side.items()}
        for side in (shipped.m, shipped.u)
    ]
    chance = {name: float(random.uniform(1e-6, 0.5)) for name in shipped.chance}
    trained_on = int(random.integers(0, 1_000_000))
    return Weights(model.domain, model.version, shipped.prior, *shares, chance, trained_on)
