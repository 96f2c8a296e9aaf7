"""Loads our machine code as it is imported, or makes it where this machine has none yet.

The clocks of all sides start when what they need is loaded: Splink and DuckDB, recordlinkage and
scikit-learn, pandas. A worker of the hub loads our code with the first run that it takes part in;
whoever runs `match_file` waits for it. `SECONDS` is what this took, some thousand records included.
"""

import time

import pyarrow as pa

from matching.domains import MODELS
from matching.engine.content import lots
from matching.engine.frame import Frame
from mdm.feeds.generator import generate

_RECORDS = 3_000  # enough of them are read by shape


def _load() -> None:
    for domain in ("client", "contact"):
        chunk = next(iter(generate(domain, _RECORDS, 1)))
        texts = [pa.array(text or None for text in held) for held in chunk.columns.values()]
        model = MODELS[domain]
        lots(Frame.of(model, dict(zip(model.paths, texts, strict=False)), chunk.keys), 1)


_started = time.perf_counter()
_load()
SECONDS = time.perf_counter() - _started
