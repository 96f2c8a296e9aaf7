"""How a server keeps its memory."""

import gc


def freeze() -> None:
    """Look for cycles rarely, and never among all that was imported.

    An answer about thousands makes many objects and hardly any cycles: to look for them would take
    as long as the answer.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
