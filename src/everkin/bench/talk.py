"""Invented small talk for simulated lives: sentences from a grammar of everyday things, no two lives alike. Pure."""

import random
from collections.abc import Callable, Sequence
from typing import Final


def words(text: str) -> tuple[str, ...]:
    """The words of a list written as one text."""
    return tuple(text.split())


NOUNS: Final = words(
    "kettle ladder umbrella bicycle curtain blanket scarf candle notebook printer stapler suitcase raincoat mirror hammer "
    "lantern pillow basket teapot envelope radiator doorbell lampshade bookshelf toaster keyboard headphones calendar jacket "
    "backpack wallet charger balcony staircase fridge freezer dishwasher oven carpet window chimney gutter hedge lawn shed "
    "greenhouse mailbox fence bench fountain bus tram ferry scooter roundabout crossing receipt parcel magazine crossword "
    "jigsaw puzzle guitar piano trumpet drum camera telescope compass map globe clock alarm thermometer bandage syrup"
)
FOODS: Final = words(
    "lentils noodles dumplings pancakes risotto omelette porridge goulash lasagne chili ramen curry pierogi falafel hummus "
    "gnocchi paella sushi tacos quiche strudel waffles brownies sorbet cheesecake granola yoghurt pretzels focaccia baguette "
    "minestrone ratatouille chowder stew schnitzel moussaka polenta couscous tofu mushrooms asparagus artichokes pumpkin "
    "cauliflower radishes cherries apricots plums figs grapefruit rhubarb blackberries walnuts pistachios"
)
PLACES: Final = words(
    "bakery library museum harbour station market pharmacy laundrette cinema theatre gallery stadium swimming-pool gym "
    "playground cemetery castle bridge tunnel vineyard orchard meadow quarry lighthouse aquarium planetarium courthouse "
    "post-office bank bookshop florist hairdresser hardware-store garden-centre car-park ring-road old-town waterfront"
)
ADJECTIVES: Final = words(
    "crooked rusty velvet copper wooden plastic enormous tiny squeaky dusty shiny faded striped spotless soggy crisp lukewarm "
    "bitter salty spicy bland cosy draughty noisy silent crowded empty foggy windy humid freezing scorching gloomy splendid "
    "awkward clumsy graceful stubborn generous grumpy cheerful sleepy curious nervous patient restless peculiar ordinary "
    "expensive cheap second-hand brand-new borrowed forgotten famous secret broken mended leaking frozen melted burnt"
)
PAST: Final = words(
    "repaired painted cleaned dropped borrowed returned ordered cancelled misplaced found photographed measured carried "
    "polished wrapped unpacked assembled dismantled compared sketched described examined ignored admired wanted replaced "
    "sold bought lent hid shook opened closed moved lifted dusted labelled weighed rented watered trimmed ironed folded"
)
PEOPLE: Final = words(
    "the-neighbour the-postman my-boss the-intern the-barista the-plumber our-landlord the-dentist the-cashier the-conductor "
    "the-librarian a-tourist the-electrician some-teenager the-receptionist an-old-man the-cleaner the-new-hire the-driver "
    "the-gardener the-waiter the-choir-leader a-cyclist the-vet's-assistant the-baker the-accountant a-stranger the-janitor"
)
TIMES: Final = (
    "this morning", "at lunch", "last night", "on the way home", "before work", "just now", "after the meeting", "all afternoon",
    "around midnight", "in the queue", "between two calls", "while it rained", "over breakfast", "during the break",
)  # fmt: skip
FEELINGS: Final = words(
    "fine tired amused annoyed relieved bored puzzled content impatient hopeful grumpy pleased drained"
)
COLOURS: Final = words("red green blue yellow purple orange brown grey turquoise crimson beige maroon violet teal")

USER: Final = (
    "{Person} {past} the {adj} {noun} {time}.",
    "I {past} a {adj} {noun} {time}, and then another one.",
    "We had {food} {time}. It was rather {adj}.",
    "The {noun} by the {place} is {adj} again.",
    "Do you think {food} goes with {food2}?",
    "I walked past the {place} {time} and saw {person} with a {colour} {noun}.",
    "Nothing much {time}. The {noun} is still {adj}.",
    "{Person} says the {place} will close early because of the {noun}.",
    "I feel {feeling}, the {noun} took {number} minutes.",
    "Why is every {noun} at the {place} so {adj}?",
    "I tried making {food} with {food2} {time}; it came out {adj}.",
    "There were {number} people at the {place}, and {person} {past} everything.",
    "My {noun} is {adj} and I blame {person}.",
    "I dreamt about a {colour} {noun} in the {place}.",
    "The {adj} {noun} next to the {place} costs {number} now.",
    "Somebody {past} my {noun} at the {place}.",
    "It is {adj} outside, so I {past} the {noun} instead.",
    "Half the {food} was gone when I came back from the {place}.",
    "Ha, {person} {past} the wrong {noun}!",
    "I counted {number} {colour} {noun}s on the way to the {place}.",
)
COMPANION: Final = (
    "A {adj} {noun}? Tell me more about it.",
    "That sounds {adj}. What did {person} say?",
    "So {food} goes with {food2}, at least in theory.",
    "Maybe the {place} has a better {noun}.",
    "You sound {feeling} today. Is it the {noun}?",
    "Oh, I would have {past} it at once.",
    "The {place} again! You should get a ticket for the season.",
    "{number} minutes for a {noun} is a long time.",
    "I can picture the {colour} {noun} quite well.",
    "Let me guess: it was {adj} and nobody {past} it.",
    "How did the {food} turn out in the end?",
    "Perhaps {person} never learnt what a {noun} is for.",
    "So, {adj} weather and a {adj2} {noun}. Quite a day.",
    "I am glad you told me about the {place}.",
    "And what will you do with the {noun} now?",
)


def sentence(templates: Sequence[str], rng: random.Random) -> str:
    """One of the templates with everything filled in."""
    person = rng.choice(PEOPLE).replace("-", " ")
    filled: dict[str, Callable[[], str]] = {
        "adj": lambda: rng.choice(ADJECTIVES),
        "adj2": lambda: rng.choice(ADJECTIVES),
        "noun": lambda: rng.choice(NOUNS),
        "food": lambda: rng.choice(FOODS),
        "food2": lambda: rng.choice(FOODS),
        "place": lambda: rng.choice(PLACES).replace("-", " "),
        "past": lambda: rng.choice(PAST),
        "time": lambda: rng.choice(TIMES),
        "feeling": lambda: rng.choice(FEELINGS),
        "colour": lambda: rng.choice(COLOURS),
        "number": lambda: str(rng.randint(3, 240)),
        "person": lambda: person,
        "Person": lambda: person[0].upper() + person[1:],
    }
    template = rng.choice(templates)
    return template.format(**{name: fill() for name, fill in filled.items() if "{" + name + "}" in template})


def said(by_user: bool, rng: random.Random) -> str:
    """A turn of small talk: one sentence, or two, or three."""
    templates = USER if by_user else COMPANION
    return " ".join(sentence(templates, rng) for _ in range(rng.choice((1, 1, 1, 2, 2, 3))))
