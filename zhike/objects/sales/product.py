"""Product 产品."""

from __future__ import annotations

from zhike.kernel.words import _
from zhike.schema.spec import OPEN, Same, Tab
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c


@declare
class Product(BusinessObject):
    """Something we sell, with its list price."""

    name = c.Text(_("Name"), max=160, required=True, unique=True, search=10)
    code = c.Text(_("Code"), max=60, unique=True, search=5)
    category = c.Text(_("Category"), max=80, index=True, search=2)
    price = c.Money(_("List price"), index=True)
    unit = c.Text(_("Unit"), max=20)
    on_sale = c.YesNo(_("On sale"), default=True)
    about = c.LongText(_("About"), max=4000, search=1)

    class About:
        key, plural, icon, title, code = "product", "products", "package", "name", "code"
        label, plural_label = _("Product"), _("Products")
        help = _("What you sell, with its list price.")
        columns = "name code category price unit on_sale"
        form = (Tab.of(_("Product"), "name code category price unit on_sale about"),)
        related = "opportunities files notes"
        phone = "name price category"
        same = Same.of("name:text code:code")
        sort = "name"
        scope = OPEN
        group = "sales"
