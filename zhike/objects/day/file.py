"""File 文件."""

from __future__ import annotations

from zhike.kernel.words import _
from zhike.schema.spec import Scope, Tab
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c


@declare
class File(BusinessObject):
    """A document kept with a record; its bytes are encrypted on disk."""

    name = c.Text(_("Name"), max=200, required=True, search=5, personal=True)
    content = c.File(_("File"), required=True)
    parent = c.AnyLink(_("Regarding"), required=True, on_delete="trash")
    account = c.Link(_("Account"), to="account", back="files")
    about = c.Text(_("What it is"), max=300, search=2, personal=True)

    class About:
        key, plural, icon, title = "file", "files", "file-text", "name"
        label, plural_label = _("File"), _("Files")
        help = _("Contracts, offers, photos. Drop a file on any record and it is kept there, encrypted.")
        columns = "name content parent account created owner"
        form = (Tab.of(_("File"), "content name about parent owner"),)
        phone = "name parent owner"
        scope = Scope.follows("parent", "account")
        timeline = "created"
        group = "more"
