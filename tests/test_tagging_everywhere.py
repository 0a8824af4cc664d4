"""Who and what the world speaks of is known in the spelling of each language's newspapers."""

from pathlib import Path

import pytest

from worker.model import Article, Kind
from worker.tagging import Tagger, load_tagger


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """The shipped tagger."""
    return load_tagger()


def people(tagger: Tagger, text: str, language: str) -> list[str]:
    """The people named in a text."""
    found = tagger.tag(Article(title="", text=text, language=language))
    return [one.name for one in found if one.kind is Kind.PERSON]


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("sv", "FN varnar för svält.", "United Nations"),
        ("sr", "Уједињене нације позивају на мир.", "United Nations"),
        ("lt", "Europos Sąjungos lyderiai susitiko.", "European Union"),
        ("lv", "Eiropas Savienībā pieaug cenas.", "European Union"),
        ("bg", "Европейският съюз взе решение.", "European Union"),
        ("hr", "Nova pravila Europske unije.", "European Union"),
        ("el", "Το ΔΝΤ προειδοποιεί.", "International Monetary Fund"),
        ("fa", "سازمان جهانی بهداشت هشدار داد.", "World Health Organization"),
        ("fi", "EKP nosti korkoa.", "European Central Bank"),
        ("nl", "Het Internationaal Strafhof deed uitspraak.", "International Criminal Court"),
    ],
)
def test_bodies_of_the_world(tagger: Tagger, language: str, text: str, name: str) -> None:
    """By their abbreviations where these are theirs in that language, and in full."""
    found = tagger.tag(Article(title="", text=text, language=language))
    assert name in [one.name for one in found if one.kind is Kind.ORGANIZATION]


def test_an_abbreviation_is_another_bodys_in_another_language(tagger: Tagger) -> None:
    """In France FN was a party."""
    found = tagger.tag(Article(title="", text="Le FN gagne des voix.", language="fr"))
    assert "United Nations" not in [one.name for one in found]


@pytest.mark.parametrize(
    ("language", "text", "names"),
    [
        ("nl", "Poetin sprak met Xi Jinping.", ["Vladimir Putin", "Xi Jinping"]),
        ("lt", "Vladimiro Putino susitikimas su Donaldu Trumpu.", ["Donald Trump", "Vladimir Putin"]),
        ("lv", "Vladimirs Putins tikās ar Donaldu Trampu.", ["Donald Trump", "Vladimir Putin"]),
        ("cs", "Slova Volodymyra Zelenského zazněla v Praze.", ["Volodymyr Zelensky"]),
        ("bg", "Доналд Тръмп разговаря с Кийв.", ["Donald Trump"]),
        ("sr", "Бењамин Нетањаху је допутовао.", ["Benjamin Netanyahu"]),
        ("ru", "Сестра Ким Чен Ына выступила.", ["Kim Jong Un"]),
        ("el", "Ο Φρίντριχ Μερτς στην Αθήνα.", ["Friedrich Merz"]),
        ("he", "ג׳ו ביידן נאם אתמול.", ["Joe Biden"]),
        ("fa", "ولادیمیر پوتین با دونالد ترامپ گفتگو کرد.", ["Donald Trump", "Vladimir Putin"]),
        ("ur", "ولادیمیر پیوٹن اور ڈونلڈ ٹرمپ", ["Donald Trump", "Vladimir Putin"]),
        ("hi", "व्लादिमीर पुतिन ने डोनाल्ड ट्रंप से बात की।", ["Donald Trump", "Vladimir Putin"]),
        ("bn", "ভ্লাদিমির পুতিন ও ডোনাল্ড ট্রাম্পের বৈঠক", ["Donald Trump", "Vladimir Putin"]),
        ("ta", "விளாடிமிர் புதின் மற்றும் டொனால்ட் டிரம்ப்", ["Donald Trump", "Vladimir Putin"]),
        ("th", "วลาดิเมียร์ ปูติน พบกับโดนัลด์ ทรัมป์", ["Donald Trump", "Vladimir Putin"]),
        ("ka", "დონალდ ტრამპმა თქვა. ტრამპისთვის ეს სიახლეა.", ["Donald Trump"]),
        ("hy", "Նիկոլ Փաշինյանը հանդիպեց Վլադիմիր Պուտինին։", ["Nikol Pashinyan", "Vladimir Putin"]),
        ("vi", "Tập Cận Bình phát biểu.", ["Xi Jinping"]),
        ("zh", "總統特朗普會見澤倫斯基。", ["Donald Trump", "Volodymyr Zelensky"]),
        ("ja", "メルツ首相が演説した。", ["Friedrich Merz"]),
    ],
)  # fmt: skip
def test_people_of_the_world(tagger: Tagger, language: str, text: str, names: list[str]) -> None:
    """In the spelling, and with the endings, of each language."""
    assert sorted(people(tagger, text, language)) == names


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("it", "Ieri papa Leone ha celebrato la messa in piazza.", "Pope Leo XIV"),
        ("pt", "O papa Leão XIV celebrou missa no domingo.", "Pope Leo XIV"),
        ("pl", "Wizyta papieża Leona XIV potrwa trzy dni.", "Pope Leo XIV"),
        ("cs", "Papež Lev XIV. přijal prezidenta.", "Pope Leo XIV"),
        ("hu", "Fogadta őt XIV. Leó pápa is.", "Pope Leo XIV"),
        ("tr", "Papa 14. Leo bugün İznik'e geldi.", "Pope Leo XIV"),
        ("el", "Ο Πάπας Λέων μίλησε στους πιστούς.", "Pope Leo XIV"),
        ("zh", "教皇利奥十四世周日发表讲话。", "Pope Leo XIV"),
        ("ru", "Обращение папы римского Льва XIV зачитали вслух.", "Pope Leo XIV"),
        ("it", "Re Carlo III ha ricevuto gli ospiti.", "Charles III"),
        ("es", "El rey Carlos III recibió a los invitados.", "Charles III"),
        ("pl", "Gości przyjął król Karol III.", "Charles III"),
        ("ru", "О встрече с патриархом Кириллом сообщили вчера.", "Patriarch Kirill"),
        ("ru", "О визите принца Уильяма сообщили вчера.", "Prince William"),
        ("ru", "О планах Роберта Кеннеди-младшего сообщили вчера.", "Robert F. Kennedy Jr."),
        ("nl", "Koning Filip sprak tot het volk.", "King Philippe"),
        ("da", "Kong Frederik holdt sin tale.", "King Frederik X"),
    ],
)
def test_popes_patriarchs_and_monarchs(tagger: Tagger, language: str, text: str, name: str) -> None:
    """Each language has names of its own for them, some in several cases."""
    assert people(tagger, text, language) == [name]


def test_a_name_of_one_language_is_nobodys_in_another(tagger: Tagger) -> None:
    """In Spanish "papa Leo" is no name, and "el rey Carlos" may be anybody."""
    assert people(tagger, "Comió una papa Leo y se fue.", "es") == []
    assert people(tagger, "Il conte e rey Carlos III sono amici.", "it") == []


def test_an_ordinary_word_of_another_language_is_no_surname(tagger: Tagger) -> None:
    """In Latvian Elon Musk is "Īlons Masks"."""
    text = "Elon Musk spoke. Masks were worn in the hall, and Masks are sold there."
    (musk,) = [
        one
        for one in tagger.tag(Article(title="", text=text, language="en"))
        if one.name == "Elon Musk"
    ]
    assert musk.count == 1


def test_names_of_the_world(tagger: Tagger) -> None:
    """Hundreds of names in half a hundred languages, each by itself; what is missed is listed."""
    lines = (Path(__file__).parent / "data" / "names_of_the_world.txt").read_text("utf-8")
    rows = [line.split(" | ") for line in lines.splitlines() if line and line[0] != "#"]
    missed = []
    for key, language, name in rows:
        found = tagger.tag(Article(title="", text=f"{name}.", language=language))
        if key not in [one.key for one in found]:
            missed.append((language, name))
    assert len(rows) > 400
    assert missed == [("it", "Carlo III"), ("bg", "Си Цзинпин")]
