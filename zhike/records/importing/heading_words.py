"""Words that mean the same at the head of a column, in Chinese and English: a thesaurus, not a list of fields."""

from __future__ import annotations

import re
from unicodedata import normalize

_GROUPS = """
company|company name|account|account name|customer|customer name|client|client name|organisation|organization|公司|
  公司名|公司名称|公司全称|企业|企业名称|单位|单位名称|客户|客户名|客户名称|客户全称|客户公司|所属客户|所属公司|
  机构名称
name|full name|姓名|名字|名称|全称|全名|标题|称呼
contact|contact name|contact person|联系人|联系人姓名|联系人名称
short name|abbreviation|简称|客户简称|公司简称|企业简称
owner|owner name|sales rep|sales representative|salesperson|account manager|responsible|assigned to|负责人|客户经理|
  业务员|销售|销售人员|销售员|归属人|所属人|跟进人|责任人
phone|telephone|tel|phone number|office phone|landline|电话|电话号码|联系电话|座机|固定电话|固话|办公电话|公司电话|
  联系方式
mobile|mobile phone|cell|cell phone|mobile number|手机|手机号|手机号码|移动电话|联系手机
e-mail|email|e-mail address|email address|mail|邮箱|电子邮箱|电子邮件|邮件|邮箱地址
website|web site|url|homepage|web|网址|网站|官网|主页|公司网站
address|street address|location|地址|联系地址|公司地址|详细地址|通讯地址|办公地址|注册地址
region|area|territory|地区|区域|大区|所在地区|所属区域
industry|sector|trade|行业|所属行业|行业类别|行业分类
source|lead source|origin|来源|客户来源|线索来源|渠道|渠道来源|信息来源
status|state|account status|状态|客户状态|当前状态
level|grade|tier|rating|级别|客户级别|客户等级|等级|客户分级
size|company size|规模|公司规模|企业规模|人员规模
employees|headcount|number of employees|员工数|员工人数|人数|职工人数
annual revenue|revenue|turnover|年营业额|营业额|年收入|年销售额|营收
founded in|founded|year founded|成立年份|成立时间|成立年|注册年份
credit code|unified social credit code|tax number|tax id|统一社会信用代码|信用代码|社会信用代码|税号|纳税人识别号|
  统一信用代码
parent company|parent|parent account|上级公司|母公司|上级客户|所属集团|集团
tags|labels|标签|客户标签
about|remark|remarks|note|notes|comment|comments|description|memo|备注|说明|描述|简介|介绍|客户简介|备注信息
job title|job|position|title|role|职务|职位|岗位|头衔
department|dept|部门|所在部门|所属部门
wechat|weixin|微信|微信号
birthday|birth date|date of birth|生日|出生日期
form of address|gender|sex|salutation|性别|称谓
amount|value|deal value|price total|金额|预计金额|商机金额|合同金额|成交金额|预计成交金额
price|unit price|list price|价格|单价|标准价|标价|售价
code|product code|sku|item number|编码|编号|产品编码|产品编号|货号|代码
category|class|类别|分类|产品分类|产品类别|类型
unit|unit of measure|单位|计量单位
close date|expected close|expected to close|closing date|预计成交日期|预计成交|预计签约日期|成交日期|结单日期
stage|sales stage|阶段|销售阶段|商机阶段|当前阶段
pipeline|sales process|销售流程|流程|销售管道
product|product name|item|产品|产品名称|商品|商品名称|意向产品
subject|topic|title|主题|标题|事项
due|due date|deadline|到期|截止日期|截止时间|到期日|完成期限
priority|urgency|优先级|紧急程度|重要程度
created|created at|creation date|date created|创建时间|创建日期|建档日期|建档时间|录入时间|录入日期|登记日期
created by|creator|创建人|录入人|建档人
changed|modified|last modified|updated|修改时间|更新时间|最后修改时间|最近更新
changed by|modified by|修改人|更新人
"""  # one group a line; a line that is indented goes on with the one before
_NOISE = re.compile(r"[\s*:：_\-·.、/（）()\[\]【】]+")
_IN_BRACKETS = re.compile(r"[（(\[【][^）)\]】]*[）)\]】]")


def folded(heading: str) -> str:
    """A heading without case, blanks, marks and what stands in brackets (units and hints)."""
    text = normalize("NFKC", heading).casefold()
    return _NOISE.sub("", _IN_BRACKETS.sub("", text)) or _NOISE.sub("", text)


_BY_WORD: dict[str, set[int]] = {}
for _number, _words in enumerate(_GROUPS.replace("|\n  ", "|").strip().splitlines()):
    for _word in _words.split("|"):
        _BY_WORD.setdefault(folded(_word), set()).add(_number)


def same_meaning(one: str, other: str) -> bool:
    """Whether two folded words mean the same."""
    return one == other or bool(_BY_WORD.get(one, set()) & _BY_WORD.get(other, set()))
