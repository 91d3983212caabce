"""Note 备注."""

from __future__ import annotations

from zhike.kernel.words import _
from zhike.schema.spec import Scope, Tab
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c


@declare
class Note(BusinessObject):
    """Something worth keeping about a record that did not happen at a moment."""

    title = c.Text(_("Title"), max=200, required=True, search=5, personal=True)
    body = c.RichText(_("Body"), max=20000, search=1, personal=True)
    parent = c.AnyLink(_("Regarding"), required=True, on_delete="trash")
    account = c.Link(_("Account"), to="account", back="notes")
    pinned = c.YesNo(_("Pinned"))

    class About:
        key, plural, icon, title = "note", "notes", "sticky-note", "title"
        label, plural_label = _("Note"), _("Notes")
        help = _("What is worth knowing and did not happen on a day: how they decide, where to send the invoice.")
        columns = "title parent account created owner"
        form = (Tab.of(_("Note"), "title body parent pinned owner"),)
        related = "files comments"
        phone = "title parent owner"
        scope = Scope.follows("parent", "account")
        timeline = "created"
        group = "more"
