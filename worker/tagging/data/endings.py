"""Case and gender endings of country names and peoples, for generate.py.

Tables of what a word's end becomes, after the grammars of each language; nothing here is needed at
run time. Russian and Ukrainian have dictionaries (``worker.tagging.inflection``). A form that does
not exist does no harm; one that is another word does, so the tables stay on the narrow side.
"""

import re
from collections.abc import Iterator

#: (end of the word as a pattern, how many letters are cut off, what is put there).
Rules = tuple[tuple[str, int, str], ...]

#: Adjectives and lower-case names of peoples.
ADJECTIVES: dict[str, Rules] = {
    "de": (("", 0, "e en er es em"),),
    "fr": (
        ("ien$", 0, "s ne nes"),
        ("éen$", 0, "s ne nes"),
        ("s$", 0, "e es"),
        ("e$", 0, "s"),
        ("", 0, "s e es"),
    ),
    "es": (
        ("o$", 1, "a os as"),
        ("és$", 2, "esa eses esas"),
        ("án$", 2, "ana anes anas"),
        ("ón$", 2, "ona ones onas"),
        ("í$", 0, "es s"),
        ("l$", 0, "a es as"),
        ("", 0, "s"),
    ),
    "pt": (
        ("o$", 1, "a os as"),
        ("ês$", 2, "esa eses esas"),
        ("i$", 0, "s"),
        ("", 0, "s"),
    ),
    "it": (
        ("ita$", 1, "i e"),
        ("a$", 1, "i e"),
        ("e$", 1, "i"),
        ("o$", 1, "a i e"),
    ),
    "nl": (("", 0, "e"),),
    "pl": (
        ("ski$", 1, "a ie iego iej iemu im ich imi ą"),
        ("cki$", 1, "a ie iego iej iemu im ich imi ą"),
        ("dzki$", 1, "a ie iego iej iemu im ich imi ą"),
        ("ny$", 1, "a e ego ej emu ym ych ymi ą"),
    ),
    "cs": (
        ("ký$", 1, "á é ého ému ém ým ých ými ou"),
        ("í$", 0, "ho mu m ch mi"),
    ),
    "sk": (
        ("ký$", 1, "á é ého ému om ým ých ými ú ej ou"),
        ("ky$", 1, "a e eho emu om ym ych ymi u ej ou"),
    ),
    "sv": (
        ("sk$", 0, "a t e"),
        ("ar(na)?$", 0, ""),
        ("are$", 0, "n na nas"),
        ("[äe]n$", 0, ""),
        ("ier$", 0, "n na"),
        ("", 0, "en ar arna er erna"),
    ),
    "da": (("sk$", 0, "e"), ("er$", 0, "en e ne nes"), ("e$", 0, "n r rne")),
    "nb": (("sk$", 0, "e"), ("er$", 0, "en e ne nes"), ("e$", 0, "n r ne")),
    "ro": (
        ("esc$", 2, "ească ești"),
        ("s$", 1, "să se sul sului sa sei sele selor sesc și șii șilor"),
        ("z$", 0, "ă e i ul ului a ei ii ilor ele elor"),
        ("c$", 0, "ă i e ul ului a ei ii ilor ele elor"),
        ("[^aeiou]$", 0, "ă e i ul ului a ei ii ilor ele elor"),
    ),
    "fi": (
        ("lainen$", 3, "set sen sten sia sta sella selle sessa set siin"),
        ("läinen$", 3, "set sen sten siä stä sellä selle sessä set siin"),
        ("i$", 0, "n t en a"),
    ),
    "el": (
        ("ικός$", 2, "ή ό ού ής οί ές ά ών ούς ό"),
        ("[^ι]ός$", 2, "ή ό ού ής οί ές ά ών ούς ό"),
        ("κός$", 2, "ή ό ού ής οί ές ά ών ούς ό"),
        ("ος$", 2, "η ο ου ης οι ες α ων ους"),
    ),
    "bg": (("ки$", 1, "а о ия ият ата ото ите"),),
    "hr": (("ki$", 1, "a o e og oga om ome oj u im ima ih"),),
    "sr": (
        ("ki$", 1, "a o e og oga om ome oj u im ima ih"),
        ("ки$", 1, "а о е ог ога ом оме ој у им има их"),
    ),
    "be": (("кі$", 1, "ая ае ія ага аму ай ую ім іх імі ой"), ("", 0, "а у ы аў ам амі ах")),
    "ar": (("ي$", 0, "ة ين ون ا"),),
    "he": (("י$", 0, "ת ם ות"),),
    # Georgian has no capitals, so that names of countries are here too.
    "ka": (
        ("ი$", 1, "ს ში დან თან სთან მა ის ით"),
        ("ა$", 1, "ის ას აში იდან ასთან ამ"),
        ("[ეო]$", 0, "ს ში დან სთან მ"),
    ),
}
#: Names and capitalized peoples. Applied to the last word; of a phrase, to no word.
NOUNS: dict[str, Rules] = {
    "en": (
        ("(ese|ish|ch|sh|s|x|z|ois|men)$", 0, ""),
        ("([a-z](?<!Ger)(?<!Ro))man$", 2, "en"),
        ("[a-z]$", 0, "s"),
    ),
    "de": (("er$", 0, "n in innen"), ("e$", 0, "n"), ("", 0, "")),
    "pl": (
        ("anin$", 2, "ina inowi inem inie ie ów om ami ach"),
        ("czyk$", 1, "ka kowi kiem ku cy ków kom kami kach"),
        ("ak$", 1, "ka kowi kiem ku cy ków kom kami kach"),
        ("iec$", 3, "ca cowi cem cu cy ców com cami cach"),
        ("ka$", 2, "ki ce kę ką kom kami kach"),
        ("ga$", 2, "gi dze gę gą"),
        ("[ij]a$", 1, "i ę ą"),
        ("la$", 1, "i ę ą"),
        ("da$", 2, "dy dzie dę dą"),
        ("ta$", 2, "ty cie tę tą"),
        ("ra$", 2, "ry rze rę rą"),
        ("a$", 1, "y ie ę ą"),
        ("ś$", 1, "si sią"),
        ("k$", 0, "u a owi iem ów om ami ach"),
        ("t$", 1, "tu ta towi tem cie ci tów tom"),
        ("d$", 1, "du da dowi dem dzie dzi dów dom"),
        ("r$", 0, "u a owi em ze zy ów om"),
        ("[lj]$", 0, "u a owi em"),
        ("sz$", 0, "u em a owi e om ami"),
        ("[bcfghmnpsxzw]$", 0, "u a owi em ie i ów om ami ach"),
    ),
    "cs": (
        ("[sc]ko$", 1, "a u em"),
        ("[^e]o$", 1, "a u em"),
        ("ie$", 1, "i í"),
        ("ka$", 2, "ky ce ku kou ek kám"),
        ("ha$", 2, "hy ze hu hou"),
        ("ga$", 2, "gy ze gu gou"),
        ("ra$", 2, "ry ře ru rou"),
        ("[dntbmvpf]a$", 1, "y ě u ou"),
        ("[lsz]a$", 1, "y e u ou"),
        ("ec$", 2, "ce ci ců cům cem"),
        ("an$", 0, "a y é ů ům em"),
        ("ák$", 1, "ka ku ci ků kům kem"),
        ("ek$", 2, "ka ku ci ků kům kem"),
        ("el$", 0, "e i em ů"),
        ("[bcdfghjklmnprstvz]$", 0, "u a em ě ové ů ům y"),
    ),
    "sk": (
        ("[sc]ko$", 1, "a u om"),
        ("ia$", 1, "e i u ou"),
        ("[^eu]o$", 1, "a u om"),
        ("a$", 1, "y e u ou"),
        ("an$", 0, "a ia ov om mi"),
        ("ák$", 0, "a ov om mi"),
        ("[bcdfghjklmnprstvz]$", 0, "u a om e i ov"),
    ),
    "hr": (
        ("[cs]ka$", 1, "e oj u om"),
        ("a$", 1, "e i u om"),
        ("[bcdfghjklmnprstvzšžč]$", 0, "a u om"),
    ),
    "sr": (
        ("[цс]ка$", 1, "е ој у ом"),
        ("а$", 1, "е и у ом"),
        ("[бвгдзјклмнпрстфхцчшж]$", 0, "а у ом"),
        ("[cs]ka$", 1, "e oj u om"),
        ("a$", 1, "e i u om"),
        ("[bcdfghjklmnprstvzšžč]$", 0, "a u om"),
    ),
    "sl": (("a$", 1, "e i o"), ("[bcdfghjklmnprstvzšžč]$", 0, "a u om")),
    "lt": (("ija$", 1, "os ai ą oje"), ("a$", 1, "os ai ą oje"), ("as$", 2, "o ui ą e")),
    "lv": (("ija$", 1, "as ai u ā"), ("a$", 1, "as ai u ā")),
    "et": (("maa$", 0, "l le lt ga"), ("a$", 0, "s sse st le l lt ga"), ("i$", 0, "s sse st ga")),
    "be": (("ія$", 1, "і ю яй"), ("ь$", 1, "і ю"), ("а$", 1, "ы е у ай"), ("н$", 0, "а у ам е")),
    "ro": (
        ("ia$", 1, "ei"),
        ("[cg]a$", 1, "ăi ei"),
        ("a$", 1, "ei"),
        ("[bcdfghjklmnpqrstvwxz]$", 0, "ului ul"),
    ),
    "el": (
        ("[αη]$", 0, "ς"),
        ("ά$", 0, "ς"),
        ("ός$", 2, "ού ό οί ών ούς ίδα"),
        ("ος$", 2, "ου ο οι ων ους"),
        ("ς$", 1, ""),
        ("ο$", 1, "ου"),
    ),
    "tr": (
        ("[aıou][^aeıioöuü]*$", 0, "lar ların lara ları lardan larla ın a ı da dan"),
        ("[eiöü][^aeıioöuü]*$", 0, "ler lerin lere leri lerden lerle in e i de den"),
    ),
    "sq": (("ë$", 1, "a ës ën"), ("i$", 0, "së në a"), ("a$", 1, "ë ës ën")),
    "hy": (
        ("[^աեիոու]$", 0, "ը ն ի ին ում ից ով"),
        ("ա$", 0, "ն յի յում յից յին"),
        ("ե$", 0, "ն ի ում ից"),
    ),
    "az": (
        ("[aıou][^aeəıioöuü]*$", 0, "ın da dan a ı nın ya"),
        ("[eəiöü][^aeəıioöuü]*$", 0, "in də dən ə i nin yə"),
    ),
    "kk": (
        ("[аоұыя][^аәеоөұүыіия]*$", 0, "ның дың тың да та дан тан нан ға қа ды ты ны"),
        ("[әеөүіи][^аәеоөұүыіия]*$", 0, "нің дің тің де те ден тен нен ге ке ді ті ні"),
    ),
}
_HUNGARIAN_BACK = "ban ba ból nak ra ról n on val hoz tól t ot i iak k ok"
_HUNGARIAN_FRONT = "ben be ből nek re ről n en ön vel hez höz től t et i iek k ek ök"
#: Suffixes that follow a consonant only, or a vowel only.
_AFTER_CONSONANT = frozenset({"on", "en", "ön", "ok", "ek", "ök", "ot", "et"})
_AFTER_VOWEL = frozenset({"n", "k"})


def inflected(word: str, language: str) -> Iterator[str]:
    """A word and its other forms; a phrase only where its language always inflects the last word."""
    yield word
    if word.isupper() or not word[-1].isalpha():
        return
    if language == "hu":
        yield from _hungarian(word)
    elif language == "fi" and not word.endswith("nen"):
        yield from _finnish(word)
    elif not word[0].isupper() or language == "nl":
        if language != "nl" or word.endswith(("s", "ch")):
            yield from _by_rules(word, ADJECTIVES.get(language, ()))
    elif " " not in word or language in ("en", "tr"):
        yield from _by_rules(word, NOUNS.get(language, ()))


def _by_rules(word: str, rules: Rules) -> Iterator[str]:
    for pattern, cut, endings in rules:
        if re.search(pattern, word):
            stem = word[: len(word) - cut]
            yield from (stem + ending for ending in endings.split())
            return


def _hungarian(word: str) -> Iterator[str]:
    """Suffixes by vowel harmony; a final ``a`` or ``e`` grows long, ``-val`` takes on a consonant."""
    vowels = re.findall("[aáeéiíoóöőuúüű]", word.lower())
    back = not vowels or vowels[-1] in "aáoóuú" or (vowels[-1] in "ií" and vowels[0] in "aáoóuú")
    stem = word[:-1] + {"a": "á", "e": "é"}.get(word[-1], word[-1])
    closed = word[-1] not in "aáeéiíoóöőuúüű"
    for suffix in (_HUNGARIAN_BACK if back else _HUNGARIAN_FRONT).split():
        ending = word[-1] + suffix[1:] if closed and suffix in ("val", "vel") else suffix
        if suffix in (_AFTER_VOWEL if closed else _AFTER_CONSONANT):
            continue
        yield (word if suffix in ("i", "iak", "iek") else stem) + ending


def _finnish(word: str) -> Iterator[str]:
    """The local cases, genitive and partitive; ``nt`` and double stops weaken in closed syllables."""
    front = not re.search("[aou]", word.lower())
    ending = {"a": "ä"} if front else {}
    stem = word if word[-1] in "aeiouyäö" else word + "i"
    weak = re.sub("nt(?=[aeiouyäö]$)", "nn", stem)
    weak = re.sub("([kpt])\\1(?=[aeiouyäö]$)", "\\1", weak)
    for suffix in ("n", "ssa", "sta", "lla", "lta", "lle", "ksi"):
        yield weak + "".join(ending.get(letter, letter) for letter in suffix)
    yield stem + stem[-1] + "n"
    yield stem + ("ä" if front else "a")
