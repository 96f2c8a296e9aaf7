"""What the user says about columns, and how it is refused."""

import pytest

from matching.files.said import SayingError, read_said
from matching.files.targets import Target
from mdm.domains import entity_type

COLUMNS = ["Name", "Zip", "a=b", "ID"]


def said(*lines, key=None, truth=None):
    return read_said(lines, key, truth, columns=COLUMNS, type_=entity_type("client"))


@pytest.mark.parametrize(
    ("line", "column", "target"),
    [
        ("Name=legal_name", "Name", Target("legal_name")),
        ("name=legal_name", "Name", Target("legal_name")),
        ("Zip=addresses.postcode", "Zip", Target("addresses", "postcode")),
        ("Zip=addresses[0].city", "Zip", Target("addresses", "city")),
        ("Zip=addresses[1].lines[1]", "Zip", Target("addresses", "line2", 1)),
        ("Zip=addresses", "Zip", Target("addresses", "line1")),
        ("Name=former_names[2]", "Name", Target("former_names", item=2)),
        ("a=b=phone", "a=b", Target("phone")),
        ("Zip=ignore", "Zip", None),
        ("Zip=", "Zip", None),
    ],
)
def test_a_column_may_be_an_attribute_an_item_or_a_part(line, column, target):
    assert said(line).targets == {column: target}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Name", "'Name' is not like column=attribute"),
        ("=phone", "is not like column=attribute"),
        ("Nam=phone", "the file has no column 'Nam'; is it 'Name'"),
        ("Name=nme", "client has no attribute 'nme'; it has legal_name"),
        ("Name=phone[1]", "phone holds one value"),
        ("Name=phone.city", "phone has no parts"),
        ("Name=addresses.zip", "addresses has no part 'zip'; it has line1"),
        ("Name=full_name", "client has no attribute 'full_name'"),
    ],
)
def test_a_slip_is_refused_with_what_there_is(line, why):
    with pytest.raises(SayingError) as refused:
        said(line)

    assert why in str(refused.value)


def test_a_column_is_mapped_once():
    with pytest.raises(SayingError, match="'Name' is mapped twice"):
        said("Name=legal_name", "name=phone")


def test_key_and_truth_are_columns_of_the_file_and_never_mapped():
    assert said(key="id", truth="Zip").key == "ID"
    with pytest.raises(SayingError, match="no column 'Clue'"):
        said(truth="Clue")
    with pytest.raises(SayingError, match="'Zip' is the truth: comparing it would give"):
        said("Zip=addresses.postcode", truth="Zip")
    with pytest.raises(SayingError, match="both key and truth"):
        said(key="Zip", truth="Zip")


def test_people_have_a_full_name_to_map_to():
    targets = read_said(
        ["n=full_name"], None, None, columns=["n"], type_=entity_type("contact")
    ).targets

    assert targets == {"n": Target("full_name")}
