"""Which page answers at which address. Fixed words come before the plurals of objects."""

from __future__ import annotations

from django.urls import path, re_path

from zhike.web import errors
from zhike.web.generic import (
    actions,
    board,
    calendar,
    exports,
    files,
    forms,
    list_bulk,
    list_cells,
    list_views,
    lists,
    record,
)
from zhike.web.generic.record_urls import record_patterns
from zhike.web.pages import dashboard, home, inbox, installed, jobs, preferences, search, signin
from zhike.web.pages.settings.urls import urlpatterns as settings_patterns

urlpatterns = [
    re_path(r"^(?:static|api|hooks)(?:/|$)", errors.nothing_here),  # doors of their own: nothing else answers there
    path("", home.show, name="home"),
    path("home/arrange", home.arranged, name="home-arrange"),
    path("home/done", home.complete, name="home-done"),
    path("sign-in", signin.show, name="sign-in"),
    path("sign-out", signin.leave, name="sign-out"),
    path("app.webmanifest", installed.card, name="app-card"),
    path("sw.js", installed.worker, name="service-worker"),
    path("offline", installed.offline, name="offline"),
    path("language", preferences.language, name="language"),
    path("dashboard", dashboard.show, name="dashboard"),
    path("calendar", calendar.show, name="calendar"),
    path("inbox", inbox.show, name="inbox"),
    path("inbox/count", inbox.count, name="inbox-count"),
    path("inbox/mark", inbox.mark, name="inbox-mark"),
    path("inbox/<int:id>/open", inbox.open_one, name="inbox-open"),
    path("search", search.show, name="search"),
    path("preferences", preferences.show, name="preferences"),
    *settings_patterns,
    path("pick/<str:plural>", forms.pick, name="pick"),
    path("regions.json", forms.regions, name="regions"),
    path("operations/<int:operation>/undo", actions.undo_operation, name="undo"),
    path("files/<str:object>/<int:id>/<str:field>", files.download, name="file"),
    path("jobs", jobs.show_all, name="jobs"),
    path("jobs/<int:id>", jobs.show, name="job"),
    path("jobs/<int:id>/sign", jobs.sign, name="job-sign"),
    path("jobs/<int:id>/stop", jobs.end, name="stop-job"),
    *record_patterns,
    path("<str:plural>", lists.show, name="list"),
    path("<str:plural>/new", forms.new, name="new"),
    path("<str:plural>/change", list_bulk.show, name="change"),
    path("<str:plural>/layout", list_views.lay_out, name="layout"),
    path("<str:plural>/views", list_views.act, name="views"),
    path("<str:plural>/views/new", list_views.ask, name="view-new"),
    path("<str:plural>/views/<int:id>", list_views.ask, name="view"),
    path("<str:plural>/export", exports.download, name="export"),
    path("<str:plural>/board", board.show, name="board"),
    path("<str:plural>/board/move", board.move, name="board-move"),
    path("<str:plural>/actions/<str:name>", actions.on_many, name="actions-many"),
    path("<str:plural>/<int:id>", record.show, name="record"),
    path("<str:plural>/<int:id>/edit", forms.edit, name="edit"),
    path("<str:plural>/<int:id>/timeline", record.timeline_part, name="timeline"),
    path("<str:plural>/<int:id>/follow-ups", record.log_follow_up, name="log-follow-up"),
    path("<str:plural>/<int:id>/reveal/<str:field>", record.reveal_field, name="reveal"),
    path("<str:plural>/<int:id>/cell/<str:field>", list_cells.show, name="cell"),
    path("<str:plural>/<int:id>/actions/<str:name>", actions.on_one, name="actions-one"),
]
