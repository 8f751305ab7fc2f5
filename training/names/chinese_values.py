"""Chinese names of persons, places, addresses and organisations.

Of the characters of given names, the places, the roads and the stems of organisations a fifth is held out: training never
draws it, the held-out set always does where it can.
"""

from __future__ import annotations

import random

from name_lists import attribute_lists

SURNAMES = ("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
            "温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝")
COMPOUND = "欧阳 上官 司马 诸葛 司徒 皇甫 尉迟 公孙 令狐 慕容 东方 夏侯 南宫 端木 轩辕 宇文 长孙 独孤 呼延 百里".split()
GIVEN = ("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国志文辉建军红梅海燕晓峰雪飞宇浩然子轩梓涵欣怡雨桐诗琪嘉怡俊杰思远天佑佳宁晨曦博文若曦一诺梦琪可馨紫萱宸睿泽轩铭昊皓瑞霖毅翔鹏程凯旋光耀振东海波立新国庆卫东爱民"
         "春生福生长江永强德华家豪家辉俊鑫鑫森林淼焱垚琳琅璐瑶珊珍珠翠荷莲菊竹松柏枫桦楠梓桐柳婷婉姗妮媛嫣妍娇娴婕婧婵嫦娥卉蓉薇蕾莉萍菲茜芸芬芝苗茂荣青云霄霆震雷电虹霓岚岩峻岭峥嵘坤乾元亨利贞仁义礼智信忠孝廉耻勤俭恭良俭让达"
         "聪慧颖哲彦彬斌武威猛豪迈远航启程开拓创越超群冠军胜凯捷迅驰骋腾跃龙虎豹麟凤凰鸿鹄鹤雁莺燕鹃语诗词歌赋琴棋书画墨砚笛箫韵律音乐舞心忆恩惠爱喜悦欢乐康健安泰宁静淑贤雅洁纯真善美好吉祥如意福禄寿熙晖晴朗旭昕昱晟旻冬秋夏月星辰")
GIVEN = "".join(dict.fromkeys(GIVEN.replace("耻", "").replace("电", "")))
PROVINCES = "北京市 天津市 上海市 重庆市 河北省 山西省 辽宁省 吉林省 黑龙江省 江苏省 浙江省 安徽省 福建省 江西省 山东省 河南省 湖北省 湖南省 广东省 海南省 四川省 贵州省 云南省 陕西省 甘肃省 青海省 内蒙古自治区 广西壮族自治区 西藏自治区 宁夏回族自治区 新疆维吾尔自治区".split()
CITIES = ("北京 上海 天津 重庆 广州 深圳 杭州 南京 苏州 成都 武汉 西安 长沙 郑州 青岛 大连 宁波 厦门 济南 沈阳 哈尔滨 长春 合肥 福州 南昌 昆明 贵阳 南宁 海口 太原 石家庄 兰州 西宁 银川 乌鲁木齐 呼和浩特 拉萨 无锡 常州 徐州 南通 扬州 镇江 泰州 盐城 淮安 连云港 宿迁 "
          "温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 芜湖 蚌埠 淮南 马鞍山 安庆 黄山 阜阳 泉州 漳州 莆田 三明 龙岩 宁德 九江 赣州 吉安 宜春 上饶 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 淄博 枣庄 洛阳 开封 安阳 新乡 许昌 南阳 商丘 信阳 周口 驻马店 "
          "宜昌 襄阳 荆州 黄冈 孝感 十堰 株洲 湘潭 衡阳 岳阳 常德 张家界 郴州 永州 怀化 珠海 汕头 佛山 韶关 湛江 肇庆 江门 茂名 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 柳州 桂林 梧州 北海 玉林 三亚 绵阳 德阳 宜宾 泸州 乐山 南充 达州 遵义 安顺 "
          "曲靖 玉溪 大理 丽江 宝鸡 咸阳 渭南 延安 汉中 榆林 天水 酒泉 唐山 秦皇岛 邯郸 保定 张家口 承德 沧州 廊坊 衡水 大同 长治 临汾 运城 包头 赤峰 鄂尔多斯 鞍山 抚顺 本溪 丹东 锦州 营口 四平 通化 延边 齐齐哈尔 大庆 牡丹江 佳木斯 香港 澳门 台北 高雄 昆山 义乌 晋江").split()
DISTRICTS = ("朝阳区 海淀区 东城区 西城区 丰台区 浦东新区 徐汇区 静安区 黄浦区 杨浦区 虹口区 普陀区 闵行区 宝山区 天河区 越秀区 荔湾区 白云区 番禺区 南山区 福田区 罗湖区 宝安区 龙岗区 西湖区 余杭区 滨江区 鼓楼区 玄武区 秦淮区 武侯区 锦江区 青羊区 金牛区 江汉区 武昌区 洪山区 雁塔区 碑林区 莲湖区 "
             "岳麓区 芙蓉区 金水区 二七区 市南区 市北区 沙河口区 中山区 鄞州区 思明区 湖里区 历下区 和平区 沈河区 道里区 南岗区 蜀山区 台江区 东湖区 五华区 盘龙区 云岩区 青秀区 渝中区 江北区 沙坪坝区 南开区 河西区 相城区 吴中区 长兴县 德清县 安吉县 平阳县 正定县 中牟县 望城区 双流区 昌平区 通州区").split()
ROADS = ("人民路 中山路 解放路 建设路 和平路 胜利路 新华路 长江路 黄河路 北京路 南京路 上海路 文化路 光明路 迎宾大道 滨河路 学院路 科技路 创业路 工业大道 幸福路 友谊路 朝阳街 青年路 团结路 民主路 复兴路 环城路 世纪大道 西湖大道 天府大道 花园路 公园路 体育路 健康路 教育路 湖滨路 江南大道 珠江路 "
         "延安路 淮海路 太平街 东风路 红旗街 五一路 八一路 长安街 金鸡湖大道 软件大道 望江路 桃园路 梅园街 翠竹路 丰收巷 安定门外大街 西直门北街 春熙路 后海北沿 学府路 园林路 振兴路 兴业街 富强巷 永安里 文三路 古墩路 深南大道 滨海大道 观音桥步行街 雨花路 凤凰街 玉泉路 紫荆路 银杏路 芳草街 苏堤路").split()
ESTATES = "阳光花园 幸福小区 翠湖苑 锦绣江南 金色家园 万科城 碧桂园 恒大名都 绿地中心 时代广场 东方明珠苑 紫金苑 春江花园 香榭丽舍 丽景湾 和谐家园 世茂滨江 保利花园 龙湖时代 御景园 水岸名都 康桥半岛".split()
STEMS = ("华强 中兴 天元 鼎盛 宏达 恒通 瑞丰 金辉 东升 国泰 万隆 新奥 明德 博雅 启明 远航 星辰 蓝海 绿源 百川 九州 四海 汇通 中科 智联 云帆 创新 海纳 同方 正泰 德胜 永兴 长城 泰山 长江 珠峰 东方 南方 北方 西部 腾飞 飞跃 信达 安泰 康源 仁和 同仁 济世 华润 联创 优品 美佳 乐享 鑫源 盛世 辉煌 "
         "亿达 通联 迈克 迈瑞 思源 卓越 精工 力拓 恒力 金蝶 用友 联想 海尔 美的 格力 比亚迪 顺丰 京东 华为 小米 网易 滴滴 蔚来 平安 招商 民生 光大 兴业 浦发").split()
FIELDS = "科技 信息技术 网络科技 电子商务 生物医药 医疗器械 建筑工程 房地产开发 物流 国际贸易 文化传媒 教育咨询 机械制造 新能源 环保科技 食品 服装 汽车销售 化工 钢铁 电力 投资管理 软件 智能装备 餐饮管理 农业发展 物业管理 保险经纪".split()
FORMS = "有限公司 有限公司 有限责任公司 股份有限公司 集团 集团有限公司 公司 厂 事务所 合作社 研究院 中心".split()
BODIES = "公安局 教育局 税务局 人民法院 市场监督管理局 卫生健康委员会 人力资源和社会保障局 住房公积金管理中心 图书馆 博物馆 疾控中心 红十字会 供电公司 自来水公司 地铁集团 农业银行 建设银行 工商银行 派出所 社区居委会".split()
HOSPITALS = "人民医院 第一人民医院 第二人民医院 中心医院 中医院 妇幼保健院 儿童医院 协和医院 大学附属第一医院 肿瘤医院 第三医院 同济医院 华山医院 中山医院 红十字医院 口腔医院 骨科医院 社区卫生服务中心".split()
SCHOOLS = "大学 师范大学 理工大学 医科大学 工业大学 农业大学 第一中学 实验小学 外国语学校 职业技术学院 财经大学 科技大学 第二中学 幼儿园".split()
GROUPS = 5
FUNCTION = set("的了在是和有不我你他她它们这那个上下来去说要会能就都也还又再很把被给对向从到为与及或而但如果因所以之其此什么怎样哪谁吗呢吧啊嘛")
COMMON = [c for c in bytes(b for high in range(0xB0, 0xD7) for low in range(0xA1, 0xFF) for b in (high, low)).decode("gb2312") if c not in FUNCTION]


def parts(items: list[str] | str, held_out: bool | None) -> list[str]:
    """Every fifth item for the held-out side, the others for training; None: all of them."""
    if held_out is None:
        return list(items)
    return [item for index, item in enumerate(items) if (index % GROUPS == 2) == held_out]


ABROAD = ("纽约 伦敦 巴黎 东京 大阪 京都 首尔 釜山 曼谷 清迈 新加坡 悉尼 墨尔本 奥克兰 温哥华 多伦多 洛杉矶 旧金山 西雅图 波士顿 芝加哥 柏林 慕尼黑 莫斯科 罗马 米兰 威尼斯 马德里 巴塞罗那 里斯本 迪拜 "
          "吉隆坡 雅加达 马尼拉 河内 胡志明市 孟买 新德里 开罗 开普敦 内罗毕 维也纳 布拉格 华沙 阿姆斯特丹 布鲁塞尔 日内瓦 苏黎世 哥本哈根 斯德哥尔摩 赫尔辛基 伊斯坦布尔 圣保罗 里约热内卢 墨西哥城 利马 休斯敦 迈阿密 华盛顿 费城 夏威夷").split()


class Chinese:
    """Draws Chinese names; all randomness comes from the generator."""

    def __init__(self, rng: random.Random, held_out: bool | None = False) -> None:
        self.rng = rng
        self.chars = parts(GIVEN, held_out)
        self.all_chars = list(GIVEN) if held_out else self.chars
        self.is_held_out = held_out is True
        self.unusual = COMMON if held_out is None else [c for c in COMMON if c not in set(parts(GIVEN, True))]
        self.cities, self.roads, self.stems = parts(CITIES, held_out), parts(ROADS, held_out), parts(STEMS, held_out)
        self.districts, self.estates = parts(DISTRICTS, held_out), parts(ESTATES, held_out)
        self.countries = [c for c in attribute_lists("address", "zh_CN", ("countries",)) if len(c) < 7]

    def last(self) -> str:
        rng = self.rng
        if rng.random() < 0.06:
            return rng.choice(COMPOUND)
        weight = min(int(rng.expovariate(1 / 45)), len(SURNAMES) - 1) if rng.random() < 0.7 else rng.randrange(len(SURNAMES))
        return SURNAMES[weight]

    def given(self) -> str:
        """
        One or two characters; on the held-out side at least one of them is held out. In training a third are any characters but
        those, so that the model learns where a name ends from what stands around it.
        """
        rng = self.rng
        if not self.is_held_out and rng.random() < 0.35:
            return "".join(rng.choice(self.unusual if rng.random() < 0.6 else self.chars) for _ in range(rng.choice([1, 2, 2, 2])))
        first = rng.choice(self.chars)
        if rng.random() < 0.22:
            return first
        if rng.random() < 0.06:
            return first + first
        both = [first, rng.choice(self.all_chars)]
        rng.shuffle(both)
        return "".join(both)

    def name(self) -> str:
        return self.last() + self.given()

    def xiao(self) -> str:
        return self.rng.choice("小老阿") + self.rng.choice(SURNAMES[:100])

    def city(self) -> str:
        rng = self.rng
        if not self.is_held_out and rng.random() < 0.15:
            return self.other_place()
        city, draw = self.town(), rng.random()
        if draw < 0.5:
            return city
        if draw < 0.75:
            return city + "市"
        if draw < 0.87:
            return city + rng.choice(["市", ""]) + rng.choice(self.districts)
        return rng.choice(self.districts) if draw < 0.91 else rng.choice(PROVINCES) + (city + "市" if rng.random() < 0.7 else "")

    def town(self) -> str:
        """A city; in training now and then an invented one."""
        rng = self.rng
        if not self.is_held_out and rng.random() < 0.2:
            return rng.choice(self.unusual) + rng.choice("州阳江山安平城海宁川河林湖水原口昌德门东西南北丰泉")
        return rng.choice(self.cities)

    def other_place(self) -> str:
        """A city abroad, a province without its ending, a county, a town or a village."""
        rng, draw = self.rng, self.rng.random()
        if draw < 0.35:
            return rng.choice(ABROAD)
        if draw < 0.6:
            return rng.choice(PROVINCES).removesuffix("省").removesuffix("市").removesuffix("自治区")
        return "".join(rng.choice(self.unusual) for _ in range(rng.choice([1, 2, 2]))) + rng.choice("县县区镇镇乡村市岛湖山")

    def country(self) -> str:
        return self.rng.choice(self.countries)

    def street(self) -> str:
        rng = self.rng
        road = rng.choice(self.roads)
        if rng.random() < 0.2:
            road = road[:-1] + rng.choice(["东", "西", "南", "北", "中"]) + road[-1]
        return road + rng.choice(["", f"{rng.randint(1, 999)}号", f"{rng.randint(1, 99)}号"])

    def address(self) -> str:
        rng = self.rng
        province = rng.choice(["", "", rng.choice(PROVINCES)])
        city = self.town() + rng.choice(["市", "市", "市", ""])
        district = rng.choice(["", rng.choice(self.districts), rng.choice(self.districts)])
        road = rng.choice(self.roads) + f"{rng.randint(1, 999)}号"
        rest = rng.choice(["", f"{rng.randint(1, 30)}号楼{rng.randint(1, 6)}单元{rng.randint(101, 2802)}室", f"{rng.randint(1, 20)}栋{rng.randint(101, 2802)}", f"{rng.choice(self.estates)}{rng.randint(1, 30)}栋{rng.randint(1, 4)}单元{rng.randint(101, 1802)}",
                           f"{rng.choice(self.estates)}{rng.randint(1, 30)}幢", f"{rng.randint(1, 30)}层", f"{rng.choice('ABC')}座{rng.randint(101, 2802)}室", f"{rng.randint(1, 9)}弄{rng.randint(1, 99)}号"])
        form = rng.random()
        if form < 0.1:
            return f"{city}{district}{rng.choice(self.estates)}{rng.randint(1, 30)}栋{rng.randint(101, 1802)}室"
        if form < 0.2:
            return f"{district or rng.choice(self.districts)}{road}{rest}"
        return f"{province}{city}{district}{road}{rest}"

    def company(self) -> str:
        rng, draw = self.rng, self.rng.random()
        city = self.town()
        stem = rng.choice(self.stems) if draw < 0.6 else rng.choice(self.chars) + rng.choice(self.chars)
        if not self.is_held_out and draw > 0.8:
            stem = rng.choice(self.unusual) + rng.choice(self.unusual)
        kind = rng.random()
        if kind < 0.5:
            return f"{rng.choice([city, city, city + '市', ''])}{stem}{rng.choice(FIELDS)}{rng.choice(FORMS)}"
        if kind < 0.58:
            return f"{stem}（{city}）{rng.choice(FIELDS)}有限公司"
        if kind < 0.7:
            return f"{stem}{rng.choice(['集团', '公司', '科技', '银行', '证券', '保险', '律师事务所', '超市', '酒店', '药业', '重工', '电子'])}"
        if kind < 0.82:
            return f"{city}{rng.choice(['市', ''])}{rng.choice(BODIES)}"
        return self.hospital() if kind < 0.92 else self.school()

    def hospital(self) -> str:
        return f"{self.town()}{self.rng.choice(['市', ''])}{self.rng.choice(HOSPITALS)}"

    def school(self) -> str:
        return f"{self.town()}{self.rng.choice(['市', '', ''])}{self.rng.choice(SCHOOLS)}"
