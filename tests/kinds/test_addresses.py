"""Addresses and the Chinese divisions."""

from __future__ import annotations

import pytest

from tests.kinds.asking import AMERICA, CHINA, OpenSealer, field, parse, refusal, shown
from zhike.schema.kinds import KINDS, ParseError, regions
from zhike.schema.kinds.addresses import Address as AddressKind
from zhike.schema.values import Address, Masked

KIND = AddressKind()
WUZHONG = Address("CN", "320000", "320500", "320506", "某某路1号")


@pytest.mark.parametrize(
    "raw",
    ["江苏省苏州市吴中区某某路1号", "江苏苏州吴中区某某路1号", "江苏省 苏州市 吴中区 某某路1号",
     "中国江苏省苏州市吴中区某某路1号", "苏州市吴中区某某路1号", "吴中区某某路1号",
     "江苏省吴中区某某路1号", WUZHONG, {"region": "江苏省", "city": "苏州市", "district": "吴中区",
     "street": "某某路1号"},
     {"region": "江苏", "city": "苏州", "district": "吴中区", "street": "某某路1号"}, {"district": "320506",
     "street": "某某路1号"},
     {"city": "320500", "district": "吴中区", "street": "某某路1号", "country": "中国"}],
)  # fmt: skip
def test_an_address_is_taken_apart_into_codes(raw: object) -> None:
    assert parse("address", raw) == WUZHONG


@pytest.mark.parametrize(
    ("raw", "codes", "street"),
    [
        ("北京市朝阳区建国路88号", ("110000", "110100", "110105"), "建国路88号"),
        ("北京市北京市东城区某胡同", ("110000", "110100", "110101"), "某胡同"),
        ("北京市市辖区东城区某胡同", ("110000", "110100", "110101"), "某胡同"),
        ("重庆市丰都县名山镇", ("500000", "500200", "500230"), "名山镇"),
        ("重庆市渝北区某路", ("500000", "500100", "500112"), "某路"),
        ("湖北省仙桃市沔州大道1号", ("420000", "429004", ""), "沔州大道1号"),
        ("广东省东莞市长安镇", ("440000", "441900", ""), "长安镇"),
        ("吉林市昌邑区某街", ("220000", "220200", "220202"), "某街"),
        ("昆山市花桥镇", ("320000", "320500", "320583"), "花桥镇"),
        ("内蒙古呼和浩特市新城区", ("150000", "150100", "150102"), ""),
        ("新疆维吾尔自治区石河子市", ("650000", "659001", ""), ""),
        ("香港特别行政区中西区", ("810000", "810101", ""), ""),
        ("上海南京西路100号", ("310000", "", ""), "南京西路100号"),
    ],
)  # fmt: skip
def test_the_longest_names_win(raw: str, codes: tuple[str, str, str], street: str) -> None:
    found = parse("address", raw)
    assert (found.region, found.city, found.district, found.street) == (*codes, street)


@pytest.mark.parametrize(
    "raw", ["南京西路100号", "中山路12号", "四川北路5号", "中山公园", "朝阳区建国路88号", "鼓楼区1号", "some street 5"]
)
def test_what_only_looks_like_a_place_stays_in_the_street(raw: str) -> None:
    assert parse("address", raw) == Address("CN", street=raw)


def test_a_postcode_is_taken_out() -> None:
    found = parse("address", "广东省深圳市南山区科技园1号 518057")
    assert (found.district, found.street, found.postcode) == ("440305", "科技园1号", "518057")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"region": "浙江省", "city": "苏州市"}, "There is no “苏州市” in 浙江省."),
        ({"region": "310000", "district": "320506"}, "吴中区 is not in 上海市."),
        ({"district": "朝阳区"}, "There are several places called “朝阳区”; say in which: 北京市, 长春市."),
        ({"region": "火星"}, "There is no place in China called “火星”."),
        ({"region": "320500"}, "320500 is 苏州市, which is not a province."),
        ({"x": 1}, "An address has no part “x”; it has country, region, city, district, street, postcode."),
        ({"country": "火星", "city": "x"}, "“火星” is not a country. Write its code, such as CN or US."),
        (7, "An address is expected here, not a number."),
        (
            {"street": "•••"},
            "This is the masked value, not the real one. Enter it in full, or leave the field as it is.",
        ),
        (
            {"street": {"masked": "•••"}},
            "This is the masked value, not the real one. Enter it in full, or leave the field as it is.",
        ),
    ],
)
def test_a_bad_address_is_told_what_is_wrong(raw: object, message: str) -> None:
    assert refusal("address", raw) == message


def test_codes_no_longer_in_the_table_are_kept_where_they_fit() -> None:
    old = Address("CN", "320000", "320500", "320504", "x")
    assert regions.region("320504") is None
    assert parse("address", old) == old
    assert "is not in" in refusal("address", {"region": "330000", "city": "330100", "district": "320504"})


def test_an_address_abroad_is_free_text() -> None:
    raw = {"country": "us", "region": "CA", "city": "San Francisco", "street": "1 Market St", "postcode": "94105"}
    found = parse("address", raw)
    assert found == Address("US", "CA", "San Francisco", "", "1 Market St", "94105")
    assert KIND.show(found, field("address"), AMERICA) == "1 Market St, San Francisco, CA 94105"
    assert KIND.show(found, field("address"), CHINA).endswith("CA 94105, 美国")


def test_a_country_alone_is_no_address() -> None:
    assert parse("address", {"country": "CN"}) is None
    assert parse("address", {"region": "", "street": None}) is None


def test_names_are_shown_in_every_language() -> None:
    assert shown("address", WUZHONG) == "江苏省 苏州市 吴中区 某某路1号"
    assert KIND.show(WUZHONG, field("address"), AMERICA) == "China 江苏省 苏州市 吴中区 某某路1号"
    assert shown("address", "北京市朝阳区") == "北京市 朝阳区"


def test_only_the_street_is_sealed() -> None:
    one = field("address")
    parts = KIND.to_parts(WUZHONG, one, OpenSealer())
    assert parts[:4] == ("CN", "320000", "320500", "320506")
    assert parts[4].startswith("sealed:x:")
    assert KIND.from_parts(parts, one, OpenSealer()) == WUZHONG
    with pytest.raises(RuntimeError):
        KIND.to_parts(WUZHONG, one)
    with pytest.raises(RuntimeError):
        KIND.from_parts(parts, one)
    assert KIND.to_parts(Address("CN", "320000"), one)[1] == "320000"
    assert KIND.scalar(WUZHONG, one) == "320000"


def test_a_masked_street_is_shown_and_carried_masked() -> None:
    masked = Address("CN", "320000", street=Masked("•••"))  # type: ignore[arg-type]
    assert KIND.show(masked, field("address"), CHINA) == "江苏省 •••"
    assert KIND.to_json(masked, field("address")) == {"country": "CN", "region": "320000", "street": {"masked": "•••"}}


def test_filters_take_names_or_codes_of_provinces() -> None:
    one = field("address")
    assert [KIND.operand(raw, one, CHINA) for raw in ("江苏省", "江苏", "320000", "California")] == ["320000"] * 3 + [
        "California"
    ]
    assert KIND.part_operand("苏州", "_city", CHINA) == "320500"
    assert KIND.part_operand("中国", "_country", CHINA) == "CN"
    with pytest.raises(ParseError, match="not on this level"):
        KIND.operand("苏州市", one, CHINA)
    with pytest.raises(ParseError, match="several places"):
        KIND.part_operand("朝阳区", "_district", CHINA)


def test_the_street_is_never_searched() -> None:
    assert KIND.tokens(WUZHONG, field("address")) == "江苏省 苏州市 吴中区"
    assert KINDS["address"].secret


def test_the_table_holds_all_levels() -> None:
    assert len(regions.children()) == 34
    assert [one.name for one in regions.children("320000")][:2] == ["南京市", "无锡市"]
    assert "吴中区" in {one.name for one in regions.children("320500")}
    assert regions.above("320506") == ("320000", "320500", "320506")
    assert regions.name_of("999999") == "999999"
    assert all(
        region.parent in ("", region.code[:2] + "0000", region.code[:4] + "00")
        for one in regions.children()
        for region in regions.children(one.code)
    )
