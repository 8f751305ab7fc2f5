"""Fills templates: `[a|b]` is a choice, `{slot}` a value, `\\n` a line break. Slots that name somebody or a place are marked."""

from __future__ import annotations

import hashlib
import random
import re
from pathlib import Path

import word_lists as w
from chinese_values import Chinese
from marked import Marked
from organisation_values import Organisations
from person_values import Persons
from place_values import Places

FOLDER = Path(__file__).parent / "templates"
CHOICE = re.compile(r"\[([^\[\]]*)\]")
SLOT = re.compile(r"\{([A-Za-z0-9]+)\}")
CLASSES = {
    "PERSON": "name first last lastfirst initials given xiao NAMEUP",
    "ORGANIZATION": "org hospital school ORGUP",
    "LOCATION": "city country state place statecode CITYUP",
    "ADDRESS": "address street streetname unit zip",
}
ENTITY = {slot: entity for entity, slots in CLASSES.items() for slot in slots.split()}
VERBS = w.words(
    "change, cancel, update, renew, check, confirm, send, get, track, return, extend, transfer, close, open, order, block, activate, print, sign, copy"
)
VERBS_ES = w.words(
    "cambiar, cancelar, actualizar, renovar, revisar, confirmar, enviar, recoger, devolver, abrir, cerrar, pedir, bloquear, imprimir, firmar"
)
VERBS_ZH = w.words("修改, 取消, 查询, 办理, 更新, 申请, 退回, 打印, 激活, 冻结, 开通, 续费, 预约, 领取")
THINGS_ES = w.words(
    "pedido, contrato, billete, paquete, informe, recibo, pasaporte, formulario, seguro, presupuesto, vuelo, permiso, certificado"
)
THINGS_ZH = w.words("订单, 合同, 发票, 快递, 护照, 报告, 密码, 会员卡, 机票, 申请表, 银行卡, 身份证, 材料, 病历, 文件, 钥匙, 体检")
PARTS_ZH = w.words("水泵, 电机, 轴承, 减速机, 皮带, 阀门, 变压器, 压缩机, 传感器, 液压泵, 风机, 锅炉, 冷却塔, 离心机, 滤芯, 密封件")
JOBS_ZH = w.words("工程师, 会计, 经理, 司机, 老师, 护士, 律师, 销售, 厨师, 设计师")
FOODS_ES = w.words("manzanas, naranjas, galletas, pizzas, huevos, bolsas, canicas, flores")
NATIONS_ES = w.words("inglés, francés, alemán, chino, italiano, portugués")
TOPICS_ES = w.words("música, historia, química, física, medicina, derecho")
WORDS = w.words(
    "alpha, total, price, item, status, report, sample, config, value, cache, index, user, login, north, signal, filter, batch, output, region, beta, order"
)
HANDLES = w.words("sunny22, bluebird, dj_max, newsdesk, real_kim, foodie, coach4u, the_dude, catlover, ana92")


def split(line: str) -> bool:
    """Whether a template of ours belongs to the tenth that is kept from training, for choosing between models."""
    return hashlib.sha256(line.encode()).digest()[0] % 10 == 0


def read_templates(name: str) -> list[str]:
    """The lines of a template file."""
    return [line.replace("\\n", "\n").replace("\\t", "\t") for line in (FOLDER / f"{name}.txt").read_text("utf-8").splitlines() if line]


FRAMED = {
    "person": {"zh": ("name", "name", "name", "xiao"), "en": ("name", "first", "last", "first", "name"), "es": ("name", "first", "name")},
    "org": {"zh": ("org", "org", "hospital", "school"), "en": ("org", "org", "org", "hospital", "school")},
    "place": {"zh": ("city", "city", "city", "country"), "en": ("city", "country", "place"), "es": ("city", "country", "place")},
    "address": {"zh": ("address", "address", "street"), "en": ("address", "street", "address")},
}


class Frames:
    """What may stand before and behind a value, put together freely."""

    def __init__(self, rng: random.Random, language: str) -> None:
        self.rng, self.language = rng, language
        self.sides: dict[tuple[str, str], list[str]] = {}
        for line in (FOLDER / "frames.txt").read_text("utf-8").splitlines():
            own, kind, side, rest = line.split(" ", 3)
            if own == language:
                self.sides[kind, side] = [text.replace("\\n", "\n") for text in rest.split("|")]
        self.kinds = sorted({kind for kind, _ in self.sides})

    def template(self) -> str:
        """A left side, a slot and a right side; half of the lot between sentences."""
        rng = self.rng
        kind = rng.choice([*self.kinds, "person"])
        slot = rng.choice(FRAMED[kind][self.language])
        left, right = rng.choice(self.sides[kind, "<"]), rng.choice(self.sides[kind, ">"])
        stop = "。" if self.language == "zh" else ". "
        before = (
            "{text}" + rng.choice([stop, "，" if self.language == "zh" else ", ", "\n", "" if self.language == "zh" else " "])
            if rng.random() < 0.35
            else ""
        )
        after = rng.choice(["", "，", "。"] if self.language == "zh" else [" ", ". ", "\n"]) + "{text}" if rng.random() < 0.35 else ""
        if not before and self.language != "zh" and rng.random() < 0.7:
            left = left[:1].upper() + left[1:] if not left.startswith("{") else left
        return before + left + "{" + slot + "}" + right + after


class RandomWords:
    """Ordinary Chinese words in any order, with names among them: where a name ends is then a matter of knowing the words."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.words = sorted(set((FOLDER / "words-zh.txt").read_text("utf-8").split()))

    def template(self) -> str:
        """Some clauses, about half of them with a slot."""
        rng, out = self.rng, ""
        for _ in range(rng.randint(1, 3)):
            clause = [rng.choice(self.words) for _ in range(rng.randint(1, 6))]
            if rng.random() < 0.6:
                slot = rng.choice(["name", "name", "name", "name", "city", "org", "city", "address", "country", "hospital"])
                clause.insert(rng.randint(0, len(clause)), "{" + slot + "}")
            out += "".join(clause) + rng.choice("，，。。、：；！？\n ")
        return out


class Filler:
    """Fills templates of one language; all randomness comes from the generator."""

    def __init__(self, rng: random.Random, language: str, *, held_out: bool | None = False) -> None:
        self.rng, self.language = rng, language
        self.persons = Persons(rng)
        self.places = Places(rng, self.persons)
        self.organisations = Organisations(rng, self.persons, self.places)
        self.chinese = Chinese(rng, held_out)
        self.texts = read_templates("text-" + language)
        self.frames = Frames(rng, language)
        self.random_words = RandomWords(rng)
        self.vocabulary = WORDS

    def fill(self, template: str) -> Marked:
        """One text of a template, with its marks."""
        template = CHOICE.sub(
            lambda m: self.rng.choice(m.group(1).split("|")), CHOICE.sub(lambda m: self.rng.choice(m.group(1).split("|")), template)
        )
        out, spans, last = "", [], 0
        for slot in SLOT.finditer(template):
            out += template[last : slot.start()]
            value = self.value(slot.group(1))
            entity = ENTITY.get(slot.group(1))
            if slot.group(1) == "zip" and self.language == "es":
                entity = "LOCATION"
            if entity:
                spans.append((len(out), len(out) + len(value), entity))
            out += value
            last = slot.end()
        return Marked(out + template[last:], spans)

    def value(self, slot: str) -> str:
        """What a slot is filled with."""
        if slot.endswith("UP") and slot != "NOUNUP":
            return self.value({"NAMEUP": "name", "ORGUP": "org", "CITYUP": "city", "TEXTUP": "text", "PARTUP": "part"}[slot]).upper()
        own = (
            {
                "name": "name",
                "last": "last",
                "given": "given",
                "first": "name",
                "xiao": "xiao",
                "city": "city",
                "country": "country",
                "street": "street",
                "address": "address",
                "org": "company",
                "hospital": "hospital",
                "school": "school",
            }
            if self.language == "zh"
            else {}
        )
        if slot in own:
            return getattr(self.chinese, own[slot])()
        if slot in ("name", "first", "last", "initials"):
            return getattr(self.persons, slot)(self.language)
        if slot == "lastfirst":
            return self.persons.last_first(self.language)
        if slot in ("city", "country", "state", "place", "street", "zip", "address", "hospital", "school"):
            return getattr(self.places, slot)(self.language)
        if slot == "org":
            return self.organisations.name() if self.language == "en" else self.places.company(self.language)
        if slot == "streetname":
            return self.places.street_name(self.language)
        if slot == "unit":
            return self.places.unit()
        return self.plain(slot)

    def plain(self, slot: str) -> str:
        """A value that names nobody."""
        rng, es, zh = self.rng, self.language == "es", self.language == "zh"
        number = rng.randint(1, rng.choice([9, 60, 999, 99999]))
        lists = {
            "statecode": w.STATE_CODES,
            "title": w.TITLES_ES if es else w.TITLES,
            "month": w.MONTHS_ES if es else w.MONTHS,
            "day": w.DAYS_ES if es else w.DAYS,
            "drug": w.DRUGS,
            "disease": w.DISEASES,
            "product": w.PRODUCTS,
            "part": PARTS_ZH if zh else w.PARTS_ES if es else w.PARTS,
            "job": JOBS_ZH if zh else w.JOBS,
            "thing": THINGS_ZH if zh else THINGS_ES if es else w.THINGS,
            "food": FOODS_ES if es else w.FOODS,
            "topic": w.TOPICS,
            "nation": w.NATIONS,
            "nationes": NATIONS_ES,
            "topices": TOPICS_ES,
            "unitword": w.UNITS,
            "verb": VERBS_ZH if zh else VERBS_ES if es else VERBS,
            "word": WORDS,
            "noun": self.vocabulary,
            "handle": HANDLES,
        }
        if slot == "month" and zh:
            return str(rng.randint(1, 12))
        if slot in lists:
            return rng.choice(lists[slot])
        if slot == "text":
            text = self.fill(rng.choice(self.texts)).text
            return text[0].upper() + text[1:] if rng.random() < 0.6 else text
        if slot in ("Noun", "NOUNUP"):
            noun = rng.choice(self.vocabulary)
            return noun.upper() if slot == "NOUNUP" else noun.title()
        made = {
            "num": lambda: str(number),
            "age": lambda: str(rng.randint(1, 99)),
            "year": lambda: str(rng.randint(1900, 2026)),
            "date": self.date,
            "time": lambda: rng.choice(
                [
                    f"{rng.randint(0, 23)}:{rng.randint(0, 59):02d}",
                    f"{rng.randint(1, 12)}{rng.choice([' am', ' pm', 'pm', 'am'])}" if not zh else f"{rng.randint(1, 12)}点",
                ]
            ),
            "phone": self.phone,
            "email": self.email,
            "url": lambda: rng.choice(["https://", "http://", "www.", ""]) + f"{self.email().split('@')[1]}/{rng.choice(WORDS)}",
            "money": lambda: rng.choice(["${:,}", "{:,} USD", "€{}", "{} euros", "${}.00", "{} dollars"]).format(number),
            "id": lambda: rng.choice(["", "A", "X", "DL", "TK-"]) + str(rng.randint(10**6, 10**9)) + rng.choice(["", "X", "B"]),
            "card": lambda: rng.choice(["{}{}{}{}", "{} {} {} {}", "{}-{}-{}-{}"]).format(*(rng.randint(1000, 9999) for _ in range(4))),
            "ssn": lambda: f"{rng.randint(100, 899)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}",
            "iban": lambda: rng.choice(["GB", "DE", "ES", "FR"])
            + str(rng.randint(10, 99))
            + rng.choice(["MIDL", "", "NWBK"])
            + str(rng.randint(10**13, 10**18)),
            "ip": lambda: ".".join(str(rng.randint(1, 254)) for _ in range(4)),
            "asset": lambda: rng.choice(["PU", "CV", "HX", "MTR", "P", "TK", "K", "FAN"])
            + rng.choice(["-", " ", ""])
            + str(rng.randint(1, 9999)),
            "ident": lambda: rng.choice(["", "Get", "New", "my", "System.", "Azure", "Item", "Cim"])
            + "".join(rng.choice(self.vocabulary).title() for _ in range(rng.choice([1, 1, 2, 3])))
            + rng.choice(["", "Service", "Item", "Session", "Object", "Provider", "Id", "s"]),
        }
        return made[slot]()

    def date(self) -> str:
        rng = self.rng
        day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1930, 2026)
        if self.language == "zh":
            return rng.choice([f"{year}年{month}月{day}日", f"{year}-{month:02d}-{day:02d}", f"{month}月{day}日"])
        if self.language == "es":
            return rng.choice([f"{day:02d}/{month:02d}/{year}", f"{day} de {w.MONTHS_ES[month - 1]} de {year}", f"{day}-{month}-{year}"])
        return rng.choice(
            [
                f"{month}/{day}/{year}",
                f"{year}-{month:02d}-{day:02d}",
                f"{w.MONTHS[month - 1]} {day}, {year}",
                f"{day} {w.MONTHS[month - 1]} {year}",
                f"{year}-{month:02d}-{day:02d} {rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}:00",
            ]
        )

    def phone(self) -> str:
        rng = self.rng
        if self.language == "zh":
            return rng.choice(
                [f"1{rng.choice('35789')}{rng.randint(10**8, 10**9 - 1)}", f"0{rng.randint(10, 999)}-{rng.randint(10**6, 10**8)}"]
            )
        return rng.choice(["({}) {}-{}", "{}-{}-{}", "{} {} {}", "+1 {} {} {}", "+34 {}{}{}", "{}.{}.{}", "00{}-{}-{}x12"]).format(
            rng.randint(100, 999), rng.randint(100, 999), rng.randint(1000, 9999)
        )

    def email(self) -> str:
        rng, p = self.rng, self.persons
        user = rng.choice(
            [
                p.family("en_US"),
                p.given("en_US"),
                f"{p.given('en_US')}.{p.family('en_US')}",
                f"{p.given('en_US')[0]}{p.family('en_US')}{rng.randint(1, 99)}",
                "info",
                "support",
                "sales",
            ]
        )
        user = user if rng.random() < 0.3 else user.lower()
        return f"{user.replace(' ', '')}@{rng.choice(['gmail.com', 'yahoo.com', 'hotmail.com', 'example.org', 'rhyta.com', 'mail.net', 'company.com', '163.com', 'outlook.es'])}"
