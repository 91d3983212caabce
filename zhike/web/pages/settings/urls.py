"""Which settings page answers at which address, below ``/settings``."""

from __future__ import annotations

from django.urls import path

from zhike.web.pages.settings import company, fields, hub, objects

urlpatterns = [
    path("settings", hub.show, name="settings"),
    path("settings/company", company.show),
    path("settings/objects", objects.show),
    path("settings/objects/new", objects.new),
    path("settings/objects/<str:key>", fields.show),
    path("settings/objects/<str:key>/about", objects.about),
    path("settings/objects/<str:key>/fields/new", fields.new),
    path("settings/objects/<str:key>/fields/<str:field>", fields.one),
    path("settings/objects/<str:key>/fields/<str:field>/remove", fields.remove),
]
