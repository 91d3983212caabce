"""The server's entry: ``zhike.site.wsgi:application`` on the home named by ``ZHIKE_HOME``."""

from __future__ import annotations

import gc
import multiprocessing
from importlib import import_module

gc.disable()  # a thousand modules are loaded and none of it is garbage: looking for some is an eighth of a start

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402

from zhike.site.home import Home, configure  # noqa: E402
from zhike.site.inside import stay_inside  # noqa: E402
from zhike.site.serve import end_at_once  # noqa: E402

stay_inside(configure(Home.here()).path)
application = WSGIHandler()
import_module("zhike.site.urls")  # the first page need not wait for all the others
gc.freeze()  # what stays for good is not looked through again
gc.enable()
if multiprocessing.parent_process() is not None:  # a process of `zhike serve`, not one of another server
    end_at_once()
