"""Words that say little by themselves, by language; they also tell the languages apart."""

from typing import Final

STOP_WORDS: Final[dict[str, frozenset[str]]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": """
            a about above after again against ain't all am an and any are aren't as at be because been before being
            below between both but by can can't cannot could couldn't did didn't do does doesn't doing don't down
            during each few for from further had hadn't has hasn't have haven't having he he'd he'll he's her here
            here's hers herself him himself his how how's i i'd i'll i'm i've if in into is isn't it it'd it'll it's
            its itself just let's me more most mustn't my myself no nor not now of off on once only or other ought our
            ours ourselves out over own really same she she'd she'll she's should shouldn't so some such than that
            that's the their theirs them themselves then there there's these they they'd they'll they're they've this
            those through to too under until up us very was wasn't we we'd we'll we're we've were weren't what what's
            when when's where where's which while who who's whom why why's will with won't would wouldn't you you'd
            you'll you're you've your yours yourself yourselves
        """,
        "de": """
            aber alle allem allen aller alles als also am an ander andere anderen auch auf aus bei beim bin bis bist da
            dabei damit dann das dass dein deine deinem deinen deiner dem den denn der deren des dessen dich die dies
            diese diesem diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines er es etwas euch
            euer eure für gegen gewesen hab habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre
            ihrem ihren ihrer im in indem ins ist ja jede jedem jeden jeder jedes jener jetzt kann kein keine keinem
            keinen keiner können könnte machen man manche mein meine meinem meinen meiner mich mir mit muss musste
            nach nicht nichts noch nun nur ob oder ohne schon sehr sein seine seinem seinen seiner seit sich sie sind
            so solche soll sollte sondern sonst über um und uns unser unsere unter viel vom von vor wann war waren
            warst warum was weg weil weiter welche welchem welchen welcher welches wem wen wenn wer werde werden wie
            wieder wieso will wir wird wirst wo wohin wollen wollte wurde wurden würde würden zu zum zur zwar zwischen
        """,
        "es": """
            a al algo alguien algún alguna algunas alguno algunos ante antes aquel aquella aquello aquí así aún aunque
            como cómo con contigo conmigo cual cuál cuales cuáles cuando cuándo cuánto cuánta de del desde donde dónde
            durante e el él ella ellas ellos en entre era eran eres es esa esas ese eso esos esta está estaba estaban
            estado están estar estas estás este esto estos estoy fue fueron fui ha había habían han has hasta hay he
            hemos la las le les lo los más me mi mí mientras mío mía mis mucho muchos muy nada ni no nos nosotros
            nuestra nuestro o os otra otras otro otros para pero poco por porque qué que quién quien quiénes se sea
            ser será si sí sido siempre sin sobre sois somos son soy su sus suyo también tampoco tan tanto te tener
            tengo ti tiene tienen tienes toda todas todo todos tu tú tus tuyo tuya un una unas uno unos usted ustedes
            va vamos van vosotros voy y ya yo
        """,
        "fr": """
            à ai aie alors as au aucun aussi autre aux avaient avais avait avec avez avoir avons c'est ça car ce cela
            ces cet cette ceux chez comme comment dans de des donc dont du elle elles en encore entre es est et étaient
            étais était été être eu eux fait il ils j'ai je la là le les leur leurs lui ma mais me même mes moi mon ne
            nos notre nous on ont ou où par pas pendant peu plus pour pourquoi qu'est quand que quel quelle quelles
            quels qui quoi s'est sa sans se sera ses si son sont sous suis sur ta te tes toi ton tous tout toute très
            tu un une vos votre vous y
        """,
        "it": """
            a abbiamo ad ai al alla alle allo anche avere avete avevo aveva c'è che chi ci ciò come con cosa così cui
            da dal dalla dalle degli dei del della delle dello di dove e è ed era erano ero essere fa faccio fu gli ha
            hai hanno ho i il in io la le lei li lo loro lui ma mi mia mie miei mio molto ne negli nei nel nella nelle
            no noi non nostra nostro o ogni per perché perciò più poi prima qual quale quali quando quanto quella
            quelle quelli quello questa queste questi questo qui sarà se sei si sia siamo siete sono sta stato stata
            su sua sue sugli sul sulla suo suoi ti tra tu tua tue tuo tuoi tutti tutto un una uno vi voi
        """,
        "pt": """
            à ao aos aquela aquele aquilo as às até com como da das de dela dele deles depois do dos e é ela elas ele
            eles em entre era eram essa essas esse esses esta está estão estava estou eu foi foram fui há isso isto já
            lhe lhes mais mas me mesmo meu meus minha minhas muito na não nas nem no nos nós nossa nosso num numa o os
            ou para pela pelas pelo pelos por porque porquê qual quando quanto que quê quem se seja sem ser será seu
            seus só somos sou sua suas também te tem têm tenho teu teus ti tinha tu tua tuas tudo um uma umas uns você
            vocês vos onde
        """,
        "nl": """
            aan al alles als altijd andere ben bij daar dan dat de der deze die dit doch doen door dus een eens en er
            ge geen geweest haar had heb hebben heeft hem het hier hij hoe hun iemand iets ik in is ja je jij jou jouw
            kan kon kunnen maar me meer men met mij mijn moet na naar niet niets nog nu of om omdat ons onze ook op
            over reeds te tegen toch toen tot u uit uw van veel voor waar waarom wanneer want waren was wat we wel
            werd wezen wie wij wil worden wordt zal ze zei zelf zich zij zijn zo zonder zou
        """,
    }.items()
}
"""Lower case; a word may stand in several languages."""

FUNCTION_CHARACTERS: Final = frozenset(
    "的了是我你您他她它们在有和与及不也都就很吗呢吧啊呀嘛这那个么着过得地"
    "はがをにでとのもへやかよねだですまたしてるいなっんれらさここそあどうわせけばり"
)
"""Chinese and Japanese characters that are grammar rather than meaning, alone or next to one another."""
