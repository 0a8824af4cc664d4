"""Groups of countries and regions that ``country:`` knows, with their members.

Written down from general knowledge as of January 2026. Organizations have the members they list
themselves, suspended ones left out (Venezuela in Mercosur); BRICS has Saudi Arabia, as its own
list does. Continents and their parts follow the geographic regions of the United Nations (M49),
with Cyprus and Kosovo in Europe; regions without a fixed border (the Balkans, the Middle East, the
Sahel) have what news mean by them. ``docs/country-groups.md`` shows all of them.
"""

from functools import cache

from worker.watches.folding import fold_name

# Group | its other names | its members: codes, or "+" and another group (_ for a space).
_TABLE = """
EU | European Union, EU27, UE, Europäische Union, Union européenne, Unión Europea, Unione europea, Unia
    Europejska, ЕС, Евросоюз, Европейский союз, ЄС, Європейський Союз | AT BE BG CY CZ DE DK EE ES FI FR GR HR
    HU IE IT LT LU LV MT NL PL PT RO SE SI SK;
Eurozone | euro area, Eurozone, Euroraum, zona euro | AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT
    SI SK;
Schengen | Schengen area, Schengen zone, Schengen-Raum, espace Schengen | AT BE BG CH CZ DE DK EE ES FI FR GR HR
    HU IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK;
EFTA | European Free Trade Association | CH IS LI NO;
EEA | European Economic Area | +EU IS LI NO;
NATO | North Atlantic Treaty Organization, North Atlantic Treaty Organisation, OTAN, НАТО | AL BE BG CA CZ DE DK
    EE ES FI FR GB GR HR HU IS IT LT LU LV ME MK NL NO PL PT RO SE SI SK TR US;
Council of Europe | CoE, Europarat, Conseil de l'Europe, Совет Европы | AD AL AM AT AZ BA BE BG CH CY CZ DE DK
    EE ES FI FR GB GE GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS SE SI SK SM TR UA;
G7 | Group of Seven, Большая семёрка | CA DE FR GB IT JP US;
G20 | Group of Twenty | AR AU BR CA CN DE FR GB ID IN IT JP KR MX RU SA TR US ZA;
P5 | permanent members of the Security Council, permanent five | CN FR GB RU US;
BRICS | BRICS+, БРИКС | AE BR CN EG ET ID IN IR RU SA ZA;
OECD | Organisation for Economic Co-operation and Development, OCDE | AT AU BE CA CH CL CO CR CZ DE DK EE ES FI
    FR GB GR HU IE IL IS IT JP KR LT LU LV MX NL NO NZ PL PT SE SI SK TR US;
OPEC | Organization of the Petroleum Exporting Countries, ОПЕК | AE CG DZ GA GQ IQ IR KW LY NG SA VE;
OPEC+ | OPEC plus, ОПЕК+ | +OPEC AZ BH BN KZ MX MY OM RU SD SS;
Commonwealth | Commonwealth of Nations, the Commonwealth | AG AU BB BD BN BS BW BZ CA CM CY DM FJ GA GB GD GH GM
    GY IN JM KE KI KN LC LK LS MT MU MV MW MY MZ NA NG NR NZ PG PK RW SB SC SG SL SZ TG TO TT TV TZ UG VC VU WS
    ZA ZM;
CIS | Commonwealth of Independent States, СНГ | AM AZ BY KG KZ MD RU TJ UZ;
CSTO | Collective Security Treaty Organization, ОДКБ | AM BY KG KZ RU TJ;
EAEU | Eurasian Economic Union, ЕАЭС | AM BY KG KZ RU;
SCO | Shanghai Cooperation Organisation, ШОС | BY CN IN IR KG KZ PK RU TJ UZ;
Organization of Turkic States | OTS, Turkic Council | AZ KG KZ TR UZ;
Five Eyes | FVEY | AU CA GB NZ US;
AUKUS | | AU GB US;
Quad | Quadrilateral Security Dialogue | AU IN JP US;
Arab League | League of Arab States, Arab states, Arab world | AE BH DJ DZ EG IQ JO KM KW LB LY MA MR OM PS QA
    SA SD SO SY TN YE;
GCC | Gulf Cooperation Council, Gulf, Gulf states, Gulf countries, the Gulf | AE BH KW OM QA SA;
OIC | Organisation of Islamic Cooperation | AE AF AL AZ BD BF BH BJ BN CI CM DJ DZ EG GA GM GN GW GY ID IQ IR JO
    KG KM KW KZ LB LY MA ML MR MV MY MZ NE NG OM PK PS QA SA SD SL SN SO SR SY TD TG TJ TM TN TR UG UZ YE;
African Union | Union africaine, Африканский союз | AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM
    GN GQ GW KE KM LR LS LY MA MG ML MR MU MW MZ NA NE NG RW SC SD SL SN SO SS ST SZ TD TG TN TZ UG ZA ZM ZW;
ECOWAS | Economic Community of West African States, CEDEAO | BJ CI CV GH GM GN GW LR NG SL SN TG;
Alliance of Sahel States | AES | BF ML NE;
SADC | Southern African Development Community | AO BW CD KM LS MG MU MW MZ NA SC SZ TZ ZA ZM ZW;
EAC | East African Community | BI CD KE RW SO SS TZ UG;
ASEAN | Association of Southeast Asian Nations, АСЕАН | BN ID KH LA MM MY PH SG TH TL VN;
SAARC | South Asian Association for Regional Cooperation | AF BD BT IN LK MV NP PK;
APEC | Asia-Pacific Economic Cooperation | AU BN CA CL CN HK ID JP KR MX MY NZ PE PG PH RU SG TH TW US VN;
Mercosur | Mercosul | AR BO BR PY UY;
USMCA | NAFTA | CA MX US;
CARICOM | Caribbean Community | AG BB BS BZ DM GD GY HT JM KN LC MS SR TT VC;
Europe | Europa, Европа, Європа, Avrupa, 欧洲 | +Northern_Europe +Eastern_Europe +Southern_Europe AT BE CH DE FR
    LI LU MC NL;
Northern Europe | Nordeuropa | AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ;
Eastern Europe | Osteuropa, Восточная Европа, Східна Європа | BG BY CZ HU MD PL RO RU SK UA;
Southern Europe | Südeuropa | AD AL BA CY ES GI GR HR IT ME MK MT PT RS SI SM VA XK;
Western Europe | Westeuropa | AD AT BE CH DE ES FR GB IE IT LI LU MC NL PT;
Central Europe | Mitteleuropa | AT CH CZ DE HU LI PL SI SK;
Nordics | Nordic countries, Nordic, Norden | AX DK FI FO GL IS NO SE;
Scandinavia | Skandinavien, Scandinavie | DK NO SE;
Baltics | Baltic states, Baltic, Baltikum, pays baltes | EE LT LV;
Balkans | Balkan, the Balkans, Балканы | AL BA BG GR HR ME MK RO RS SI XK;
Western Balkans | Westbalkan | AL BA ME MK RS XK;
Benelux | Low Countries | BE LU NL;
DACH | German-speaking countries | AT CH DE;
Visegrad Group | Visegrad, Visegrád, V4 | CZ HU PL SK;
British Isles | | GB GG IE IM JE;
Asia | Asien, Asie, Азия, Азія, 亚洲 | +Central_Asia +East_Asia +South_Asia +Southeast_Asia +Caucasus +Middle_East;
Central Asia | Zentralasien, Средняя Азия, Центральная Азия | KG KZ TJ TM UZ;
East Asia | Ostasien, Eastern Asia | CN HK JP KP KR MN MO TW;
South Asia | Südasien, Southern Asia, Indian subcontinent | AF BD BT IN LK MV NP PK;
Southeast Asia | South-East Asia, South East Asia, Südostasien | +ASEAN;
Asia-Pacific | APAC | +East_Asia +South_Asia +Southeast_Asia +Oceania;
Caucasus | South Caucasus, Kaukasus, Кавказ | AM AZ GE;
Middle East | Near East, Mideast, Naher Osten, Nahost, Proche-Orient, Moyen-Orient, Oriente Medio, Ближний
    Восток, 中东 | AE BH EG IL IQ IR JO KW LB OM PS QA SA SY TR YE;
MENA | Middle East and North Africa | +Middle_East +North_Africa;
Levant | | IL JO LB PS SY;
Oceania | Ozeanien, Океания | +Pacific_Islands AU NF NZ UM;
Pacific Islands | Pacific island states, South Pacific | AS CK FJ FM GU KI MH MP NC NR NU PF PG PN PW SB TK TO
    TV VU WF WS;
Africa | Afrika, Afrique, África, Африка, 非洲 | +African_Union RE SH YT;
North Africa | Northern Africa, Nordafrika | DZ EG EH LY MA SD TN;
Sub-Saharan Africa | subsaharan Africa | +West_Africa +East_Africa +Central_Africa +Southern_Africa SD;
West Africa | Western Africa, Westafrika | BF BJ CI CV GH GM GN GW LR ML MR NE NG SH SL SN TG;
East Africa | Eastern Africa, Ostafrika | BI DJ ER ET KE KM MG MU MW MZ RE RW SC SO SS TZ UG YT ZM ZW;
Central Africa | Middle Africa, Zentralafrika | AO CD CF CG CM GA GQ ST TD;
Southern Africa | Südliches Afrika | BW LS NA SZ ZA;
Maghreb | Maghrib | DZ LY MA MR TN;
Horn of Africa | | DJ ER ET SO;
Sahel | Sahelzone, Sahel zone, Сахель | BF ML MR NE TD;
Americas | the Americas | +North_America +Central_America +Caribbean +South_America;
North America | Northern America, Nordamerika | BM CA GL MX PM US;
Central America | Mittelamerika, Centroamérica | BZ CR GT HN NI PA SV;
South America | Südamerika, Sudamérica, América del Sur | AR BO BR CL CO EC FK GF GY PE PY SR UY VE;
Latin America | Lateinamerika, América Latina, Latinoamérica, Латинская Америка | AR BO BR CL CO CR CU DO EC GT
    HN HT MX NI PA PE PR PY SV UY VE;
Caribbean | Karibik, the Caribbean, Caribe, West Indies | AG AI AW BB BL BQ BS CU CW DM DO GD GP HT JM KN KY LC
    MF MQ MS PR SX TC TT VC VG VI
"""
_GROUPS = {
    name.strip(): (others.strip(), codes.split())
    for name, others, codes in (row.split("|") for row in " ".join(_TABLE.split()).split(";"))
}

GROUPS = tuple(_GROUPS)
"""The groups by their main names."""


def find_group(value: str) -> str:
    """The group of countries or the region a value names, ``""`` when it names none."""
    return _by_name().get(fold_name(_spelt(value)), "")


@cache
def members(group: str) -> tuple[str, ...]:
    """The codes of a group's members; none of what is no group."""
    codes: list[str] = []
    for member in _GROUPS.get(group, ("", []))[1]:
        codes += members(member[1:].replace("_", " ")) if member[0] == "+" else [member]
    return tuple(sorted(set(codes)))


def names(group: str) -> tuple[str, ...]:
    """The other names of a group."""
    return tuple(name for name in _GROUPS[group][0].split(", ") if name)


@cache
def _by_name() -> dict[str, str]:
    """Group by folded name. The plus of OPEC+ tells it from OPEC where it is written."""
    return {fold_name(_spelt(name)): group for group in _GROUPS for name in (group, *names(group))}


def _spelt(name: str) -> str:
    return name.replace("+", " plus")
