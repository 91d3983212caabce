"""Which settings page answers at which address, below ``/settings``."""

from __future__ import annotations

from django.urls import path

from zhike.web.pages.settings import (
    calendar,
    company,
    departments,
    duplicates,
    fields,
    hub,
    layouts,
    mail,
    objects,
    options,
    people,
    pipelines,
)

urlpatterns = [
    path("settings", hub.show, name="settings"),
    path("settings/company", company.show),
    path("settings/people", people.show),
    path("settings/people/invite", people.invite),
    path("settings/people/<int:id>", people.one),
    path("settings/people/<int:id>/let-go", people.let_go),
    path("settings/people/<int:id>/take-back", people.take_back),
    path("settings/people/<int:id>/link", people.way_in),
    path("settings/departments", departments.show),
    path("settings/departments/new", departments.new),
    path("settings/departments/<int:id>", departments.one),
    path("settings/departments/<int:id>/move", departments.move),
    path("settings/departments/<int:id>/remove", departments.remove),
    path("settings/options", options.show),
    path("settings/options/<str:object>/<str:field>", options.one),
    path("settings/options/<str:object>/<str:field>/<str:key>/merge", options.merge),
    path("settings/mail", mail.show),
    path("settings/mail/try", mail.try_out),
    path("settings/pipelines", pipelines.show),
    path("settings/pipelines/new", pipelines.new),
    path("settings/pipelines/<int:id>", pipelines.one),
    path("settings/pipelines/<int:id>/order", pipelines.order),
    path("settings/pipelines/<int:id>/remove", pipelines.remove),
    path("settings/pipelines/<int:id>/stages/<int:stage>", pipelines.stage),
    path("settings/pipelines/<int:id>/stages/<int:stage>/remove", pipelines.remove_stage),
    path("settings/objects", objects.show),
    path("settings/objects/new", objects.new),
    path("settings/objects/<str:key>", fields.show),
    path("settings/objects/<str:key>/about", objects.about),
    path("settings/objects/<str:key>/fields/new", fields.new),
    path("settings/objects/<str:key>/fields/<str:field>", fields.one),
    path("settings/objects/<str:key>/fields/<str:field>/remove", fields.remove),
    path("settings/duplicates", duplicates.show),
    path("settings/calendar", calendar.show),
    path("settings/layouts", layouts.show),
    path("settings/layouts/<str:object>", layouts.one),
]
