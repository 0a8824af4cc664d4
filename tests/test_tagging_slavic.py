"""Russian and Ukrainian names: who they are, in the nominative, and what is no name."""

import subprocess
import sys
from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worker.model import Article, Entity, Kind, Mention
from worker.tagging import Tagger, load_tagger
from worker.tagging.folding import fold
from worker.tagging.slavic.headlines import soften
from worker.tagging.slavic.lexicon import WordNumbers, data, surnames, vocabulary
from worker.tagging.slavic.model import load_recognizer
from worker.tagging.slavic.nominative import readings
from worker.tagging.slavic.organizations import nominative


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """A tagger with what Tocsin ships."""
    return load_tagger()


def tagged(
    tagger: Tagger, text: str, language: str = "ru", *, kind: Kind = Kind.PERSON
) -> dict[str, list[str]]:
    """Name -> what stands in the text where it was found, for one kind of mention."""
    found = tagger.tag(Article(title="", text=text, language=language))
    return {m.name: [text[slice(*span)] for span in m.spans] for m in found if m.kind is kind}


def people(tagger: Tagger, text: str, language: str = "ru") -> set[str]:
    """Names of the people found."""
    return set(tagged(tagger, text, language))


# ------------------------------------------------------------------------------ the same person


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Суд арестовал Эрика Бьорнсона. Адвокат Бьорнсона подал жалобу, сам Бьорнсон молчит.",
            {"Эрик Бьорнсон": ["Эрика Бьорнсона", "Бьорнсона", "Бьорнсон"]},
        ),
        (
            "Хакера Максима Якубца ищут. Якубец скрылся, Якубцу грозит срок.",
            {"Максим Якубец": ["Максима Якубца", "Якубец", "Якубцу"]},
        ),
        (
            "Гроссмейстер сыграл с Яном Непомнящим. Непомнящий проиграл, Непомнящему помогли.",
            {"Ян Непомнящий": ["Яном Непомнящим", "Непомнящий", "Непомнящему"]},
        ),
        (
            "Профессора Льва Николаевича Сорокина знали все. Лев Николаевич писал книги.",
            {"Лев Сорокин": ["Льва Николаевича Сорокина", "Лев Николаевич"]},
        ),
        (
            "Петров Иван Сергеевич осуждён. Адвокаты Петрова обжаловали приговор.",
            {"Иван Петров": ["Петров Иван Сергеевич", "Петрова"]},
        ),
        (
            "Актёр Джонни Коллинз (Johnny Collins) женится. Друзья Коллинза рады.",
            {"Джонни Коллинз": ["Джонни Коллинз", "Johnny Collins", "Коллинза"]},
        ),
        (
            "Корреспондент Анна-Мария фон Берг прилетела. С фон Берг говорили.",
            {"Анна-Мария фон Берг": ["Анна-Мария фон Берг", "фон Берг"]},
        ),
        (
            "Актриса Скарлетт Линдквист судится. Линдквист требует миллион, юрист Линдквист молчит.",
            {"Скарлетт Линдквист": ["Скарлетт Линдквист", "Линдквист", "Линдквист"]},
        ),
        (
            "Чиновник Семён Ким уволен; Киму предъявлено обвинение.",
            {"Семён Ким": ["Семён Ким", "Киму"]},
        ),
        (
            "Президент Лоуэлл принял Юрия Мильнера. Мильнеру вручили орден.",
            {"Лоуэлл": ["Лоуэлл"], "Юрий Мильнер": ["Юрия Мильнера", "Мильнеру"]},
        ),
    ],
)
def test_every_form_of_a_name_is_the_same_person(
    tagger: Tagger, text: str, expected: dict[str, list[str]]
) -> None:
    """Case endings, patronymics, the order of names, brackets and particles lead to one person."""
    assert expected == tagged(tagger, text)


def test_a_name_has_the_same_key_in_every_article(tagger: Tagger) -> None:
    """Whichever cases an article has, the key is that of first name and surname."""
    keys = {
        mention.key
        for text in (
            "Об этом заявила депутат Зоя Тихомирова.",
            "Слова Зои Тихомировой вызвали спор.",
            "Вопросы задали Зое Фёдоровне Тихомировой.",
            "С Тихомировой Зоей Фёдоровной согласились.",
        )
        for mention in tagger.tag(Article(title="", text=text, language="ru"))
        if mention.kind is Kind.PERSON
    }
    assert {"person:zoya-tikhomirova"} == keys


def test_initials_lead_to_the_full_name(tagger: Tagger) -> None:
    """Of a stranger named in full in the article, and of somebody the gazetteer knows."""
    text = "Нотариус П. А. Воронцов пришёл. Павел Воронцов молчал. Подпись: П.А. Воронцов."
    assert {"Павел Воронцов"} == people(tagger, text)
    assert {"Vladimir Putin", "Dmitry Medvedev"} == people(
        tagger, "В. В. Путин и Д.А. Медведев обсудили бюджет."
    )


def test_husband_and_wife_are_two(tagger: Tagger) -> None:
    """The gender of a surname, of a first name and of a verb tell who is meant."""
    text = (
        "Певица Алла Громова и её муж Филипп Громов развелись. Громов подал иск, Громова оспорила "
        "его. С Громовой согласился суд."
    )
    assert {
        "Алла Громова": ["Алла Громова", "Громова", "Громовой"],
        "Филипп Громов": ["Филипп Громов", "Громов"],
    } == tagged(tagger, text)


def test_a_maiden_name_in_brackets_is_the_same_woman(tagger: Tagger) -> None:
    """A woman's second surname names nobody else; other names in brackets do."""
    text = "Победила Екатерина Арсеньева (Половникова). Вторым стал Олег Ковальчук (Марков помог)."
    assert ["Екатерина Арсеньева", "Половникова"] == tagged(tagger, text)["Екатерина Арсеньева"]
    assert "Олег Ковальчук" in people(tagger, text)


def test_namesakes_of_the_known_do_not_ring_for_them(tagger: Tagger) -> None:
    """A bare surname is the namesake's who is named in full, unless the known person is there too."""
    text = "Людмила Путина приехала в театр. Путина сказала, что рада."
    assert {"Людмила Путина": ["Людмила Путина", "Путина"]} == tagged(tagger, text)
    both = "Людмила Путина приехала без Владимира Путина. Путиным это не понравилось."
    assert {"Людмила Путина", "Vladimir Putin"} == people(tagger, both)


def test_kings_keep_their_numbers(tagger: Tagger) -> None:
    """A number is part of the name, not an initial."""
    assert {"Оскар II"} == people(
        tagger, "Шведский король Оскар II умер. Портрет Оскара II продан."
    )


def test_lists_and_coordination_are_parted(tagger: Tagger) -> None:
    """Commas, dashes and "и" stand between two people, spaces between two words of one name."""
    text = "Голы забили Сергей Лужин, Олег Тищенко и Пётр Гвоздев. Лужин — Гвоздев: ничья."
    assert {"Сергей Лужин", "Олег Тищенко", "Пётр Гвоздев"} == people(tagger, text)


def test_titles_and_firms_are_no_part_of_a_name(tagger: Tagger) -> None:
    """A capitalized title, a word that begins the sentence, a known firm before the name."""
    assert {"Гаральд Ларсен"} == people(tagger, "Король Гаральд Ларсен отрёкся от престола.")
    assert {"Сухомлинский"} == people(tagger, "Ученики Сухомлинского собрались в Полтаве.")


# ------------------------------------------------------------------------------ who is nobody


@pytest.mark.parametrize(
    "text",
    [
        "«Евгений Онегин» и «Анна Каренина» изданы заново.",
        "На проспекте Андрея Сахарова прошёл митинг.",
        "В Бресте прошёл митинг. Брест красив, во Владимире много церквей. Владимир — город.",
        "Московский Кремль закрыт, Большой театр открыт.",
        "Супруга чиновника уехала. Маэстро остался.",
        "Вчера открылись чтения, Ямадаевых на них не было.",
        "Пилоты «Формулы-1» едут в Монако.",
    ],
)
def test_books_streets_towns_and_families_are_no_people(tagger: Tagger, text: str) -> None:
    """What only looks like a name rings for nobody."""
    assert set() == people(tagger, text)


def test_a_street_called_after_somebody_is_not_about_the_known_namesake(tagger: Tagger) -> None:
    """A first name before the surname tells that it is another's, though no person is meant."""
    assert set() == people(tagger, "Дом стоит на проспекте Ахмата Кадырова, пожар потушен.")


def test_a_surname_that_is_a_word_is_not_carried_to_the_beginning_of_a_sentence(
    tagger: Tagger,
) -> None:
    """At the beginning of a sentence "Понедельник" may be the day."""
    text = "Тренер Юрий Понедельник доволен. Понедельник был трудным."
    assert ["Юрий Понедельник"] == tagged(tagger, text)["Юрий Понедельник"]


# ------------------------------------------------------------------------------ headlines


def test_headlines_in_capitals_are_read(tagger: Tagger) -> None:
    """People of a headline in capitals are those of the text."""
    text = (
        "МИНИСТР СЕРГЕЙ ВОРОНЦОВ УШЁЛ В ОТСТАВКУ\n\n"
        "О решении Воронцова сообщили в правительстве. Сергей Воронцов подтвердил это."
    )
    assert {"Сергей Воронцов": ["СЕРГЕЙ ВОРОНЦОВ", "Воронцова", "Сергей Воронцов"]} == tagged(
        tagger, text
    )


def test_capitals_are_softened_as_the_article_writes_the_words() -> None:
    """Names, towns and unknown words keep one capital, abbreviations all, the rest none."""
    text = "ДЕЛО ФУРГАЛА ИЗ МОСКВЫ И МВД: ЛЕВ УБЕЖАЛ\nПолиция искала, пока лев не вернулся."
    assert (
        "Дело Фургала из Москвы и МВД: лев убежал\nПолиция искала, пока лев не вернулся."
        == soften(text, "ru")
    )


@given(st.text(max_size=300))
def test_softening_moves_nothing(text: str) -> None:
    """Whatever stands in a text, what follows it stays where it is."""
    softened = soften(text, "ru")
    assert len(text) == len(softened)
    assert fold(text).text == fold(softened).text


# ------------------------------------------------------------------------------ what found it


def test_a_mention_says_what_found_it(tagger: Tagger) -> None:
    """The gazetteer wins, then the model; without a model there is the rule."""
    russian = tagger.tag(
        Article(title="", text="Путин принял учителя Олега Тищенко.", language="ru")
    )
    ukrainian = tagger.tag(Article(title="", text="Учитель Олег Тищенко пішов.", language="uk"))
    assert {"Vladimir Putin": "gazetteer", "Олег Тищенко": "slovnet"} == found_by(russian)
    assert {"Олег Тищенко": "name rule"} == found_by(ukrainian)


def found_by(mentions: tuple[Mention, ...]) -> dict[str, str]:
    """Person -> what found them."""
    return {m.name: m.found_by for m in mentions if m.kind is Kind.PERSON}


def test_own_entities_win_over_the_model(tagger: Tagger) -> None:
    """Somebody declared keeps key and name, in every case and with initials."""
    own = Entity(
        kind=Kind.PERSON, key="person:olena-t", name="Olena T.", aliases=("Елена Тарасевич",)
    )
    text = "Елену Викторовну Тарасевич ждали. Тарасевич молчала, Е. Тарасевич подписала."
    found = tagger.with_entities([own]).tag(Article(title="", text=text, language="ru"))
    assert [("person:olena-t", 3)] == [(m.key, m.count) for m in found if m.kind is Kind.PERSON]


def test_bylines_are_not_read(tagger: Tagger) -> None:
    """Who wrote a piece is not in the news."""
    assert set() == people(tagger, "Текст: Олег Тищенко\n\nНа море шторм, паромы стоят.")


# ------------------------------------------------------------------------------ Ukrainian


@dataclass(frozen=True)
class Case:
    """A Ukrainian text and the people a careful reader finds in it."""

    text: str
    expected: frozenset[str]


UKRAINIAN = [
    Case(text, frozenset(names))
    for text, *names in (
        ("Речниця Марта Коваленко заявила про це. Коваленко додала подробиці.", "Марта Коваленко"),
        ("Про це повідомив мер Андрій Садовий. Садового підтримали.", "Андрій Садовий"),
        ("Суд заарештував Ігоря Мельничука. Мельничуку закидають крадіжку.", "Ігор Мельничук"),
        ("Зустріч з Ярославом Стефанчуком відбулася в Києві.", "Ярослав Стефанчук"),
        ("Співачка Ірина Лижичко і гурт «Океан» виступили.", "Ірина Лижичко"),
        ("Вулиця Тараса Шевченка закрита, площа Івана Підкови теж.",),
        ("Університет імені Івана Франка вручив орден Ярослава Мудрого.",),
        ("Надія помирає останньою. Віра врятує, слава Україні!",),
        ("Роман вийшов друком, любов перемогла, лев утік.",),
        ("Іван Іванович Петренко пішов. Івана Петренка привітали.", "Іван Петренко"),
        ("У Харкові Олег Синєгубов назвав наслідки. Синєгубова цитують.", "Олег Синєгубов"),
        (
            "Голова Василь Мальчук і генерал Петро Гайдай доповіли.",
            "Василь Мальчук",
            "Петро Гайдай",
        ),
        ("Києво-Печерська лавра, Володимир-Волинський і Івано-Франківськ чекають.",),
        ("Ольга Стефанішина домовилася. Стефанішиній подякували.", "Ольга Стефанішина"),
        ("Артем Довбик забив, Михайло Мудрик пішов.", "Артем Довбик", "Михайло Мудрик"),
        ("Повість «Захар Беркут» перевидали.",),
        ("Депутатка Мар’яна Безугла проти. Безуглу критикують.", "Мар'яна Безугла"),
        ("Президент Польщі Кароль Навроцький приїхав.", "Karol Nawrocki"),
        ("Адвокатка Олена Кравець і юрист Павло Богомазов.", "Олена Кравець", "Павло Богомазов"),
        ("Дніпро і Львів зіграли внічию, Карпати програли.",),
        ("Про Лесю Українку співали діти.", "Леся Українка"),
        ("Київська рада назвала сквер на честь героя.",),
        ("Тетяна Чорновол не прийшла на засідання.", "Тетяна Чорновол"),
        ("Захід Сонця, Новий Рік і Великдень святкують усі.",),
    )
]


@pytest.mark.parametrize("case", UKRAINIAN, ids=lambda case: case.text[:30])
def test_ukrainian_people_are_found_by_rule(tagger: Tagger, case: Case) -> None:
    """A first name with a surname that agrees is a person, except in the name of a street."""
    assert case.expected == people(tagger, case.text, "uk")


# ------------------------------------------------------------------------------ organizations


@pytest.mark.parametrize(
    ("name", "quoted", "expected"),
    [
        ("Министерства обороны", False, "Министерство обороны"),
        ("Следственном комитете", False, "Следственный комитет"),
        ("Верховного суда", False, "Верховный суд"),
        ("Вооружённых сил", False, "Вооружённые силы"),
        ("Роснефтью", False, "Роснефть"),
        ("МВД", False, "МВД"),
        ("Reuters", False, "Reuters"),
        ("Известия", True, "Известия"),
        ("", False, ""),
    ],
)
def test_organizations_are_named_in_the_nominative(name: str, quoted: bool, expected: str) -> None:
    """The words up to the first noun change; abbreviations and quoted names stay."""
    assert expected == nominative(name, quoted=quoted)


def test_an_organization_in_two_cases_is_one(tagger: Tagger) -> None:
    """The genitive and the prepositional case share a key; closing quotes belong to the name."""
    text = "Речь о решении Верховного суда. В Верховном суде молчат. Ждут партию «Новые люди»."
    found = tagged(tagger, text, kind=Kind.ORGANIZATION)
    assert ["Верховного суда", "Верховном суде"] == found["Верховный суд"]
    assert all(name.count("«") == name.count("»") for name in found)


# ------------------------------------------------------------------------------ nominatives


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Барака Обамы", "Барак Обама"),
        ("Урсулы фон дер Ляйен", "Урсула фон дер Ляйен"),
        ("Сергея Михалкова-Кончаловского", "Сергей Михалков-Кончаловский"),
        ("Марией Захаровой", "Мария Захарова"),
        ("Ледли Кинга", "Ледли Кинг"),
        ("Юрию Долгорукому", "Юрий Долгорукий"),
        ("Усамы бин Ладена", "Усама бин Ладен"),
        ("Абу Дауда", "Абу Дауд"),
        ("Гарри Поттером", "Гарри Поттер"),
    ],
)
def test_the_likeliest_nominative_comes_first(name: str, expected: str) -> None:
    """Words of a name agree in case and gender; what has no ending of its own stays."""
    assert expected == " ".join(readings(tuple(name.split()), "ru")[0].words)


def test_cases_that_are_expected_win() -> None:
    """A form is a woman's as the subject of a verb, and a man's behind a preposition."""
    subject = readings(("Захарова",), "ru", ("nomn", "femn"))[0]
    object_ = readings(("Захарова",), "ru", ("gent",))[0]
    assert (("Захарова",), True) == (subject.words, subject.female)
    assert (("Захаров",), False) == (object_.words, object_.female)


@given(st.text(alphabet="абвгийклоуыьяцщЁІ-’ '.XIa", min_size=1, max_size=24))
def test_any_words_have_a_reading(text: str) -> None:
    """No word is too odd to be read as it stands."""
    words = tuple(text.split())
    if words:
        assert len(words) == len(readings(words, "ru")[0].words)


# ------------------------------------------------------------------------------ the model


def test_words_are_numbered_as_listed() -> None:
    """Every word has its place in the list, others have none."""
    words = WordNumbers(b"a\n\xd0\xb1\r\nc".splitlines())
    assert [0, 1, 2, None] == [words.number(word) for word in ("a", "б", "c", "д")]
    assert "б" in words
    assert "д" not in words


def test_the_lists_are_those_of_the_package() -> None:
    """Frequent surnames and words are on them, whatever else is."""
    assert all(name in surnames() for name in ("иванов", "шевченко", "мильнер"))
    assert "правительство" in vocabulary()
    assert "правительствовать-не" not in vocabulary()


def test_the_recognizer_finds_what_slovnet_finds() -> None:
    """Mapped vectors and hashed words change nothing of the model's answers."""
    from navec import Navec
    from slovnet import NER

    theirs = NER.load(data() / "model/slovnet_ner_news_v1.tar").navec(
        Navec.load(data() / "emb/navec_news_v1_1B_250K_300d_100q.tar")
    )
    text = (
        "Министр Олег Тищенко рассказал «Интерфаксу» о встрече в Пензе с Анджеем Ковальским из "
        "Польши.\nПо словам Ковальского, «Норникель» согласен; zyx 2024 – ¿qué?"
    )
    labels = {"PERSON": "PER", "ORG": "ORG", "LOC": "LOC"}
    ours = [(*span, labels[label]) for span, label in load_recognizer()(text)]
    assert ours == [(span.start, span.stop, span.type) for span in theirs(text).spans]
    assert len(ours) > 4


def test_natasha_itself_is_not_imported(tagger: Tagger) -> None:
    """Its morphology does not load on new Pythons; only its data is used."""
    assert people(tagger, "Олег Тищенко пришёл.") == {"Олег Тищенко"}
    code = (
        "import sys; from worker.model import Article; from worker.tagging import load_tagger; "
        "load_tagger().tag(Article(title='', text='Олег Тищенко', language='ru')); "
        "print({'natasha', 'pymorphy2', 'yargy', 'spacy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


ODD = (
    "Иван Иванова Петру Сергеевич В. . , ( ) « » — и фон аль-Масри XIV II Киев США Вера Лев улица "
    "имени президент сказала ЖЖ Ng Kim O’Neil Ёлкин-Палкин д'Артаньян Путина Трампом 2 • ПУТИН"
)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from([*ODD.split(), "\n", "\n\n"]), max_size=25),
    st.sampled_from(["ru", "uk"]),
)
@example(["Сергеевич", "XIV", "Сергеевич"], "ru")  # a surname that is a number alone
def test_any_mixture_of_names_is_tagged(tagger: Tagger, words: list[str], language: str) -> None:
    """No order of names, marks and initials makes the tagger fail, and spans are names."""
    text = " ".join(words)
    for mention in tagger.tag(Article(title="", text=text, language=language)):
        assert mention.name.strip()
        assert all(text[start:end].strip() for start, end in mention.spans)


def test_letters_without_a_name_are_no_obstacle(tagger: Tagger) -> None:
    """Unicode names no letter of Tangut, which the dictionary asks for."""
    assert {"Vladimir Putin"} == people(tagger, "\U00017000 Путин")
