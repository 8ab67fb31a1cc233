"""What Alice says of herself is noticed; what she says of films, friends, feet and homework is not."""

import pytest

from everkin.mind.risk import Category, Level
from everkin.safety import screen
from everkin.safety.guard import TONGUES

IMMINENT = {
    "I'm planning to end my life": Category.SUICIDE,
    "I've decided to kill myself": Category.SUICIDE,
    "i want to die tonight": Category.SUICIDE,
    "By the time you read this I'll be gone": Category.SUICIDE,
    "I tried to kill myself last night": Category.SUICIDE,
    "I'm going to kill myself, I have a plan": Category.SUICIDE,
    "I’m not safe here": Category.ABUSE,
    "please, he's hitting me": Category.ABUSE,
    "Quiero morir esta noche": Category.SUICIDE,
    "ich will heute nicht mehr leben, ich bringe mich heute um": Category.SUICIDE,
    "Je veux mourir ce soir": Category.SUICIDE,
    "我今晚真的想死": Category.SUICIDE,
    "今夜、死にたい": Category.SUICIDE,
}

HIGH = {
    "i wanna kill my self": Category.SUICIDE,
    "i want to kil myself": Category.SUICIDE,
    "I wnat to kill myslef": Category.SUICIDE,
    "i wana dei": Category.SUICIDE,
    "I want 2 die": Category.SUICIDE,
    "I'm gonna end it all": Category.SUICIDE,
    "i keep thinking of ending it all": Category.SUICIDE,
    "nobody would miss me if i was gone": Category.SUICIDE,
    "i've been cutting my self again": Category.SELF_HARM,
    "my dad beats me": Category.ABUSE,
    "my uncle keeps touching me": Category.ABUSE,
    "I want to die": Category.SUICIDE,
    "i just wanna die": Category.SUICIDE,
    "want to die so badly": Category.SUICIDE,
    "I don't want to live anymore": Category.SUICIDE,
    "I dont want to be alive": Category.SUICIDE,
    "I wish I was dead": Category.SUICIDE,
    "I hope I don't wake up": Category.SUICIDE,
    "I can't stop thinking about killing myself": Category.SUICIDE,
    "why don't I just kill myself": Category.SUICIDE,
    "I feel suicidal again": Category.SUICIDE,
    "Lately I have been having suicidal thoughts": Category.SUICIDE,
    "i keep thinking about suicide": Category.SUICIDE,
    "Everyone would be better off without me": Category.SUICIDE,
    "I'd be better off dead": Category.SUICIDE,
    "There is no reason to live": Category.SUICIDE,
    "I've got nothing left to live for": Category.SUICIDE,
    "My life isn't worth living": Category.SUICIDE,
    "I tried to end my life": Category.SUICIDE,
    "I attempted suicide": Category.SUICIDE,
    "some days I wanna kill everyone including myself": Category.SUICIDE,
    "i want to unalive myself": Category.SUICIDE,
    "I told him “I want to die” and he just looked at me": Category.SUICIDE,
    "“I want to die”": Category.SUICIDE,
    "I WANT TO DIE": Category.SUICIDE,
    "I *really* want to die": Category.SUICIDE,
    "I wa\u200bnt to die": Category.SUICIDE,
    "I was fine all week and then today happened\nI don't want to exist": Category.SUICIDE,
    "I started hurting myself again": Category.SELF_HARM,
    "I have the urge to harm myself": Category.SELF_HARM,
    "I self-harmed again": Category.SELF_HARM,
    "I hurt myself on purpose": Category.SELF_HARM,
    "I'm back to self harming": Category.SELF_HARM,
    "My husband hits me": Category.ABUSE,
    "He beat me up again": Category.ABUSE,
    "my stepdad used to come home drunk and yesterday he slapped me": Category.ABUSE,
    "I was raped": Category.ABUSE,
    "I am in an abusive relationship": Category.ABUSE,
    "I had to leave my abusive husband": Category.ABUSE,
    "I'm scared of my boyfriend": Category.ABUSE,
    "I'm afraid he'll hurt me": Category.ABUSE,
    "she threatened to kill me": Category.ABUSE,
    "he forced me to have sex": Category.ABUSE,
    "My uncle touched me inappropriately": Category.ABUSE,
    "Ya no quiero vivir": Category.SUICIDE,
    "Todos estarían mejor sin mí": Category.SUICIDE,
    "He pensado en suicidarme": Category.SUICIDE,
    "No tengo ganas de vivir": Category.SUICIDE,
    "Tengo pensamientos suicidas": Category.SUICIDE,
    "He vuelto a hacerme daño": Category.SELF_HARM,
    "Mi marido me pega": Category.ABUSE,
    "Abusaron de mí": Category.ABUSE,
    "Ich will nicht mehr leben": Category.SUICIDE,
    "Ich möchte einfach nur tot sein": Category.SUICIDE,
    "Ich habe Selbstmordgedanken": Category.SUICIDE,
    "Ich denke daran, mich umzubringen": Category.SUICIDE,
    "Ohne mich wären alle besser dran": Category.SUICIDE,
    "Ich verletze mich wieder selbst": Category.SELF_HARM,
    "Mein Mann schlägt mich": Category.ABUSE,
    "Ich wurde vergewaltigt": Category.ABUSE,
    "J'ai envie de mourir": Category.SUICIDE,
    "Je pense à me suicider": Category.SUICIDE,
    "Je ne veux plus vivre": Category.SUICIDE,
    "J'ai des idées suicidaires": Category.SUICIDE,
    "Tout le monde serait mieux sans moi": Category.SUICIDE,
    "Je recommence à me faire du mal": Category.SELF_HARM,
    "Mon mari me frappe": Category.ABUSE,
    "J'ai été violée": Category.ABUSE,
    "我不想活了": Category.SUICIDE,
    "我好想死": Category.SUICIDE,
    "我有自杀的念头": Category.SUICIDE,
    "我決定自殺": Category.SUICIDE,
    "没有我，大家会过得更好": Category.SUICIDE,
    "我又开始伤害自己了": Category.SELF_HARM,
    "我老公喝醉了就打我": Category.ABUSE,
    "我被他家暴": Category.ABUSE,
    "もう死にたい": Category.SUICIDE,
    "生きていたくない": Category.SUICIDE,
    "私なんていない方がいい": Category.SUICIDE,
    "また自分を傷つけてしまった": Category.SELF_HARM,
    "夫に殴られた": Category.ABUSE,
    "DVを受けています": Category.ABUSE,
}

CONCERN = {
    "When I was 16 I tried to kill myself": Category.SUICIDE,
    "years ago I wanted to die": Category.SUICIDE,
    "I just wanted to die": Category.SUICIDE,
    "i can't go on like this": Category.SUICIDE,
    "I just want the pain to end": Category.SUICIDE,
    "what's the point of living": Category.SUICIDE,
    "I keep thinking about not being here": Category.SUICIDE,
    "gonna kms": Category.SUICIDE,
    "I want to die lol": Category.SUICIDE,
    "this makes me want to kill myself": Category.SUICIDE,
    "I haven't self-harmed in a month": Category.SELF_HARM,
    "I used to hurt myself on purpose": Category.SELF_HARM,
    "she is abusive so we are separating": Category.ABUSE,
    "he won't let me see my friends": Category.ABUSE,
    "my boyfriend hurts me": Category.ABUSE,
    "In my novel I want to die and come back as a ghost": Category.SUICIDE,
    "No puedo más con esta vida": Category.SUICIDE,
    "Ich kann nicht mehr weiter": Category.SUICIDE,
    "Je voudrais disparaître": Category.SUICIDE,
    "我想消失": Category.SUICIDE,
    "消えたい": Category.SUICIDE,
}

NOTHING = [
    "Beats me!",
    "I want to die my hair red",
    "I wish I was dead last, at least they got a medal",
    "my dad beats me at chess",
    "My grandfather keeps touching me on the arm when he tells a story",
    "I wan to kill the process with signal 9",
    "She is gonna end it all with fireworks",
    "",
    "🐕",
    "this homework is killing me",
    "I could kill for a pizza",
    "dying to see you",
    "my feet are killing me",
    "I nearly killed myself laughing",
    "I almost killed myself on those stairs",
    "I've been killing myself to finish this report",
    "mum is going to kill me",
    "I want to die of embarrassment",
    "this cake is to die for",
    "I could die happy now",
    "I don't want to die",
    "I would never kill myself",
    "I'm not suicidal",
    "I'm not going to kill myself",
    "I don't feel like hurting myself",
    "My sister said she wants to die",
    "He told me “I want to die” in the film",
    "Bob was suicidal last winter and I was so worried",
    "I watched Suicide Squad",
    "I'm writing about suicide prevention",
    "The hero says he wants to kill himself",
    "I don't want to live in Leeds",
    "I don't want to live with him anymore",
    "I don't want to wake up early",
    "I wish I could wake up at six",
    "the team plays better without me",
    "I cut myself shaving",
    "I cut myself some slack",
    "I hurt myself at practice",
    "he beat me at chess",
    "she beats me every time",
    "It hit me that we never called",
    "he hit me up on Friday",
    "Beats me!",
    "my boss is going to kill me",
    "My phone is dead",
    "my grandmother died last spring",
    "I'm thinking about dying my hair",
    "my dog died and I miss him",
    "I'm so tired I could sleep for a week",
    "we had to put him down",
    "lol dead 💀",
    "I'd rather die than eat that",
    "I want to die with dignity, at a hundred",
    "is that a lot of kms for a used car?",
    "is it safe here at night?",
    "Me muero de hambre",
    "Me quiero morir de vergüenza",
    "No quiero morir",
    "No quiero vivir en Madrid",
    "me pega el sol en la cara",
    "Ich sterbe vor Hunger",
    "Ich könnte mich umbringen vor Lachen",
    "Ich will nicht sterben",
    "Das bringt mich noch um",
    "er schlägt mich im Schach",
    "Je meurs de faim",
    "Je me tue à te le dire",
    "Je ne veux pas mourir",
    "il me bat aux échecs",
    "想死你了",
    "我想死你了",
    "笑死我了",
    "我不想死",
    "他打我电话了",
    "死ぬほど眠い",
    "お腹すいて死にそう",
    "恥ずかしくて死にたい",
    "友達が死にたいと言っていた",
]


def found(text):
    finding = screen(text)
    return finding and (finding.level, finding.category)


@pytest.mark.parametrize(("text", "category"), IMMINENT.items())
def test_what_cannot_wait(text, category):
    assert found(text) == (Level.IMMINENT, category)


@pytest.mark.parametrize(("text", "category"), HIGH.items())
def test_what_is_said_in_the_first_person(text, category):
    assert found(text) == (Level.HIGH, category)


@pytest.mark.parametrize(("text", "category"), CONCERN.items())
def test_what_is_long_past_or_half_said(text, category):
    assert found(text) == (Level.CONCERN, category)


@pytest.mark.parametrize("text", NOTHING)
def test_everyday_talk_is_left_alone(text):
    assert found(text) is None


def test_every_rule_can_fire():
    """A rule whose words are missing from its language's trigger would never be reached."""
    fired = {screen(text).rule for text in [*IMMINENT, *HIGH, *CONCERN] if screen(text)}
    assert fired == {rule.name for tongue in TONGUES for rule in tongue.rules}


def test_it_is_found_in_the_middle_of_a_long_message():
    around = "We walked along the river and talked about nothing much, and the light was lovely. " * 5000
    assert found(f"{around} I want to die. {around}") == (Level.HIGH, Category.SUICIDE)


def test_the_gravest_of_several_is_returned():
    assert found("My husband hits me. I want to die tonight.") == (Level.IMMINENT, Category.SUICIDE)


def test_a_finding_holds_no_words():
    assert repr(screen("I want to die, Ottokar")).count("Ottokar") == 0


@pytest.mark.parametrize(
    "text", ["\x00", "\ud83d", "a" * 1_000_000, "i " * 100_000, '"' * 50_000, "i am " * 50_000, "我" * 100_000]
)
def test_strange_input_is_no_trouble(text):
    assert screen(text) is None
