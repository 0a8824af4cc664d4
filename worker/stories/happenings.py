"""What kind of thing happened, by words of many languages: a fire is no flood, an arrest no theft."""

from worker.stories.terms import SORT_BITS, Sort, terms

_WORDS = {
    "earthquake": """earthquake quake tremor aftershock epicenter erdbeben beben erdstoß seisme seismes
        tremblement terremoto sismo temblor terremoti scossa tremor abalo aardbeving beving trzęsienie
        wstrząs землетрясение землетрясения подземный землетрус землетрусу deprem sarsıntı زلزال هزة 地震""",
    "eruption": """volcano eruption volcanic lava ash vulkan ausbruch vulkane volcan eruption cendre cendres
        erupción volcán ceniza eruzione vulcano cenere erupção vulcão cinzas vulkaanuitbarsting uitbarsting
        erupcja wulkan вулкан извержение виверження yanardağ بركان 火山""",
    "flood": """flood floods flooding floodwater inundated hochwasser überschwemmung überflutet fluten
        inondation inondations crue crues inundación inundaciones riada lluvias alluvione esondazione
        allagamenti alluvioni enchente enchentes inundações cheias overstroming wateroverlast powódź powodzi
        наводнение паводок повінь паводку sel seller فيضان فيضانات سيول 洪水 暴雨""",
    "storm": """storm hurricane typhoon cyclone tornado twister landfall gale sturm orkan unwetter tempete
        ouragan orage tormenta huracán tifón tempesta uragano tifone tempestade furacão tufão orkaan
        burza huragan wichura шторм ураган тайфун буря буревій fırtına kasırga tayfun عاصفة إعصار 台风 飓风""",
    "fire": """fire blaze fires wildfire flames firefighters brand feuer flammen feuerwehr waldbrand incendie
        flammes pompiers incendies incendio llamas bomberos incendi fiamme pompieri incêndio incêndios fogo
        chamas bombeiros brandweer vuur vlammen pożar pożaru strażacy пожар пожара пожежа пожежу пожежі
        yangın yangında itfaiye حريق حرائق 火灾 起火 大火""",
    "explosion": """explosion blast exploded detonation explosionen explodiert explosión explota esplosione
        scoppio esplosioni explosão explosie ontploffing wybuch eksplozja взрыв взрыва вибух вибуху patlama
        انفجار 爆炸""",
    "crash": """crash crashed derail derailed derailment collision collided overturned plunged unglück unfall
        entgleist zusammenstoß verunglückt accident collision déraillement accidente choque descarriló
        incidente deragliato schianto scontro acidente colisão descarrilou ongeluk botsing ontspoord wypadek
        wykoleił zderzenie авария авария столкновение сошел дтп аварія зіткнення kaza kazada çarpıştı
        حادث تصادم 车祸 相撞 脱轨""",
    "collapse": """collapse collapsed rubble eingestürzt einsturz trümmer effondrement effondré décombres
        derrumbe derrumbó escombros crollo crollato macerie desabamento desabou escombros ingestort
        instorting zawalił zawalenie обрушение обрушился обвал çöktü çökme انهيار 坍塌 倒塌""",
    "attack": """drone drones missile missiles airstrike airstrikes shelling shelled drohne drohnen rakete
        raketen luftangriff beschuss frappe frappes missile bombardement ataque misil dron drones bombardeo
        raid missili droni bombardamento ataque mísseis aanval raketten ostrzał nalot dron drony rakiety
        atak удар удары беспилотник беспилотники ракета ракеты обстрел атаковал безпілотник безпілотники
        дрон дрони дронів обстріл атакували saldırı füze غارة غارات قصف مسيرة صاروخ 袭击 空袭 导弹""",
    "shooting": """shooting gunman gunmen shot shooter bullets schüsse schießerei erschossen schütze fusillade
        tireur tirs tiroteo balacera pistolero sparatoria spari tiroteio tiros atirador schietpartij
        schoten strzelanina strzały napastnik стрельба стрелок стрілянина стрілець ateş silahlı
        مسلح 枪击""",
    "theft": """theft robbery stolen heist thieves burglars stole diebstahl raub gestohlen diebe einbrecher
        vol volés braquage voleurs robo robado ladrones furto rapina rubati ladri roubo furtado ladrões
        diefstal roof gestolen dieven kradzież skradziono złodzieje кража ограбление похищены крадіжка
        пограбування hırsızlık soygun çalındı سرقة لصوص 盗窃 抢劫""",
    "arrest": """arrest arrested detained custody suspect festgenommen festnahme verhaftet verdächtige
        arrestation arrêté interpellé suspect detenido detenidos detención arresto arrestato fermato sospettato
        detido detidos deteve prisão suspeito aangehouden gearresteerd verdachte aresztowany aresztowano
        zatrzymano zatrzymany podejrzany арест арестован задержан задержали затримано затримали підозрюваний
        tutuklandı gözaltı اعتقال توقيف 逮捕 刑拘""",
    "verdict": """verdict guilty convicted acquitted jury sentenced jailed urteil schuldig verurteilt
        freispruch freigesprochen verdict coupable condamné acquitté relaxé culpable condenado absuelto
        condena sentenza condannato assolto condanna condenado absolvido sentença veroordeeld vonnis
        vrijgesproken wyrok skazany uniewinniony приговор осужден приговорен оправдан вирок засуджено
        засудили ceza cezası hapis mahkum beraat حكم إدانة بالسجن 判处 宣判""",
    "vote": """vote voted bill passed parliament lawmakers senate abstimmung gesetz verabschiedet bundestag
        abgeordnete vote adopté députés loi sénat votación aprueba diputados congreso ley approva camera
        legge senato voto aprova deputados lei stemming wet aangenomen ustawa sejm głosowanie
        uchwalił posłów senat закон депутаты голосование парламент голосування рада ухвалила yasa meclis
        oylama قانون برلمان تصويت 表决 法案""",
    "election": """election elections ballot polls runoff wahl wahlen stichwahl élection élections scrutin
        elección elecciones comicios elezioni ballottaggio urne eleição eleições verkiezing verkiezingen
        wybory wyborów выборы выборов вибори виборів seçim seçimler انتخابات 选举 大选""",
    "resignation": """resign resigns resigned resignation sacked ousted stepped rücktritt zurückgetreten
        entlassen démission démissionne limogé dimite dimisión destituido dimissioni esonerato dimesso
        demissão demite demitido ontslag ontslaat ontslagen opgestapt dymisja zwolniony odwołany отставка
        уволен відставка звільнено istifa görevden استقالة إقالة 辞职""",
    "protest": """protest protests protesters rally demonstrators blockade march demonstration proteste
        demonstranten blockade manifestation manifestants manifestación protesta manifestantes protesta
        corteo manifestanti manifestação protesto betoging blokkade demonstratie manifestacja blokada
        протест протестующие митинг протестувальники мітинг protesto gösteri eylem احتجاج تظاهر مظاهرة
        抗议""",
    "walkout": """walkout strikes union unions walk rmt streik warnstreik gewerkschaft streiken grève grèves
        syndicats huelga paro sindicatos sciopero sindacati greve sindicatos staking vakbond strajk
        związkowcy забастовка профсоюз страйк профспілка grev sendika إضراب 罢工""",
    "results": """profit earnings revenue quarter quarterly ebitda gewinn quartal umsatz ergebnis bénéfice
        trimestre chiffre résultat beneficio ganancias ingresos pérdidas utile ricavi trimestre lucro
        receita winst kwartaal omzet zysk kwartał przychody прибыль выручка квартал прибуток kâr çeyrek
        gelir أرباح إيرادات 利润 营收 季度""",
    "deal": """merger takeover acquire acquisition stake buyout übernahme fusion beteiligung anteil rachat
        acquisition participation fusión adquisición opa participación fusione acquisizione quota fusão
        aquisição participação overname fusie belang przejęcie fuzja udziały слияние поглощение злиття
        поглинання birleşme satın استحواذ اندماج 收购 并购""",
    "tariff": """tariff tariffs duty duties sanctions embargo zoll zölle sanktionen droits douane sanctions
        arancel aranceles sanciones dazi dazio sanzioni tarifa tarifas sanções heffing heffingen sancties
        cło cła sankcje пошлины пошлина санкции мита мито санкції gümrük yaptırım رسوم عقوبات 关税 制裁""",
    "rates": """rate rates inflation basis leitzins zinsen inflation taux inflation tipos tasas inflación
        tassi inflazione juros inflação rente inflatie stopy inflacja ставка ставку инфляция ставки
        інфляція faiz enflasyon فائدة تضخم 利率 通胀""",
    "death": """dies died aged obituary mourns gestorben verstorben tot mort décès meurt muere fallece murió
        morto addio scomparso morre morreu overleden zmarł zmarła умер скончался помер померла öldü vefat
        وفاة رحيل 逝世 去世""",
    "funeral": """funeral buried mourners burial coffin beerdigung trauerfeier beisetzung trauer obsèques
        funérailles deuil funeral entierro sepelio duelo funerali lutto funeral enterro luto begrafenis
        uitvaart rouw pogrzeb żałoba похороны траур поховали жалоба прощання cenaze تشييع جنازة 葬礼 悼念""",
    "match": """match goal goals scored win draw league cup spiel sieg tore unentschieden tabelle
        but buts match victoire ligue partido gol goles victoria empate liga gol pareggio partita vittoria
        serie doppietta jogo golo golos vitória empate wedstrijd doelpunt gelijkspel winst mecz gol bramka
        zwycięstwo remis матч гол гола победа ничья перемога нічия maç gol galibiyet مباراة هدف فوز 比赛 进球""",
    "injury": """injury hamstring sidelined surgery verletzung verletzt blessure forfait lesión lesionado
        infortunio lesione lesão lesionado blessure geblesseerd kontuzja kontuzji травма травму sakatlık
        إصابة 受伤""",
    "launch": """launch rocket liftoff orbit satellite spacecraft lander satellit raumsonde
        fusée lancement satellite orbite cohete lanzamiento satélite razzo lancio satellite foguete
        lançamento lancering satelliet satelita запуск спутник супутник
        fırlatma uydu إطلاق قمر 发射 卫星 火箭""",
    "meeting": """talks summit met meets visit visits hosted delegation treffen gipfel besuch gespräche
        rencontre sommet visite reçoit cumbre reunión visita reúne vertice incontro visita colloquio cúpula
        encontro visita recebe top ontmoeting bezoek szczyt spotkanie wizyta rozmowy встреча саммит визит
        переговоры зустріч саміт візит переговори zirve görüşme ziyaret قمة لقاء زيارة محادثات 会谈 访问
        会见 峰会""",
    "agreement": """agreement agreed accord signed pact treaty deal abkommen einigung vereinbarung unterzeichnet
        accord signé pacte traité acuerdo firman firmado pacto accordo intesa firmato acordo assinou
        assinam akkoord verdrag ondertekend umowa porozumienie podpisali соглашение подписали договор угода
        підписали anlaşma imzalandı اتفاق توقيع 协议 签署""",
    "rescue": """rescue rescued rescuers survivor search missing alive gerettet rettung retter vermisst suche
        sauvetage secourus secouristes disparus rescate rescatados rescatistas desaparecidos búsqueda
        soccorsi salvati dispersi soccorritori resgate resgatados desaparecidos buscas gered vermist
        reddingswerkers ratownicy zaginieni poszukiwania uratowano спасатели спасены пропавшие поиски
        рятувальники зниклі пошуки kurtarma kayıp إنقاذ مفقود 救援 失踪 搜救""",
    "inquiry": """investigation investigators inquiry probe cause ermittlungen ermittler untersuchung ursache
        enquête enquêteurs parquet investigación investigan fiscalía indagine inchiesta procura investigação
        inquérito investiga onderzoek oorzaak śledztwo prokuratura dochodzenie расследование следователи
        следствие розслідування слідство прокуратура soruşturma savcılık تحقيق 调查""",
    "spill": """spill leak pollution contaminated ölpest leck verseucht verschmutzung marée fuite pollution
        vertido fuga contaminación sversamento inquinamento vazamento derrame poluição olielek lek
        vervuiling wyciek skażenie разлив утечка загрязнение розлив витік забруднення sızıntı تسرب تلوث
        泄漏 污染""",
    "dividend": """dividend dividends buyback dividende dividenden aktienrückkauf dividende dividendo
        dividendos dividendi dywidenda дивиденды дивиденд дивіденди temettü توزيعات 分红 股息""",
    "outage": """outage blackout disruption downtime stromausfall ausfall störung panne coupure apagón corte
        guasto blackout interruzione apagão queda storing stroomuitval awaria сбой отключение збій
        відключення kesinti انقطاع 停电 故障""",
    "medicine": """vaccine trial virus outbreak disease impfstoff impfung virus studie vaccin
        épidémie maladie vacuna brote enfermedad vaccino focolaio malattia vacina surto doença vaccin
        uitbraak ziekte szczepionka epidemia choroba вакцина вспышка болезнь спалах хвороба aşı salgın
        لقاح وباء 疫苗 疫情""",
    "reopening": """reopen reopens reopened resume resumed resumes restored wiederaufnahme
        rouvre rouvert reprise reabre reabierto reanuda riapre riaperto riaperta ripresa reabriu retoma
        reaberto heropend hervat wznowiono otwarto возобновил открыт відновив відновили yeniden استئناف
        恢复""",
}  # fmt: skip
NUMBERS = {name: number for number, name in enumerate(_WORDS, start=1)}
_OF = {
    term: NUMBERS[name] | Sort.HAPPENING << SORT_BITS
    for name, words in _WORDS.items()
    for term in terms(words)
}


def happenings(found: frozenset[int]) -> frozenset[int]:
    """The kinds of event that an article's terms speak of."""
    return frozenset(map(_OF.__getitem__, found & _OF.keys()))
