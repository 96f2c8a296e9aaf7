"""The application that a WSGI server loads."""

import os

from django.core.wsgi import get_wsgi_application
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.settings")
whole = get_wsgi_application()

from mdm.api.quick import QuickWay  # noqa: E402 (which needs Django set up)
from mdm.checks import refuse_to_start  # noqa: E402
from mdm.memory import freeze  # noqa: E402

refuse_to_start()
connections.close_all()  # of the thread that starts, which answers nothing
application = QuickWay(whole)
freeze()
