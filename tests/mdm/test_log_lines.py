import json
import logging
import os

import structlog
from structlog.stdlib import ProcessorFormatter

from mdm.log_lines import STANDARD_ERROR, as_line


def test_a_line_is_what_was_said_as_json():
    line = as_line(None, "info", {"event": "request", "status": 200, "key": "Größe"})

    assert json.loads(line) == {"event": "request", "status": 200, "key": "Größe"}


def test_what_json_does_not_know_is_said_as_python_shows_it():
    line = as_line(None, "info", {"half": "\ud800", "huge": 2**70, "odd": {1}})

    assert json.loads(line) == {"half": "\ud800", "huge": 2**70, "odd": "{1}"}


def test_lines_go_to_standard_error_one_by_one(capfd):
    log = structlog.BytesLoggerFactory(STANDARD_ERROR)("a")
    log.info(b"one")
    log.info(b"two")

    assert capfd.readouterr().err == "one\ntwo\n"


def test_nothing_fails_where_nobody_reads_lines():
    kept = os.dup(2)
    read, written = os.pipe()
    os.dup2(written, 2)
    os.close(read)
    try:
        STANDARD_ERROR.write(b"lost\n")
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(written)


def test_lines_of_libraries_are_json_too():
    formatters = (each.formatter for each in logging.getLogger().handlers)
    (formatter,) = (each for each in formatters if isinstance(each, ProcessorFormatter))

    said = formatter.format(logging.LogRecord("a", logging.INFO, "", 1, "of a library", (), None))

    line = json.loads(said)
    assert (line["event"], line["level"], line["logger"]) == ("of a library", "info", "a")
