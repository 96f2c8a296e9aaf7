import re

import pytest

from mdm import tracing

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
OFFERED = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize(
    ("offered", "flags"),
    [
        (OFFERED, "01"),
        (f"00-{TRACE}-{SPAN}-00", "00"),
        (f"00-{TRACE}-{SPAN}-ff", "01"),
        (f"cc-{TRACE}-{SPAN}-01", "01"),
        (f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like", "01"),
    ],
)
def test_a_valid_trace_goes_on_in_a_span_of_our_own(offered, flags):
    version, trace, span, said = tracing.next_span(offered).split("-")

    assert (version, trace, said) == ("00", TRACE, flags)
    assert span != SPAN


@pytest.mark.parametrize(
    "offered",
    [
        "",
        "nonsense",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-01-more",
        f"cc-{TRACE}-{SPAN}-01.more",
        f"{OFFERED}\n",
        f" {OFFERED}",
    ],
)
def test_what_is_not_valid_begins_a_new_trace(offered):
    begun = tracing.next_span(offered)

    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", begun)
    assert TRACE not in begun


def test_a_trace_is_kept_in_25_bytes_and_read_as_it_was():
    assert len(tracing.packed(OFFERED)) == 25
    assert tracing.unpacked(tracing.packed(OFFERED)) == OFFERED
