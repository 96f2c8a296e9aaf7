"""Ways to reach a party: many at once give what each gives by itself."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.engine.reaching import all_mailboxes, all_reaches, mailbox, reach

pieces = st.sampled_from(
    "info ann Ann.Lee gmail.com firm.com Firm.DE www. WWW. http:// https:// / @ + +44 020 (213) 5.5"
    " : ? \n com é ½ ١".split(" ")
)
contacts = st.lists(st.lists(pieces, max_size=6).map("".join) | st.text(max_size=12), max_size=8)


@pytest.mark.parametrize(("many", "one"), [(all_mailboxes, mailbox), (all_reaches, reach)])
@given(column=contacts)
def test_many_are_read_as_each_is(many, one, column):
    assert many(pa.array(column, pa.string())).to_pylist() == [one(text) for text in column]
