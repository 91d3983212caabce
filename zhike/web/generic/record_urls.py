"""What can be asked of one record beyond its page: history, marks, card, files, related lists."""

from __future__ import annotations

from django.urls import path

from zhike.web.generic import (
    as_of,
    record_access,
    record_add,
    record_beside,
    record_card,
    record_files,
    record_history,
    record_marks,
)

record_patterns = [
    path("favourites", record_marks.show, name="favourites"),
    path("files/<str:object>/<int:id>/<str:field>/look", record_files.look, name="look"),
    path("<str:plural>/<int:id>.vcf", record_card.download, name="card-file"),
    path("<str:plural>/<int:id>/card", record_card.show, name="card"),
    path("<str:plural>/<int:id>/access", record_access.show, name="access"),
    path("<str:plural>/<int:id>/shares/<int:share>/stop", record_access.stop, name="share-stop"),
    path("<str:plural>/<int:id>/history", record_history.show, name="history"),
    path("<str:plural>/<int:id>/as-of", as_of.record_page, name="as-of"),
    path("<str:plural>/<int:id>/beside", record_beside.show, name="beside"),
    path("<str:plural>/<int:id>/lists", record_add.lists, name="related-lists"),
    path("<str:plural>/<int:id>/add/<str:name>", record_add.add, name="related-add"),
    path("<str:plural>/<int:id>/remove/<str:name>/<int:other_id>", record_add.remove, name="related-remove"),
    path("<str:plural>/<int:id>/files", record_files.upload, name="record-files"),
    path("<str:plural>/<int:id>/marks/<str:kind>", record_marks.change, name="mark"),
]
