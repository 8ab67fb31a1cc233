"""Invented sentences that differ in one word: `{left|right}` makes two of them, which say different things."""

# ruff: noqa: E501 (a pair stands on one line)
NUMBERS = """
We are meeting at {six|seven} by the old mill
My train leaves at {8:15|8:50} tomorrow morning
I have {two|three} sisters and we all sing in the choir
The rent went up by {40|50} euros this month
I ran {5|10} kilometres along the river before work
My daughter turned {four|five} last weekend and had a pirate party
We paid {200|2000} for the second-hand sofa in the living room
I take {50|150} mg of the blue tablets every evening
It took me {1|11} hours to drive home through the snow
She scored {12|21} points in the final of the school tournament
The appointment with the dentist is on the {3rd|13th} of May
Our flight to Lisbon lands at {11|12} and we need a taxi
I slept {four|eight} hours last night and feel it today
We have lived in this flat since {2011|2017} and still love it
There were {thirty|forty} people at the wedding in the barn
My new phone number ends in {44|47} in case you need it
I lost {3|13} kilos since the summer and my trousers are too big
The recipe needs {one|two} spoons of cinnamon and a pinch of salt
I have been sober for {6|16} months now and I am proud of it
The bus number {7|17} stops right in front of our house
He owes me {20|25} from the pub quiz last Thursday
My exam is in {two|ten} days and I have not opened the book
The kitten is {eight|nine} weeks old and already climbs the curtains
Chapter {4|14} was the saddest thing I have read in years
I have to walk up {five|six} floors because the lift is broken
We need {12|20} eggs for the cakes on Saturday
My brother is {35|53} and still collects toy trains
The doctor said my pressure was {120|150} over 80 this morning
I have watched that film {once|twice} and cried each time
The parcel weighs {2|2.5} kilos and is marked as fragile
I earn {15|16} an hour at the garden centre
The old oak in our garden is {100|300} years old
We planted {six|sixty} tulip bulbs behind the shed
The concert starts at {19:30|20:30} and the doors open before
I got {72|92} percent on my statistics test
My grandmother had {nine|seven} children and one oven
Only {half|quarter} of the class came to the museum today
The hotel room is on floor {2|22} and looks over the harbour
My shift was {ten|twelve} hours long and nobody brought coffee
I read {fifty|fifteen} books this year and liked most of them
The puppy has had {one|three} of his vaccinations
We drove {300|800} miles to see the northern lights
Her surgery lasted {two|five} hours and went well
The lease ends in {March|August} and we have to find something
My birthday party is on {Friday|Saturday} at the bowling hall
I start the new job on {Monday|Thursday} and I am so nervous
The choir rehearses every {Tuesday|Wednesday} in the church hall
We went to Crete last {spring|autumn} with the whole family
The heating will be repaired {today|tomorrow} they say
My parents celebrate their {40th|50th} anniversary this year
I have {seven|eleven} houseplants and they all have names
The garden is {30|300} square metres and mostly weeds
We have {first|second} row tickets for the ballet
My class has {18|28} pupils this term
I drink {one|six} cups of coffee a day at the office
I still have {twelve|twenty} pages of the thesis to write
The vet bill was {90|900} for one swallowed sock
He called me {three|five} times during the meeting
I finished {2nd|3rd} in the village chess tournament
The house was built in {1908|1980} by a sailor
I knitted {one|four} scarves for the winter market
The cake has to bake for {25|45} minutes at the lowest shelf
I am allergic to {one|three} of the ingredients in that soup
My savings goal is {1,000|10,000} by the end of the year
We waited {twenty|ninety} minutes for the ferry in the rain
I was born in {1984|1994} in a very small town
The loan runs for another {5|15} years at the same bank
"""

NAMES = """
{Anna|Berit} is coming for dinner with the twins tonight
I had a long talk with {Tom|Ben} about the house
My sister {Clara|Nora} got the job at the library
We are moving to {Bergen|Oslo} at the end of the summer
I work with {Priya|Meera} at the museum shop
My dog {Rex|Max} ate a whole cheese yesterday
{Charlie|Bob} forgot his keys at the climbing hall again
I miss {Grandma Rosa|Grandma Edith} and her plum cake
We watched the match at {Liam|Noah}'s place until midnight
The present for {Emma|Olivia} is hidden in the wardrobe
I am flying to {Paris|Prague} for the book fair
{Dr. Holm|Dr. Lind} said that the scan looked fine
My best friend {Zoe|Maya} is having a baby in June
I started working for {Norsk Hydro|Equinor} this winter
I met {Sam|Alex} on the train to the coast
My cousin {Elif|Aylin} lives above the bakery
The letter from {Henrik|Anders} made me cry a little
{Luna|Milo} has been sleeping on my laptop all day
I grew up in {Leeds|Hull} near the railway line
We named the boat {Marguerite|Josephine} after the first owner
I told {Karim|Yusuf} that I cannot lend him money
My teacher {Mrs. Moore|Mrs. Baker} retired after thirty years
I have never been to {Japan|Korea} but I would love to
The neighbours from {Ghana|Kenya} invited us for dinner
{Oscar|Felix} proposed to me on the bridge last night
I adopted {Pepper|Ginger} from the shelter in the old harbour
I am reading {Austen|Tolstoy} for the evening course
My son {Leo|Theo} lost his first tooth at school
The doctor wants to see {Alice|Ingrid} again next month
I am jealous of {Sofia|Lucia} and her new flat
We studied together in {Utrecht|Leiden} twenty years ago
{Magnus|Lars} is the godfather of my youngest
I dreamed of the beach in {Goa|Bali} the whole day
My colleague {Ravi|Sanjay} brought sweets for everybody
My ex husband {Peter|Paul} called about the car
I voted for {Jensen|Olsen} in the council election
We saw {Hamlet|Macbeth} in the park and it rained
My horse {Bella|Stella} is lame on the left side
The tickets to {Rome|Milan} were cheaper than the parking
I owe {Marta|Greta} an apology for what I said
{Aunt May|Aunt June} left me her sewing machine
The guitar teacher {Diego|Javier} moved to another city
I named my sourdough {Clint|Dolly} and I feed it daily
My flatmate {Hugo|Jonas} plays the drums after ten
The surgery will be at {Saint Mary|Saint Luke} in the morning
I had tea with {Fatima|Aisha} after the language class
I am learning {Polish|Czech} because of my mother in law
My daughter loves {Mozart|Chopin} and plays him badly
We rescued {Biscuit|Waffles} from a barn in the hills
I cannot forgive {Victor|Hector} for what he did
My niece {Freya|Isla} starts school after the holidays
{Kofi|Kwame} showed me how to cook the stew
I lent my tent to {Stefan|Dieter} for the festival
We have a table at {Gino|Luigi} for eight on Friday
I lost touch with {Megan|Carys} when she moved away
My therapist {Ruth|Naomi} thinks that I should write it down
I bought the bike from {Pavel|Tomas} down the road
{Hana|Yuki} taught me to fold paper cranes
I left my job at {Siemens|Bosch} in the spring
The kids love the new babysitter {Chloe|Amelie} very much
I went sailing around {Corfu|Malta} with my father
The band of {Niamh|Aoife} plays at the harbour tonight
My parrot {Kiki|Coco} learned to say good morning
I am writing to {Astrid|Sigrid} about the summer house
I was baptised in {Krakow|Gdansk} as a baby
"""

NEGATIONS = """
I {can|can't} come to the party on Friday evening
I {do|don't} want to have children one day
My father {is|isn't} going to the reunion this year
We {are|aren't} moving to the countryside after all
I {did|didn't} get the job at the aquarium
I {have|haven't} forgiven my brother for the wedding
She {will|won't} be at the lake house with us
I am {|not }allergic to the new detergent
I {|never }drink wine with dinner at home
There is {a|no} dog in the flat next door
I {should|shouldn't} call my mother tonight
My medication is {|not }working any better than before
I {|no longer }live with my parents in the village
The doctor said it is {|not }cancer after the second test
I am {|not }afraid of flying since the last trip
He {was|wasn't} there when my daughter was born
I {could|couldn't} sleep after the phone call from home
My sister is {|not }talking to me since the holidays
I have {|never }been to the sea with my kids
I do it {with|without} my husband knowing about it
We have {some|no} money left for the holiday in July
I am {|not }pregnant and I do not know how to feel
I passed {|none of }the exams in the winter term
I like my new boss {|not }as much as the old one
The test for the gene was {|not }positive after all
I want {|nobody }to know about the diagnosis yet
The landlord is {|not }selling the house this year
I am {|not }ready to see a therapist about it
My dog {likes|doesn't like} the neighbour's cat very much
I {trust|don't trust} the new doctor at the clinic
My boyfriend {knows|doesn't know} about the letter from Canada
We {won|lost} the final against the team from the coast
I {love|hate} the smell of the paper mill at night
It was the {best|worst} summer of my whole life
My shift starts {before|after} the school run these days
I feel {better|worse} since I changed my tablets
I am {always|never} alone on Christmas Eve
I put the heating {on|off} before we left the house
My pain has {increased|decreased} since the operation on my knee
I {started|stopped} smoking when I moved to the city
I told her to {stay|leave} and I do not regret it, not at all, {never|ever}
I {remembered|didn't remember} our anniversary this time
I have {|not }told anyone about my grandfather's letter
The vet is {|not }sure that the lump is harmless
I {believe|don't believe} that he is coming back
I {eat|don't eat} meat when I visit my grandparents
Nothing {has|hasn't} changed between us since the summer
My mother {accepted|rejected} the offer for the old house
I {bought|sold} the red car to my cousin's friend
My neighbour is {hardly|really} ever at home at night
I was {|not }invited to the christening of my nephew
They {approved|refused} my loan for the bakery on Monday
My leg is {|not }broken but it hurts like hell
My daughter {passed|failed} her driving test this morning
I {need|don't need} help with the move in September
I would {|not }marry him again if he asked me
The shop is {open|closed} on Sundays during the winter
I {miss|don't miss} living in the big city
We are {|not }getting a divorce, I talked to him
I have {enough|not enough} time for the choir this year
My cat is {|not }eating since we came back
My father {drinks|doesn't drink} since the accident on the bridge
I {enjoy|don't enjoy} the quiet evenings on my own
We go {up|down} the mountain with the first cable car
I have {|no }hope that the bakery will survive
My son {can|cannot} swim without his orange armbands
I {finished|didn't finish} the marathon in the rain
I am {able|unable} to lift my arm above the shoulder
"""

SAME = """
My dog Rex ate a whole cheese yesterday.|my dog Rex ate a whole cheese yesterday
I started the new job at the garden centre and my boss is really kind to me|I started my new job at the garden centre and my boss is really kind to me
We spent the whole weekend painting the kitchen in a warm shade of yellow|We spent the whole weekend painting our kitchen in a warm shade of yellow
Anna and I walked along the river until it got dark and talked about the old days|Anna and I walked along the river until it got dark, and we talked about the old days
I love you|I  love you
The doctor said that my knee needs rest for six weeks before I can run again|The doctor says that my knee needs rest for six weeks before I can run again
"""
"""Pairs that say the same."""


def pairs(lines: str) -> list[tuple[str, str]]:
    """The two readings of each line."""
    return [(reading(line, 0), reading(line, 1)) for line in lines.strip().splitlines()]


def reading(line: str, side: int) -> str:
    while "{" in line:
        begin, end = line.index("{"), line.index("}")
        line = line[:begin] + line[begin + 1 : end].split("|")[side] + line[end + 1 :]
    return line


def same() -> list[tuple[str, str]]:
    return [(left, right) for left, _, right in (line.partition("|") for line in SAME.strip().splitlines())]
