"""The server's entry: ``zhike.site.wsgi:application`` on the home named by ``ZHIKE_HOME``."""

from __future__ import annotations

from django.core.handlers.wsgi import WSGIHandler

from zhike.site.home import Home, configure
from zhike.site.inside import stay_inside

stay_inside(configure(Home.here()).path)
application = WSGIHandler()
