"""WeCom 企业微信, DingTalk 钉钉 and Lark 飞书: OAuth with each one's own addresses and names. Whoever comes must belong to the
company's own organisation there."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from zhike.channels.identity.shape import Account, NotSignedIn, Trip, Who
from zhike.channels.outbound import call
from zhike.kernel.words import _

WECOM_PAGE, WECOM = "https://login.work.weixin.qq.com", "https://qyapi.weixin.qq.com"
DINGTALK_PAGE, DINGTALK = "https://login.dingtalk.com", "https://api.dingtalk.com"
LARK_PAGE, LARK = "https://accounts.feishu.cn", "https://open.feishu.cn"


class WeCom:
    """企业微信: members of the corporation only; their userid is given by the company."""

    def address(self, account: Account, trip: Trip) -> str:
        """The page with the code to scan."""
        asked = {
            "login_type": "CorpApp",
            "appid": account.client,
            "agentid": account.agent,
            "redirect_uri": trip.back,
            "state": trip.state,
        }
        return f"{WECOM_PAGE}/wwlogin/sso/login?{urlencode(asked)}"

    def who(self, account: Account, trip: Trip, code: str) -> Who:
        """The member's userid, and what the directory says of them."""
        key = {"corpid": account.client, "corpsecret": account.secret}
        token = _text(call(f"{WECOM}/cgi-bin/gettoken?{urlencode(key)}").json(), "access_token")
        asked = urlencode({"access_token": token, "code": code})
        user = _text(call(f"{WECOM}/cgi-bin/auth/getuserinfo?{asked}").json(), "userid", "UserId")
        asked = urlencode({"access_token": token, "userid": user})
        card = call(f"{WECOM}/cgi-bin/user/get?{asked}").json()
        return Who(user, str(card.get("name") or ""), str(card.get("biz_mail") or ""), user)


class DingTalk:
    """钉钉: anybody there has an account, so the organisation chosen on its page must be ours."""

    def address(self, account: Account, trip: Trip) -> str:
        """The page with the code to scan."""
        asked = {
            "response_type": "code",
            "client_id": account.client,
            "redirect_uri": trip.back,
            "scope": "openid corpid",
            "state": trip.state,
            "prompt": "consent",
        }
        return f"{DINGTALK_PAGE}/oauth2/auth?{urlencode(asked)}"

    def who(self, account: Account, trip: Trip, code: str) -> Who:
        """The person's union id, after looking at their organisation."""
        asked = {
            "clientId": account.client,
            "clientSecret": account.secret,
            "code": code,
            "grantType": "authorization_code",
        }
        given = _post(f"{DINGTALK}/v1.0/oauth2/userAccessToken", asked)
        _same_organisation(account, given.get("corpId"))
        headers = {"x-acs-dingtalk-access-token": _text(given, "accessToken")}
        card = call(f"{DINGTALK}/v1.0/contact/users/me", headers=headers).json()
        return Who(_text(card, "unionId"), str(card.get("nick") or ""))


class Lark:
    """飞书: the tenant must be ours; the company's own mail address counts."""

    def address(self, account: Account, trip: Trip) -> str:
        """The page that asks for consent."""
        asked = {
            "response_type": "code",
            "client_id": account.client,
            "redirect_uri": trip.back,
            "state": trip.state,
            "code_challenge": trip.challenge,
            "code_challenge_method": "S256",
        }
        return f"{LARK_PAGE}/open-apis/authen/v1/authorize?{urlencode(asked)}"

    def who(self, account: Account, trip: Trip, code: str) -> Who:
        """The person's open id, after looking at their tenant."""
        asked = {
            "grant_type": "authorization_code",
            "client_id": account.client,
            "client_secret": account.secret,
            "code": code,
            "redirect_uri": trip.back,
            "code_verifier": trip.verifier,
        }
        token = _text(_post(f"{LARK}/open-apis/authen/v2/oauth/token", asked), "access_token")
        found = call(f"{LARK}/open-apis/authen/v1/user_info", headers={"Authorization": f"Bearer {token}"}).json()
        card = found.get("data")
        if not isinstance(card, dict):
            raise _refused()
        _same_organisation(account, card.get("tenant_key"))
        return Who(_text(card, "open_id"), str(card.get("name") or ""), str(card.get("enterprise_email") or ""))


def _post(address: str, body: dict[str, str]) -> dict[str, Any]:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return call(address, method="POST", body=json.dumps(body).encode(), headers=headers).json()


def _text(found: dict[str, Any], *keys: str) -> str:
    """A text the answer must have, under the first of these names that is there."""
    for key in keys:
        if isinstance(found.get(key), str) and found[key]:
            return str(found[key])
    raise _refused()


def _same_organisation(account: Account, found: object) -> None:
    if not account.organisation or found != account.organisation:
        raise NotSignedIn(_("This account belongs to another organisation."))


def _refused() -> NotSignedIn:
    return NotSignedIn(_("The provider did not take the code. Sign in again."))
