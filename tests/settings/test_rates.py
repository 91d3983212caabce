"""Exchange rates: by hand, from the European Central Bank's file, by API and command line; the figures of the shared file."""

from __future__ import annotations

import io
import json
import os
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.pages.pages_client import make, signed_in
from zhike.access.signin import create_token
from zhike.kernel.errors import Forbidden, Invalid
from zhike.records.company.company import set_company
from zhike.records.company.ecb_rates import import_rates, read_lines
from zhike.records.company.rates import (
    converted,
    drop_rate,
    enter_rates,
    rate_on,
    rates_of,
    use_currency,
    used_currencies,
)
from zhike.records.company.settings_log import setting_changes
from zhike.records.read import read_one
from zhike.site.cli import main
from zhike.store.database import row

pytestmark = pytest.mark.usefixtures("home")
DATA = Path(os.environ.get("ZHIKE_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
SHARED = DATA / "ecb_rates" / "eurofxref-hist.zip"
SMALL = """Date,USD,JPY,CNY,XYZ,
2026-03-04,1.2,160,N/A,5,
2026-03-03,1.1,N/A,7.7,5,
2026-03-02,1.0,150,7.5,N/A,
"""


def packed(text: str, name: str = "eurofxref-hist.csv") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, text)
    return out.getvalue()


@pytest.fixture
def office(home) -> Client:
    client = signed_in("admin")
    client.cookies["zhike-language"] = "en"
    return client


# -- the shared file -----------------------------------------------------------------------------------------------------
def test_the_figures_of_the_banks_file_come_out_exactly(admin):
    if not SHARED.exists():
        pytest.skip(f"the European Central Bank's file is not at {SHARED}; set ZHIKE_TEST_DATA to try it")
    lines = read_lines(SHARED.read_bytes())
    assert (len(lines), lines[0][0], lines[-1][0]) == (7126, date(1999, 1, 4), date(2026, 10, 30))
    done = import_rates(admin, SHARED.read_bytes(), ("USD", "JPY", "EUR"), since=date(2017, 1, 1))
    assert done.currencies == ("EUR", "JPY", "USD")
    for day, dollars, yen in (
        ("2017-12-29", "65074.63", "57806.09"),
        ("2018-01-01", "65074.63", "57806.09"),
        ("2020-02-29", "69838.75", "64227.55"),
        ("2022-03-01", "63126.68", "54984.00"),
        ("2024-10-01", "70184.92", "48821.61"),
        ("2025-12-31", "70010.21", "44685.75"),
    ):
        on = date.fromisoformat(day)
        assert converted(Decimal(10_000), "USD", "CNY", on) == Decimal(dollars), day
        assert converted(Decimal(1_000_000), "JPY", "CNY", on) == Decimal(yen), day


# -- the file's shape ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("data", [SMALL.encode(), packed(SMALL), b"\xef\xbb\xbf" + SMALL.encode()])
def test_the_file_is_read_packed_or_plain_and_goes_through_the_euro(admin, data):
    done = import_rates(admin, data, ("USD", "JPY", "EUR"))
    assert (done.days, done.first, done.last) == (3, date(2026, 3, 2), date(2026, 3, 4))
    assert rate_on("USD", date(2026, 3, 2)) == Decimal("7.5")
    assert rate_on("EUR", date(2026, 3, 3)) == Decimal("7.7")
    assert rate_on("USD", date(2026, 3, 3)) == Decimal("7.0")
    assert rate_on("JPY", date(2026, 3, 3)) == Decimal("0.05")  # not quoted: the day before
    assert rate_on("USD", date(2026, 3, 4)).quantize(Decimal("0.000001")) == Decimal(
        "6.416667"
    )  # yuan of the day before
    assert rate_on("USD", date(2026, 3, 1)) is None


def test_an_import_replaces_equal_days_and_keeps_others(admin):
    enter_rates(admin, [("USD", date(2026, 3, 2), Decimal(9)), ("USD", date(2025, 1, 1), Decimal(8))])
    import_rates(admin, SMALL.encode(), ("USD",))
    assert rate_on("USD", date(2026, 3, 2)) == Decimal("7.5")
    assert rate_on("USD", date(2025, 1, 1)) == Decimal(8)
    import_rates(admin, SMALL.encode(), ("USD",), dry_run=True)
    assert import_rates(admin, SMALL.encode(), ("USD",), since=date(2026, 3, 4)).days == 1


def test_the_base_currency_may_be_the_euro(admin):
    set_company(admin, {"currency": "EUR"})
    import_rates(admin, SMALL.encode(), ("USD", "CNY"))
    assert rate_on("USD", date(2026, 3, 3)).quantize(Decimal("0.0001")) == Decimal("0.9091")
    assert rate_on("CNY", date(2026, 3, 4)).quantize(Decimal("0.0001")) == Decimal("0.1299")


@pytest.mark.parametrize(
    "data",
    [b"", b"a,b\n1,2\n", b"Date,USD\nyesterday,1\n", b"Date,USD\n2026-03-02,one\n", b"Date,USD\n2026-03-02,-1\n", b"\xff\xfe\x00",
     b"PK\x03\x04broken", packed(SMALL, "readme.txt")],
)  # fmt: skip
def test_what_is_not_the_banks_file_is_refused_in_words(admin, data):
    with pytest.raises(Invalid) as refused:
        import_rates(admin, data)
    assert refused.value.problems[0].field == "file"
    assert row('SELECT count(*) FROM "store_rate"') == (0,)


# -- by hand ---------------------------------------------------------------------------------------------------------------
def test_rates_by_hand_are_logged_judged_and_taken_back(admin, company):
    enter_rates(admin, [("USD", date(2026, 3, 1), Decimal("7.1"))])
    assert setting_changes(1)[0].key == "rate.USD.2026-03-01"
    for wrong in (
        ("USD", date(2026, 3, 1), Decimal(0)),
        ("CNY", date(2026, 3, 1), Decimal(1)),
        ("QQQ", date(2026, 3, 1), Decimal(1)),
    ):
        with pytest.raises(Invalid):
            enter_rates(admin, [wrong])
    with pytest.raises(Forbidden):
        enter_rates(company.li, [("USD", date(2026, 3, 1), Decimal(9))])
    assert drop_rate(admin, "USD", date(2026, 3, 1))
    assert rate_on("USD", date(2026, 4, 1)) is None


def test_an_amount_is_refused_without_a_rate_and_kept_in_the_base_currency_with_one(admin, company):
    account = make(company.li, "account", name="甲")
    values = {
        "name": "乙",
        "account": account,
        "amount": {"amount": "100", "currency": "USD"},
        "opened_on": "2026-03-05",
    }
    with pytest.raises(Invalid):
        make(company.li, "opportunity", **values)
    import_rates(admin, SMALL.encode())
    deal = read_one(company.li, "opportunity", make(company.li, "opportunity", **values))
    assert deal["amount"].base == Decimal("641.67")


def test_the_offered_currencies_are_those_of_the_company(office, admin):
    assert "VND" not in office.get("/opportunities/new").content.decode()
    assert office.post("/settings/currencies", {"add": "VND"}).status_code == 303
    assert "VND" in office.get("/opportunities/new").content.decode()
    use_currency(admin, "VND", use=False)
    assert "VND" not in used_currencies()
    with pytest.raises(Invalid):
        use_currency(admin, "CNY", use=False)
    assert office.post("/settings/currencies", {"add": "QQQ"}).status_code == 422


def test_the_page_takes_a_rate_a_file_and_works_an_amount_out(office):
    assert office.post("/settings/currencies/USD", {"on": "2026-03-01", "rate": "7.2"}).status_code == 303
    assert rates_of("USD")[0].rate == Decimal("7.2")
    refused = office.post("/settings/currencies/USD", {"on": "2026-03-01", "rate": "much"})
    assert refused.status_code == 422
    assert 'value="much"' in refused.content.decode()
    tried = office.get("/settings/currencies?amount=100&of=USD&in=CNY&on=2026-03-02").content.decode()
    assert ">720<" in tried
    upload = SimpleUploadedFile("eurofxref-hist.zip", packed(SMALL))
    assert office.post("/settings/currencies/file", {"file": upload}).status_code == 303
    assert rates_of("USD")[0].on == date(2026, 3, 4)
    assert office.post("/settings/currencies/file", {}).status_code == 422
    assert office.post("/settings/currencies/USD", {"drop": "2026-03-04"}).status_code == 303
    assert rates_of("USD")[0].on == date(2026, 3, 3)


# -- api and command line --------------------------------------------------------------------------------------------------
def test_rates_go_through_the_api(admin, company):
    token = {"Authorization": f"Bearer {create_token(admin, admin.id)}"}
    client = Client(headers=token)
    sent = client.post(
        "/api/v1/rates",
        json.dumps({"rates": [{"currency": "USD", "on": "2026-03-01", "rate": "7.1"}]}),
        content_type="application/json",
    )
    assert (sent.status_code, sent.json()) == (200, {"stored": 1})
    assert client.get("/api/v1/rates?currency=USD&on=2026-03-09").json()["rates"] == [
        {"currency": "USD", "on": "2026-03-01", "rate": "7.1"}
    ]
    file = client.post("/api/v1/rates/ecb?currencies=JPY", packed(SMALL), content_type="application/zip")
    assert (file.status_code, file.json()["rates"]) == (200, 2)
    other = Client(headers={"Authorization": f"Bearer {create_token(company.li, company.li.id)}"})
    assert other.post("/api/v1/rates/ecb", SMALL, content_type="text/csv").status_code == 403
    assert other.patch("/api/v1/company", "{}", content_type="application/json").status_code == 403
    renamed = client.patch("/api/v1/company", json.dumps({"name": "远航"}), content_type="application/json")
    assert renamed.json()["name"] == "远航"
    assert client.get("/api/v1/setting_changes?size=1").json()["changes"][0]["key"] == "company.name"


def test_rates_go_through_the_command_line(fresh_home, tmp_path, capsys):
    file = tmp_path / "rates.csv"
    file.write_text(SMALL, encoding="utf-8")
    home = ["--home", str(fresh_home.path), "--language", "en"]
    assert main(["rates", "import", str(file), "--currencies", "usd", *home]) == 0
    assert "3 rates of 3 days" in capsys.readouterr().out
    assert main(["rates", "set", "HKD", "0.92", "--on", "2026-03-01", *home]) == 0
    assert main(["rates", "convert", "100", "USD", "--on", "2026-03-03", *home]) == 0
    assert "700.00 CNY" in capsys.readouterr().out
    assert main(["rates", "list", "HKD", *home]) == 0
    assert "0.92" in capsys.readouterr().out
    assert main(["rates", "import", str(tmp_path / "none.csv"), *home]) == 1
    assert main(["company", "set", "--name", "远航", *home]) == 0
    assert "远航" in capsys.readouterr().out
