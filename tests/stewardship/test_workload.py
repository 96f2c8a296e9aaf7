from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from mdm.models import GoldenRecord, SourceRecord
from stewardship.bulk import Rule
from stewardship.models import StewardshipTask

pytestmark = pytest.mark.django_db


def test_an_empty_hub_is_filled_once_and_its_pages_are_measured(sign_in, capsys):
    sign_in("steward")

    call_command("seed_workload", "--source-records=40", "--tasks=50")
    call_command("measure_pages", "--times=1", "--language=de", stdout=StringIO())

    assert (SourceRecord.objects.count(), GoldenRecord.objects.count()) == (40, 20)
    assert StewardshipTask.objects.open().count() == 50
    assert "/inbox" in capsys.readouterr().out
    assert Rule("client", -100, 100).pairs().count() == 50
    with pytest.raises(CommandError, match="holds records already"):
        call_command("seed_workload")
