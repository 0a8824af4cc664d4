"""Words so common in their language that they tell nothing about a story."""

_BY_LANGUAGE = {
    "ar": "في من على الى عن ان هذا هذه التي الذي مع قد ما كان كانت بعد قبل لم لن هو هي و او كما بين",
    "de": """der die das den dem des ein eine einen einem einer eines und oder aber auch nach vor von
        vom zum zur mit bei beim fur uber unter aus auf im in an am ist sind war waren wird werden
        wurde wurden hat haben hatte hatten sei nicht noch nur sich sie er es wir ich ihr ihre ihren
        seine seiner sein dass als wie bis mehr wenn weil durch gegen um zu so schon dort hier man
        kann konnte soll sagte teilte mit""",
    "en": """the a an and or but of to in on at by for from with about into over under after before
        is are was were be been being has have had will would could should may might can do does did
        not no it its he she his her him they them their we our you your i my me this that these
        those there here who whom which what when where why how as if than then so such also more
        most some any all both each other another up down out off only own same too very just said
        says say told according new one two""",
    "es": """el la los las un una unos unas y o pero de del a al en con por para sin sobre entre desde
        hasta es son era eran fue fueron ser ha han habia hay no ni se su sus le les lo que como mas
        muy ya este esta estos estas ese esa cuando donde quien tras ante segun tambien dijo""",
    "fr": """le la les un une des du de et ou mais a au aux en dans sur sous avec pour par sans entre
        vers chez est sont etait etaient ete etre a ont avait avaient sera ne pas plus ce cet cette
        ces il elle ils elles on nous vous son sa ses leur leurs que qui quoi dont ou comme si apres
        avant selon aussi dit l d s n c qu""",
    "it": """il lo la i gli le un uno una e o ma di del dello della dei degli delle a al allo alla ai
        alle da dal dalla in nel nella nei nelle con su sul sulla per tra fra e sono era erano stato
        stata ha hanno aveva non si che chi come piu anche dopo prima secondo suo sua suoi loro
        questo questa ha detto""",
    "nl": """de het een en of maar van naar in op aan bij voor na met door over uit tot om te is zijn
        was waren wordt worden werd werden heeft hebben had niet geen ook nog dat die dit deze er hij
        zij ze hun haar als dan meer volgens zegt zei""",
    "pl": """i a w we z ze na do od dla po za przez pod nad o u jest sa byl byla bylo byli bedzie nie
        sie ze to ten ta te tego tej tym ktory ktora ktore jak jako czy ale oraz tez takze juz jego
        jej ich przed powiedzial""",
    "pt": """o a os as um uma uns umas e ou mas de do da dos das em no na nos nas ao aos com por pelo
        pela para sem sobre entre ate e sao era eram foi foram ser tem tinha ha nao se seu sua seus
        suas que como mais muito ja este esta esse essa quando onde apos segundo tambem disse""",
    "ru": """и в во на с со по из за от до о об у к ко для при не ни но а или что как это этот эта
        эти его ее их он она они мы вы был была было были есть будет также уже еще после перед более
        который которая которые которых своих свои том тем того чем между под над так же бы ли
        сообщил сказал заявил""",
    "tr": """ve veya ile bir bu su o da de ki icin gibi daha en cok ne mi mu ama ancak sonra once
        kadar gore olan olarak oldu olduğunu dedi etti""",
    "uk": """і й та в у на з зі із по за від до о об про для при не ні але а або що як це цей ця ці
        його її їх він вона вони ми ви був була було були є буде також вже ще після перед більше
        який яка які яких свої своїх тому того між під над так же би чи повідомив сказав заявив""",
}

COMMON = " ".join(_BY_LANGUAGE.values()).split()
