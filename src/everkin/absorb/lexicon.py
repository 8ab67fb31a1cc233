"""The small closed word lists that the grammar of the write path leans on; everything here is lower case."""

import re
from importlib.resources import files
from typing import Final


def words(line: str) -> frozenset[str]:
    """The entries of a list: parted by commas if it has any, else by spaces."""
    return frozenset(entry.strip() for entry in (line.split(",") if "," in line else line.split()))


def either(entries: frozenset[str]) -> str:
    """A regular expression for any of `entries`, the longest first; a space matches a hyphen too."""
    longest_first = sorted(entries, key=lambda entry: (-len(entry), entry))
    return "|".join(re.escape(entry).replace(r"\ ", "[ -]") for entry in longest_first)


FIRST_NAMES: Final = words((files(__package__) / "first_names.txt").read_text(encoding="ascii"))
"""Common first names (US Census 1990, public domain, and some of our own), without those that are plain words."""

KINSHIP: Final = {
    said: normal
    for normal, forms in {
        "mother": "mother mom mum mama momma mommy mummy mam ma",
        "father": "father dad daddy papa pa pop pops",
        "parents": "parents folks",
        "sister": "sister sis",
        "brother": "brother bro",
        "siblings": "siblings sibling sisters brothers",
        "son": "son",
        "daughter": "daughter",
        "children": "children kids sons daughters kid child toddler newborn",
        "twins": "twins",
        "grandmother": "grandmother grandma granny gran nana nan abuela oma",
        "grandfather": "grandfather grandpa granddad grandad abuelo opa gramps",
        "grandparents": "grandparents",
        "grandson": "grandson",
        "granddaughter": "granddaughter",
        "grandchildren": "grandchildren grandkids grandkid grandchild",
        "aunt": "aunt auntie aunty",
        "uncle": "uncle",
        "cousin": "cousin cousins",
        "nephew": "nephew",
        "niece": "niece",
        "godmother": "godmother",
        "godfather": "godfather",
        "mother-in-law": "mother-in-law",
        "father-in-law": "father-in-law",
        "sister-in-law": "sister-in-law",
        "brother-in-law": "brother-in-law",
        "son-in-law": "son-in-law",
        "daughter-in-law": "daughter-in-law",
        "in-laws": "in-laws",
        "stepmother": "stepmother stepmom stepmum",
        "stepfather": "stepfather stepdad",
        "stepsister": "stepsister",
        "stepbrother": "stepbrother",
        "stepson": "stepson",
        "stepdaughter": "stepdaughter",
        "half-sister": "half-sister",
        "half-brother": "half-brother",
    }.items()
    for said in forms.split()
}
PARTNERS: Final = {
    said: normal
    for normal, forms in {
        "husband": "husband hubby",
        "wife": "wife wifey",
        "boyfriend": "boyfriend bf",
        "girlfriend": "girlfriend gf",
        "fiancé": "fiancé fiance",
        "fiancée": "fiancée fiancee",
        "partner": "partner spouse",
    }.items()
    for said in forms.split()
}
FRIENDS: Final = {
    said: normal
    for normal, forms in {
        "friend": "friend buddy pal bestie bff mate",
        "roommate": "roommate flatmate housemate",
        "neighbour": "neighbour neighbor",
        "colleague": "colleague coworker co-worker workmate",
        "boss": "boss manager supervisor",
        "therapist": "therapist psychiatrist psychologist counselor counsellor",
        "doctor": "doctor gp",
        "teacher": "teacher professor tutor",
        "coach": "coach trainer mentor",
        "landlord": "landlord landlady",
    }.items()
    for said in forms.split()
}
FORMER: Final = dict.fromkeys(("ex", "ex-husband", "ex-wife", "ex-boyfriend", "ex-girlfriend", "ex-partner"), "ex")
"""Whoever was a partner once: spoken of, and no fact of today."""
PETS: Final = {
    said: normal
    for normal, forms in {
        "dog": "dog puppy pup doggo retriever labrador lab poodle beagle corgi terrier bulldog dachshund husky collie "
        "shepherd chihuahua pug spaniel greyhound rottweiler dalmatian malamute mutt doberman schnauzer goldendoodle "
        "labradoodle shih-tzu whippet",
        "cat": "cat kitten kitty tabby siamese",
        "rabbit": "rabbit bunny",
        "hamster": "hamster gerbil",
        "guinea pig": "guinea-pig",
        "bird": "parrot budgie parakeet cockatiel canary macaw",
        "fish": "goldfish betta",
        "tortoise": "tortoise turtle",
        "lizard": "gecko iguana chameleon bearded-dragon",
        "snake": "snake",
        "horse": "horse pony mare gelding",
        "ferret": "ferret",
        "hedgehog": "hedgehog",
        "rat": "rat",
        "goat": "goat",
        "chicken": "hen",
        "pet": "pet",
    }.items()
    for said in forms.split()
}
RELATIONS: Final = KINSHIP | PARTNERS | FRIENDS | FORMER | PETS
MALE: Final = words(
    "father brother son grandfather grandson uncle nephew godfather father-in-law brother-in-law son-in-law stepfather "
    "stepbrother stepson half-brother husband boyfriend fiancé"
)
FEMALE: Final = words(
    "mother sister daughter grandmother granddaughter aunt niece godmother mother-in-law sister-in-law "
    "daughter-in-law stepmother stepsister stepdaughter half-sister wife girlfriend fiancée"
)
PLURAL: Final = words(
    "parents siblings children twins grandparents grandchildren in-laws folks kids sons daughters sisters brothers "
    "cousins"
)

NUMBERS: Final = words(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)

OCCUPATIONS: Final = words(
    """accountant, actor, actress, actuary, analyst, anesthesiologist, animator, archaeologist, architect, artist,
    astronomer, attorney, author, baker, banker, barber, barista, bartender, biologist, bookkeeper, builder,
    bus driver, business owner, butcher, caregiver, carer, caretaker, carpenter, cashier, chef, chemist, childminder,
    chiropractor, choreographer, civil engineer, civil servant, cleaner, coach, comedian, composer, conductor,
    construction worker, consultant, contractor, cook, copywriter, counselor, counsellor, curator, dancer,
    data analyst, data engineer, data scientist, dentist, dermatologist, designer, detective, developer,
    dietitian, dj, doctor, dog walker, economist, editor, electrician, engineer, entrepreneur, estate agent,
    event planner, farmer, fashion designer, filmmaker, financial advisor, firefighter, fisherman, flight attendant,
    florist, freelancer, game designer, gardener, geologist, goldsmith, graphic designer, hairdresser, hair stylist,
    handyman, historian, home health aide, housekeeper, illustrator, instructor, interior designer, interpreter,
    investor, janitor, jeweler, journalist, judge, lab technician, landscaper, lawyer, lecturer, librarian, lifeguard,
    locksmith, machinist, magician, mail carrier, makeup artist, marine biologist, marketer, massage therapist,
    mathematician, mechanic, mechanical engineer, metalworker, meteorologist, midwife, miner, model, musician, nanny,
    neurologist, nurse, nurse practitioner, nutritionist, occupational therapist, oncologist, optician, optometrist,
    painter, paralegal, paramedic, park ranger, pastor, pastry chef, pediatrician, personal trainer, pharmacist,
    photographer, physical therapist, physician, physicist, physiotherapist, pianist, pilot, plumber, podcaster, poet,
    police officer, cop, politician, postman, potter, priest, principal, private investigator, producer, product manager,
    professor, programmer, project manager, psychiatrist, psychologist, radiologist, realtor, real estate agent,
    receptionist, reporter, researcher, roofer, sailor, sales manager, salesman, salesperson, saleswoman, scientist,
    sculptor, seamstress, secretary, security guard, server, singer, social worker, software developer,
    software engineer, soldier, songwriter, sound engineer, speech therapist, stay-at-home dad, stay-at-home mom,
    stay-at-home mum, statistician, stylist, surgeon, surveyor, tailor, tattoo artist, taxi driver, teacher,
    teaching assistant, technician, telemarketer, therapist, tour guide, toymaker, train driver, trainer, translator,
    truck driver, tutor, vet, veterinarian, veterinary nurse, videographer, violinist, waiter, waitress, watchmaker,
    web designer, web developer, welder, woodworker, writer, yoga instructor, yoga teacher, youth worker, zookeeper"""
)
CONDITIONS: Final = words(
    """adhd, add, autism, asthma, arthritis, rheumatoid arthritis, anxiety, social anxiety, an anxiety disorder, panic disorder,
    depression, postpartum depression, bipolar disorder, bipolar, borderline personality disorder, bpd, ocd, ptsd,
    schizophrenia, dyslexia, epilepsy, diabetes, type 1 diabetes, type 2 diabetes, cancer, breast cancer, lung cancer,
    colon cancer, prostate cancer, skin cancer, leukemia, leukaemia, lymphoma, melanoma, a brain tumor, a brain tumour,
    hypertension, high blood pressure, high cholesterol, heart disease, a heart condition, a heart murmur, afib,
    endometriosis, pcos, fibromyalgia, lupus, multiple sclerosis, ms, als, parkinson's, alzheimer's, dementia,
    crohn's disease, crohn's, celiac disease, coeliac disease, ibs, ulcerative colitis, colitis, kidney disease,
    kidney stones, hepatitis, hiv, hypothyroidism, hyperthyroidism, hashimoto's, eczema, psoriasis, rosacea, scoliosis,
    sciatica, sleep apnea, narcolepsy, chronic fatigue syndrome, chronic fatigue, long covid, chronic pain, migraines,
    chronic migraines, tinnitus, glaucoma, anemia, anaemia, hemophilia, osteoporosis, gout, tourette's, an eating disorder,
    anorexia, bulimia, pneumonia, copd, emphysema, cystic fibrosis, a thyroid condition, vertigo, insomnia, gastritis,
    acid reflux, gerd, a slipped disc, a herniated disc, carpal tunnel, lyme disease"""
)
CONDITION_ADJECTIVES: Final = words(
    "diabetic autistic bipolar asthmatic epileptic dyslexic celiac coeliac schizophrenic hiv-positive colorblind "
    "colourblind deaf anemic anaemic neurodivergent"
)
AILMENTS: Final = words(
    """the flu, a cold, a bad cold, a fever, covid, strep throat, food poisoning, a broken leg, a broken arm, a broken wrist,
    a broken ankle, a broken foot, a concussion, a sprained ankle, a bad back, back pain, bad knees, a bad knee,
    a migraine, surgery, knee surgery, heart surgery, an operation, a miscarriage, a stroke, a heart attack, chemo,
    chemotherapy, a panic attack, panic attacks, shingles, a kidney infection, appendicitis"""
)
BODY_PARTS: Final = words(
    "leg arm wrist ankle foot hand finger toe knee shoulder elbow hip back collarbone rib ribs nose jaw neck thumb acl "
    "achilles meniscus hamstring"
)
MEDICATIONS: Final = words(
    """insulin, metformin, ozempic, wegovy, lithium, prozac, zoloft, lexapro, cymbalta, wellbutrin, effexor, celexa, paxil,
    sertraline, fluoxetine, escitalopram, citalopram, venlafaxine, duloxetine, bupropion, mirtazapine, trazodone,
    quetiapine, seroquel, lamictal, lamotrigine, abilify, risperidone, xanax, ativan, klonopin, valium, buspirone,
    adderall, ritalin, concerta, vyvanse, strattera, methylphenidate, levothyroxine, synthroid, statins, a statin,
    atorvastatin, lisinopril, amlodipine, losartan, metoprolol, beta blockers, propranolol, blood thinners, warfarin,
    eliquis, aspirin, ibuprofen, prednisone, steroids, antibiotics, amoxicillin, penicillin, omeprazole, antihistamines,
    antidepressants, birth control, the pill, methotrexate, humira, gabapentin, pregabalin, melatonin, an inhaler,
    blood pressure medication, blood pressure pills, anxiety medication, anxiety meds, adhd medication, adhd meds,
    sleeping pills, painkillers, hormones, testosterone, estrogen, hrt, iron supplements, vitamin d, medication, meds"""
)
DIETS: Final = words(
    """vegan, vegetarian, pescatarian, pescetarian, flexitarian, plant-based, keto, paleo, gluten-free, dairy-free,
    sugar-free, low-carb, halal, kosher, carnivore, teetotal, a teetotaler"""
)
BELIEFS: Final = words(
    """catholic, christian, protestant, lutheran, methodist, baptist, presbyterian, orthodox christian, anglican, mormon,
    evangelical, quaker, muslim, jewish, buddhist, hindu, sikh, jain, pagan, wiccan, taoist, atheist, agnostic, religious,
    spiritual, a feminist, a pacifist, a humanist, a socialist, a communist, a libertarian, a conservative, a liberal,
    a republican, a democrat, a stoic, a minimalist"""
)
LANGUAGES: Final = words(
    """english, french, german, spanish, italian, portuguese, dutch, swedish, norwegian, danish, finnish, icelandic, polish,
    czech, slovak, russian, ukrainian, romanian, hungarian, greek, turkish, arabic, hebrew, persian, farsi, hindi, urdu,
    bengali, punjabi, tamil, telugu, mandarin, cantonese, chinese, japanese, korean, vietnamese, thai, indonesian, malay,
    tagalog, swahili, yoruba, igbo, amharic, zulu, afrikaans, irish, gaelic, welsh, catalan, basque, latin, serbian,
    croatian, bulgarian, lithuanian, latvian, estonian, sign language, asl, esperanto"""
)
NATIONALITIES: Final = words(
    """american, british, english, scottish, irish, welsh, french, german, spanish, italian, portuguese, dutch, belgian,
    swiss, austrian, swedish, norwegian, danish, finnish, icelandic, polish, czech, slovak, russian, ukrainian, romanian,
    hungarian, greek, turkish, egyptian, moroccan, lebanese, iranian, iraqi, israeli, indian, pakistani, bangladeshi,
    nepali, chinese, japanese, korean, taiwanese, vietnamese, thai, indonesian, malaysian, filipino, filipina, australian,
    canadian, mexican, brazilian, argentinian, chilean, colombian, peruvian, cuban, puerto rican, dominican, jamaican,
    nigerian, ghanaian, kenyan, ethiopian, somali, south african, algerian, tunisian, syrian, afghan, serbian, croatian,
    bulgarian, albanian, lithuanian, latvian, estonian"""
)
INSTRUMENTS: Final = words(
    """guitar, bass, bass guitar, electric guitar, acoustic guitar, piano, keyboard, violin, viola, cello, double bass, flute,
    clarinet, saxophone, sax, trumpet, trombone, tuba, french horn, oboe, bassoon, drums, percussion, harp, ukulele, banjo,
    mandolin, accordion, harmonica, recorder, organ, synth, fiddle"""
)
GAMES: Final = words(
    """tennis, table tennis, ping pong, soccer, football, american football, basketball, baseball, softball, volleyball,
    beach volleyball, badminton, squash, golf, mini golf, hockey, ice hockey, field hockey, rugby, cricket, lacrosse, pool,
    snooker, darts, chess, poker, bridge, go, video games, board games, dungeons and dragons, d&d, minecraft, pickleball,
    ultimate frisbee, water polo, handball, bingo, mahjong"""
)
PRACTICES: Final = words(
    """yoga, hot yoga, pilates, karate, judo, taekwondo, jiu-jitsu, kickboxing, boxing, crossfit, ballet, gymnastics,
    pottery, ceramics, origami, calligraphy, tai chi, martial arts, meditation, improv, stand-up, stand-up comedy, crossword
    puzzles, crosswords, sudoku, jigsaw puzzles, volunteer work, martial arts, parkour, aerobics, zumba"""
)
ACTIVITIES: Final = words(
    """running, jogging, hiking, climbing, rock climbing, bouldering, swimming, surfing, skiing, snowboarding, skating,
    ice skating, skateboarding, cycling, biking, mountain biking, kayaking, canoeing, rowing, sailing, fishing, hunting,
    camping, backpacking, bird watching, birdwatching, dancing, salsa dancing, ballroom dancing, horse riding,
    horseback riding, scuba diving, diving, snorkeling, skydiving, paragliding, painting, drawing, sketching, knitting,
    crocheting, sewing, quilting, embroidery, gardening, woodworking, baking, cooking, photography, blogging, journaling,
    writing poetry, poetry, singing, writing, reading, gaming, meditating, stargazing, astronomy, bowling, fencing, archery,
    geocaching, weightlifting, powerlifting, beekeeping, brewing, home brewing, pottery, ceramics, calligraphy"""
)
GOODS: Final = words(
    """car, van, truck, pickup, motorcycle, motorbike, scooter, bike, bicycle, e-bike, boat, sailboat, caravan, camper,
    campervan, rv, house, home, flat, apartment, condo, cottage, cabin, farm, garden, greenhouse, allotment, piano, guitar,
    violin, telescope, camera, laptop, computer, tablet, phone, console, playstation, xbox, nintendo switch, drone,
    kayak, canoe, surfboard, tent, sewing machine, record player, 3d printer, tesla, toyota, honda, ford, bmw, audi,
    volvo, subaru, prius, vinyl collection, stamp collection, tattoo, swimming pool, hot tub, air fryer, espresso machine"""
)
BUSINESSES: Final = words(
    """bakery, cafe, café, coffee shop, shop, store, bookstore, bookshop, boutique, restaurant, bar, pub, food truck, salon,
    barbershop, business, company, startup, agency, studio, dance studio, yoga studio, gym, farm, vineyard, brewery,
    bed and breakfast, b&b, hotel, hostel, guesthouse, garage, gallery, clinic, practice, law firm, nonprofit, daycare,
    kindergarten, school, podcast, blog, channel, etsy shop, online store, record label, theater, theatre, charity"""
)
APPOINTMENTS: Final = words(
    """appointment, interview, job interview, exam, final, test, driving test, meeting, date, flight, surgery, operation,
    audition, deadline, concert, recital, presentation, scan, mri, biopsy, check-up, checkup, ultrasound, hearing,
    court date, wedding, reunion, race, marathon, match, tournament, competition, performance, exhibition, trip, party"""
)
