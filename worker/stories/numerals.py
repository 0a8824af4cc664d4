"""Small numbers written as words, in many languages: three is 3."""

_WORDS = {
    3: """three drei trois tres tre três drie trzy trzech troje trzej три трех трое троих трьох троє üç
        ثلاثة ثلاث""",
    4: """four vier quatre cuatro quattro quatro cztery czterech czworo четыре четырех четверо чотири
        чотирьох четверо dört اربعة اربع""",
    5: """five fünf cinq cinco cinque vijf pięć pięciu пять пяти пятеро п'ять п'яти п'ятеро beş خمسة خمس""",
    6: """six sechs seis sei zes sześć sześciu шесть шести шестеро шість шести шестеро altı ستة ست""",
    7: """seven sieben sept siete sette sete zeven siedem siedmiu семь семи семеро сім семи yedi سبعة سبع""",
    8: """eight acht huit ocho otto oito osiem ośmiu восемь восьми вісім восьми sekiz ثمانية ثماني""",
    9: """nine neun neuf nueve nove negen dziewięć dziewięciu девять девяти дев'ять дев'яти дев'ятеро
        dokuz تسعة تسع""",
    10: """ten zehn dix diez dieci dez tien dziesięć dziesięciu десять десяти десятеро عشرة عشر""",
    11: "eleven elf onze undici onze jedenaście jedenastu одиннадцать одинадцять onbir",
    12: "twelve zwölf douze doce dodici doze twaalf dwanaście dwunastu двенадцать дванадцять oniki",
    13: "thirteen dreizehn treize trece tredici treze dertien trzynaście тринадцать тринадцять",
    14: "fourteen vierzehn quatorze catorce quattordici catorze veertien czternaście четырнадцать",
    15: "fifteen fünfzehn quinze quince quindici vijftien piętnaście пятнадцать",
    16: "sixteen sechzehn seize dieciséis sedici dezesseis dezasseis zestien szesnaście шестнадцать",
    17: "seventeen siebzehn diecisiete diciassette dezessete zeventien siedemnaście семнадцать",
    18: "eighteen achtzehn dieciocho diciotto dezoito achttien osiemnaście восемнадцать",
    19: "nineteen neunzehn diecinueve diciannove dezenove negentien dziewiętnaście девятнадцать",
    20: "twenty zwanzig vingt veinte venti vinte twintig dwadzieścia двадцать двадцять yirmi",
}
NUMERALS = {word: str(number) for number, words in _WORDS.items() for word in words.split()}
