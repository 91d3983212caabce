"""Invented names and sentences the demo company is made of."""

from __future__ import annotations

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹"
GIVEN = (
    "伟 芳 娜 敏 静 磊 洋 勇 艳 杰 娟 涛 明 超 霞 平 刚 桂英 建国 思远 雨桐 子涵 浩然 梓萱 晓东 海燕 志强 丽华 文博 佳怡 俊杰 雪梅 立新 国栋 春兰 振宇"
).split()
CITIES = (
    ("苏州", "江苏省苏州市", "east"), ("杭州", "浙江省杭州市", "east"), ("宁波", "浙江省宁波市", "east"), ("上海", "上海市", "east"),
    ("深圳", "广东省深圳市", "south"), ("东莞", "广东省东莞市", "south"), ("厦门", "福建省厦门市", "south"), ("成都", "四川省成都市", "southwest"),
    ("重庆", "重庆市", "southwest"), ("武汉", "湖北省武汉市", "central"), ("长沙", "湖南省长沙市", "central"), ("郑州", "河南省郑州市", "central"),
    ("北京", "北京市", "north"), ("天津", "天津市", "north"), ("青岛", "山东省青岛市", "north"), ("西安", "陕西省西安市", "northwest"),
    ("沈阳", "辽宁省沈阳市", "northeast"), ("大连", "辽宁省大连市", "northeast"),
)  # fmt: skip
STREETS = ("星湖街", "创新路", "科技大道", "金桥路", "云谷路", "滨江路", "工业园路", "望海路", "新港大道", "文汇路")
MARKS = "凌渡 青禾 北岸 鹭屿 安谷 铭川 知微 海棠湾 锦泽 云杉 远岫 拾光 丰谷 澄湖 启明灯 四方井 白鹿 望江楼 松间 霁月 南屏 赤水 听涛 鼎丰 长风 瑞禾 明湖 汇川 天岳 玉衡 清源 嘉木 金穗 凯旋门 宏岭 联拓 博望 光屿 沐阳 千帆".split()
TRADES = (
    ("精密机械", "manufacturing"), ("食品", "food"), ("冷链物流", "logistics"), ("纺织", "manufacturing"), ("医疗器械", "medical"),
    ("建材", "construction"), ("传感", "technology"), ("印务", "services"), ("化工", "energy"), ("铝业", "manufacturing"), ("软件", "software"),
    ("家居", "retail"), ("农机", "manufacturing"), ("水务", "energy"), ("照明", "manufacturing"), ("教育", "education"), ("汽配", "manufacturing"),
    ("数据", "technology"), ("供应链", "logistics"), ("生物", "medical"),
)  # fmt: skip
FORMS = ("有限公司", "有限公司", "股份有限公司", "（集团）有限公司", "科技有限公司")
JOBS = (
    ("总经理", "decides"), ("采购经理", "buys"), ("设备科长", "influences"), ("财务主管", "influences"), ("信息部主任", "influences"),
    ("车间主任", "uses"), ("运营总监", "decides"), ("质量经理", "blocks"),
)  # fmt: skip
PRODUCTS = (
    ("知产 MES 标准版", "MES-S", "制造执行", 168000, "套"), ("知产 MES 集团版", "MES-G", "制造执行", 680000, "套"),
    ("刀具寿命预测", "TLP", "智能应用", 98000, "套"), ("设备联网网关", "GW-8", "硬件", 3600, "台"), ("能耗管理", "EMS", "智能应用", 128000, "套"),
    ("质量追溯", "QTS", "智能应用", 156000, "套"), ("实施服务", "SVC-D", "服务", 2800, "人天"), ("年度维保", "MNT", "服务", 36000, "年"),
)  # fmt: skip
NEEDS = (
    "产线升级",
    "数字化车间",
    "设备联网",
    "质量追溯",
    "能耗改造",
    "二期扩容",
    "年度维保",
    "系统替换",
    "多工厂协同",
    "刀具管理",
)
TALKS = (
    ("call", "{who}确认了预算，希望先看两家同行的案例。", "good", "发同行案例"),
    ("call", "没接电话，下午再打。", "no_answer", "再打一次"),
    ("visit", "看了二号车间，{who}带着走了一圈，瓶颈在换刀和排产。", "good", "整理现场记录"),
    ("visit", "和{who}开了方案会，对接口还有疑问，要技术一起来。", "neutral", "约技术交流"),
    ("wechat", "{who}问交付周期，答应本周给排期表。", "neutral", "给排期表"),
    ("wechat", "发了报价第二版，{who}说在等领导批。", "neutral", "问审批进度"),
    ("mail", "寄出合同草案，付款方式按三三四。", "neutral", "跟合同回复"),
    ("meeting", "线上演示一小时，{who}和生产、财务都在，反馈不错。", "good", "发演示录像"),
    ("call", "{who}说价格比对手高一成，希望再谈。", "bad", "准备让利方案"),
    ("meeting", "复盘试点结果，良率提高 1.8 个点，同意推广。", "good", "做推广计划"),
)
TODOS = (
    "整理方案第 2 版",
    "准备投标文件",
    "寄样机",
    "约技术交流",
    "核实开票信息",
    "更新报价",
    "安排试点",
    "回访使用情况",
    "催合同盖章",
    "确认发货地址",
)
LEAD_NEEDS = (
    "想了解 MES 报价",
    "看到展会资料，想约演示",
    "老客户介绍，工厂要做设备联网",
    "官网留言：能耗管理怎么收费",
    "要做质量追溯，三个月内上线",
)
REMINDERS = (
    "问方案反馈",
    "跟进报价",
    "约上门拜访",
    "问预算审批",
    "确认演示时间",
    "回电",
    "跟合同进度",
    "问试点情况",
)
ASKED = (
    "盯一下回款",
    "把报价单发我看看",
    "约客户下周来总部",
    "补上竞争对手情况",
    "确认试点名单",
    "准备季度复盘",
)  # a manager, of a seller
REMARKS = (  # a manager to a seller; the seller's answer
    ("@{name} 这单付款方式要和财务先对一下。", "@{by} 已经约了财务，明天给结论。"),
    ("@{name} 对手报价到了吗？周会上说一下。", "@{by} 到了，比我们低一成，我整理好发您。"),
    ("@{name} 合同模板换新版了，别用旧的。", "@{by} 好的，已经换了。"),
    ("@{name} 决策人是谁？这里还空着。", "@{by} 是运营总监，联系人角色已补上。"),
)
NOTES = (
    ("开票信息", "税号与开户行以合同附件为准，发票寄财务部。"),
    ("拜访须知", "厂区要提前一天报备车牌，进车间穿劳保鞋。"),
    ("决策习惯", "年度预算十一月定，超过 50 万要总经理办公会。"),
    ("竞争情况", "另有两家在谈，价格比我们低，但没有本地实施团队。"),
)
MOBILES = ("138", "139", "135", "136", "137", "150", "158", "186", "187", "177", "199")
MAIL_NAMES = (
    "wang",
    "li",
    "zhang",
    "liu",
    "chen",
    "yang",
    "zhao",
    "huang",
    "zhou",
    "wu",
    "sun",
    "office",
    "cg",
    "sales",
)
MAIL_DOMAINS = ("example.com", "example.cn", "mail.example.cn", "corp.example.com")

# -- the company's own people -----------------------------------------------------------------------------------------
DEPARTMENTS = (
    ("衡川科技", None),
    ("华东销售部", "衡川科技"),
    ("华南销售部", "衡川科技"),
    ("北方销售部", "衡川科技"),
    ("市场部", "衡川科技"),
    ("客户成功部", "衡川科技"),
)
PEOPLE = (  # login, name, department, job, role; the first of a department leads it
    ("admin", "何衡", "衡川科技", "总经理", "administrator"),
    ("song.rui", "宋锐", "衡川科技", "财务经理", "viewer"),
    ("qin.yu", "秦宇", "衡川科技", "系统管理员", "administrator"),
    ("chen.siyuan", "陈思远", "华东销售部", "销售总监", "manager"),
    ("li.na", "李娜", "华东销售部", "销售经理", "sales"),
    ("wang.lei", "王磊", "华东销售部", "销售经理", "sales"),
    ("gu.mingxuan", "顾明轩", "华东销售部", "销售经理", "sales"),
    ("ding.yue", "丁月", "华东销售部", "销售代表", "sales"),
    ("shen.jie", "沈洁", "华东销售部", "销售代表", "sales"),
    ("luo.yiming", "罗一鸣", "华东销售部", "销售代表", "sales"),
    ("zhao.min", "赵敏", "华南销售部", "销售总监", "manager"),
    ("zhou.qian", "周倩", "华南销售部", "销售经理", "sales"),
    ("sun.hao", "孙浩", "华南销售部", "销售经理", "sales"),
    ("huang.lisha", "黄丽莎", "华南销售部", "销售代表", "sales"),
    ("deng.kai", "邓凯", "华南销售部", "销售代表", "sales"),
    ("liang.bo", "梁波", "华南销售部", "销售代表", "sales"),
    ("han.xue", "韩雪", "北方销售部", "销售总监", "manager"),
    ("ma.chao", "马超", "北方销售部", "销售经理", "sales"),
    ("guo.jing", "郭静", "北方销售部", "销售经理", "sales"),
    ("xie.tingting", "谢婷婷", "北方销售部", "销售代表", "sales"),
    ("tang.yong", "唐勇", "北方销售部", "销售代表", "sales"),
    ("feng.lei", "冯蕾", "北方销售部", "销售代表", "sales"),
    ("lin.yue", "林悦", "市场部", "市场经理", "viewer"),
    ("wei.ran", "魏然", "市场部", "市场专员", "viewer"),
    ("jiang.wen", "蒋文", "市场部", "市场专员", "viewer"),
    ("xu.wen", "许文", "客户成功部", "客户成功总监", "manager"),
    ("cao.xin", "曹欣", "客户成功部", "客户成功经理", "sales"),
    ("yuan.fang", "袁芳", "客户成功部", "客户成功经理", "sales"),
    ("peng.tao", "彭涛", "客户成功部", "客户成功经理", "sales"),
    ("lu.yao", "陆瑶", "客户成功部", "客服专员", "sales"),
)
EAST = ("li.na", "li.na", "wang.lei", "gu.mingxuan", "ding.yue", "shen.jie", "luo.yiming", "cao.xin")
SOUTH = ("zhou.qian", "sun.hao", "huang.lisha", "deng.kai", "liang.bo", "yuan.fang")
NORTH = ("ma.chao", "guo.jing", "xie.tingting", "tang.yong", "feng.lei", "peng.tao")
SELLERS_BY_REGION = {
    "east": EAST, "central": EAST, "south": SOUTH, "southwest": SOUTH, "north": NORTH, "northwest": NORTH, "northeast": NORTH,
}  # fmt: skip
SELLERS = (*EAST, *SOUTH, *NORTH)
SKILL = (1.0, 1.25, 0.8, 1.5, 0.95, 1.1, 0.7)

# -- how often -----------------------------------------------------------------------------------------------------------
ACCOUNT_SOURCES = (
    ("referral", 5),
    ("exhibition", 4),
    ("website", 4),
    ("cold_call", 3),
    ("partner", 2),
    ("paid_search", 3),
)
ACCOUNT_TAGS = (
    (None, 12), (("reference",), 2), (("frame_contract",), 2), (("price_sensitive",), 3), (("slow_payer",), 1),
    (("reference", "frame_contract"), 1),
)  # fmt: skip
LEAD_SOURCES = (
    ("website", 6),
    ("exhibition", 4),
    ("paid_search", 5),
    ("social", 3),
    ("referral", 2),
    ("organic_search", 4),
)
CONVERTED = {
    "website": 0.16, "exhibition": 0.22, "paid_search": 0.1, "social": 0.06, "referral": 0.38, "organic_search": 0.18,
}  # fmt: skip
OLD_LEADS = (("contacted", 3), ("qualified", 2), ("disqualified", 6))
FRESH_LEADS = (("new", 6), ("contacted", 4), ("qualified", 2), ("disqualified", 1))
LOST_REASONS = (("price", 6), ("competitor", 5), ("no_budget", 4), ("no_need", 3), ("no_answer", 3), ("feature", 2))

SNIPPETS = (
    ("没接电话", "没接电话，发了微信说明来意，明天上午再打。"),
    ("演示之后", "演示已做完，对方认可主要功能，等内部讨论后答复。"),
    ("催回款", "已提醒按合同付款，对方答应月底前安排。"),
    ("初次拜访", "初次拜访：了解现状和采购流程，决策人和预算还要再问。"),
)
