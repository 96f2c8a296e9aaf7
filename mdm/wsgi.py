"""The application that a WSGI server loads."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.settings")
whole = get_wsgi_application()

from mdm.api.quick import QuickWay  # noqa: E402 (which needs Django set up)
from mdm.checks import refuse_to_start  # noqa: E402

refuse_to_start()
connections.close_all()  # of the thread that starts, which answers nothing
application = QuickWay(whole)

# An answer about thousands makes many objects and hardly any cycles: looking for them, among all
# that was imported, would take as long as the answer
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
