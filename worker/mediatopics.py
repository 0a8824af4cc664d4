"""Codes and names of the IPTC Media Topics that Tocsin tells: all of the top level, some narrower ones.

Source: https://cv.iptc.org/newscodes/mediatopic/ (CC BY 4.0). The vocabulary has levels between
some narrower topics and the top level ("soccer" is a "competition discipline"); they are left out.
"""

PREFIX = "medtop:"
#: Score below which a topic is only a possible one: tagged, but nothing to ring for or to show.
LIKELY = 0.3

#: Names of the top level, in the order of their codes.
TOPICS: dict[str, str] = {
    "medtop:01000000": "arts, culture, entertainment and media",
    "medtop:02000000": "crime, law and justice",
    "medtop:03000000": "disaster, accident and emergency incident",
    "medtop:04000000": "economy, business and finance",
    "medtop:05000000": "education",
    "medtop:06000000": "environment",
    "medtop:07000000": "health",
    "medtop:08000000": "human interest",
    "medtop:09000000": "labour",
    "medtop:10000000": "lifestyle and leisure",
    "medtop:11000000": "politics and government",
    "medtop:12000000": "religion",
    "medtop:13000000": "science and technology",
    "medtop:14000000": "society",
    "medtop:15000000": "sport",
    "medtop:16000000": "conflict, war and peace",
    "medtop:17000000": "weather",
}

#: Names of narrower topics, by the code of the topic of the top level above them.
NARROWER: dict[str, dict[str, str]] = {
    "medtop:01000000": {
        "medtop:20000005": "cinema",
        "medtop:20000018": "music",
        "medtop:20000051": "television",
        "medtop:20000013": "literature",
        "medtop:20000029": "theatre",
        "medtop:20000031": "visual arts",
        "medtop:20000046": "news media",
    },
    "medtop:02000000": {
        "medtop:20000099": "homicide",
        "medtop:20000093": "corruption",
        "medtop:20000086": "cyber crime",
        "medtop:20000095": "drug related crimes",
        "medtop:20000097": "fraud",
        "medtop:20000111": "trial (court)",
        "medtop:20000133": "police",
        "medtop:20000105": "war crime",
    },
    "medtop:03000000": {
        "medtop:20000153": "earthquake",
        "medtop:20000154": "flood",
        "medtop:20000150": "fire",
        "medtop:20001202": "wildfire",
        "medtop:20001280": "hurricane",
        "medtop:20000143": "transportation accident and incident",
    },
    "medtop:04000000": {
        "medtop:20000396": "stocks and securities",
        "medtop:20000391": "foreign exchange market",
        "medtop:20000350": "central bank",
        "medtop:20000370": "inflation",
        "medtop:20000178": "corporate earnings",
        "medtop:20000204": "merger or acquisition",
        "medtop:20001243": "oil and gas",
        "medtop:20000274": "banking",
        "medtop:20000210": "agriculture",
        "medtop:20000296": "automotive",
        "medtop:20000338": "air transport",
        "medtop:20001279": "cryptocurrency",
        "medtop:20000235": "construction and property",
    },
    "medtop:05000000": {
        "medtop:20000400": "school",
        "medtop:20000405": "college and university",
        "medtop:20000413": "educational testing and examinations",
    },
    "medtop:06000000": {
        "medtop:20000418": "climate change",
        "medtop:20000424": "environmental pollution",
        "medtop:20000420": "conservation",
    },
    "medtop:07000000": {
        "medtop:20000448": "communicable disease",
        "medtop:20000447": "cancer",
        "medtop:20000458": "mental health and disorder",
    },
    "medtop:08000000": {
        "medtop:20000506": "royalty",
    },
    "medtop:09000000": {
        "medtop:20000529": "labour dispute",
        "medtop:20000533": "unemployment",
        "medtop:20000518": "wages and benefits",
        "medtop:20000532": "pension",
    },
    "medtop:10000000": {
        "medtop:20000563": "travel and tourism",
        "medtop:20000549": "gaming and lottery",
    },
    "medtop:11000000": {
        "medtop:20000574": "election",
        "medtop:20000639": "diplomacy",
        "medtop:20000642": "economic sanction",
        "medtop:20000615": "legislative body",
        "medtop:20000584": "referendum",
        "medtop:20000605": "espionage and intelligence",
        "medtop:20000620": "taxation policy",
        "medtop:20000592": "human rights",
    },
    "medtop:12000000": {
        "medtop:20000659": "Christianity",
        "medtop:20000704": "pope",
        "medtop:20000677": "Islam",
        "medtop:20000679": "Judaism",
    },
    "medtop:13000000": {
        "medtop:20000763": "information technology and computer science",
        "medtop:20001298": "artificial intelligence",
        "medtop:20000718": "astronomy",
        "medtop:20000757": "aerospace engineering",
        "medtop:20000711": "biotechnology",
        "medtop:20000744": "archaeology",
    },
    "medtop:14000000": {
        "medtop:20000771": "immigration",
        "medtop:20000775": "discrimination",
        "medtop:20000801": "poverty",
        "medtop:20000780": "family",
        "medtop:20000785": "abortion",
    },
    "medtop:15000000": {
        "medtop:20001065": "soccer",
        "medtop:20001085": "tennis",
        "medtop:20000888": "cricket",
        "medtop:20001176": "rugby",
        "medtop:20000940": "golf",
        "medtop:20000851": "basketball",
        "medtop:20000849": "baseball",
        "medtop:20000823": "American football",
        "medtop:20000965": "ice hockey",
        "medtop:20000827": "athletics",
        "medtop:20000991": "motor car racing",
        "medtop:20000892": "cycling",
        "medtop:20001071": "swimming",
        "medtop:20001056": "skiing",
        "medtop:20000856": "boxing",
        "medtop:20001177": "Olympic Games",
        "medtop:20001104": "drug use in sport",
    },
    "medtop:16000000": {
        "medtop:20000056": "armed conflict",
        "medtop:20000053": "act of terror",
        "medtop:20000065": "civil unrest",
        "medtop:20000070": "coup d'etat",
        "medtop:20000073": "peace process",
        "medtop:20000080": "prisoners of war",
    },
}

#: The code of the top level above each narrower one.
BROADER: dict[str, str] = {inner: outer for outer, names in NARROWER.items() for inner in names}

#: Every name by its code.
NAMES: dict[str, str] = TOPICS | {
    code: name for names in NARROWER.values() for code, name in names.items()
}
