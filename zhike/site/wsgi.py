"""The server's entry: ``zhike.site.wsgi:application`` on the home named by ``ZHIKE_HOME``."""

from __future__ import annotations

import multiprocessing

from django.core.handlers.wsgi import WSGIHandler

from zhike.site.home import Home, configure
from zhike.site.inside import stay_inside
from zhike.site.serve import end_at_once

stay_inside(configure(Home.here()).path)
application = WSGIHandler()
if multiprocessing.parent_process() is not None:  # a process of `zhike serve`, not one of another server
    end_at_once()
