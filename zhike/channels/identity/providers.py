"""Which providers there are."""

from __future__ import annotations

from collections.abc import Mapping

from zhike.channels.identity.houses import DingTalk, Lark, WeCom
from zhike.channels.identity.oidc import OpenIdConnect
from zhike.channels.identity.shape import Provider

PROVIDERS: Mapping[str, Provider] = {
    "oidc": OpenIdConnect(),
    "wecom": WeCom(),
    "dingtalk": DingTalk(),
    "lark": Lark(),
}
