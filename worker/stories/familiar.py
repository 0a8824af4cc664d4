"""Words with a capital that stand in the news every day: a guess until enough articles were counted."""

FAMILIAR = """
    president prime minister ministry chief chairman secretary senator congress parliament senate
    government police court judge justice department agency office council committee commission union
    bank group company party army navy guard force hospital university school church club league cup
    north south east west central state city county region district street road avenue airport
    international national federal general european american british french german italian spanish
    russian ukrainian chinese polish turkish dutch brazilian israeli
    reuters afp dpa ansa efe tass bbc cnn interfax bloomberg associated press news wire agence agenzia
    agencia agentur facebook twitter telegram whatsapp instagram youtube google apple microsoft amazon
    tesla nvidia openai meta samsung
    washington london paris berlin brussels moscow kyiv kiev beijing tokyo rome madrid warsaw ankara
    istanbul york angeles chicago texas california florida jerusalem gaza tehran delhi geneva vienna
    brussel bruxelles bruselas moskau moscou moskva москва киев київ warszawa roma lisboa lisbon athens
    frankfurt munich hamburg milan milano barcelona amsterdam rotterdam dublin edinburgh glasgow sydney
    paulo janeiro brasilia buenos aires mexico cairo dubai riyadh doha beirut damascus seoul singapore
    trump donald biden vance rubio harris putin vladimir zelensky zelenskyy volodymyr macron emmanuel
    merz friedrich scholz meloni giorgia starmer keir sanchez pedro tusk nawrocki xi jinping modi
    narendra erdogan netanyahu benjamin lula silva milei sheinbaum leyen ursula rutte guterres orban
    lavrov lagarde powell musk francis leo king queen prince charles
    house white capitol kremlin pentagon bundestag bundesrat bundesregierung bundeskanzler kanzler
    minister ministerin ministerium präsident präsidentin regierung polizei gericht staat stadt land
    landkreis behörde unternehmen partei bürgermeister feuerwehr sprecher sprecherin menschen jahr
    jahre jahren uhr euro prozent millionen milliarden tag woche monat ende anfang teil zeit fall seite
    angaben deutschland europa amerika
    président ministre gouvernement police assemblée sénat conseil état république maire france europe
    saint cour parquet états unis
    presidente ministro gobierno policía congreso senado tribunal corte estado estados unidos alcalde
    governo polizia carabinieri procura camera comune regione sindaco consiglio stato italia ministra
    polícia governo câmara justiça municipal município brasil portugal españa
    prezydent premier rząd minister policja sejm sąd polska polski rada
    президент министр правительство полиция суд глава россия российский украина минобороны госдума
    міністр уряд поліція голова україна україни верховна рада область області
    cumhurbaşkanı bakan bakanı mahkemesi türkiye polis belediye başkanı
    kamer minister kabinet politie rechtbank nederland nederlandse koning
    january february march april may june july august september october november december
    januar februar märz mai juni juli oktober dezember janvier février mars avril juin juillet août
    septembre octobre novembre décembre
    monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag
    samstag sonntag
    nato opec imf who fifa uefa nasa fed ecb ezb bce onu uno
"""
