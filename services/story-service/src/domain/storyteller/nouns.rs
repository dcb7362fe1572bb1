//! Lists of words that tell what a theme is about.

/// Nouns that live, think and feel.
const ALIVE: &str = " dragon bear fox owl cat dog mouse wolf hedgehog mole rabbit seal whale robot \
    giant ghost witch wizard bird crow elephant lion tiger snail frog toad fish goat cow horse pony \
    duck goose hen penguin bee spider beetle ant worm monster troll knight king queen prince princess \
    child boy girl pirate baker man woman crocodile turtle tortoise squirrel badger deer moth \
    butterfly unicorn dinosaur monkey parrot donkey pig piglet sheep lamb octopus crab bat snowman \
    scarecrow astronaut teacher postman captain teddy alien fairy elf kitten puppy bunny hare sparrow \
    robin swan swallow gull seagull pigeon eagle hawk raven magpie peacock chicken chick cockerel \
    rooster duckling gosling otter beaver hamster rat squid jellyfish starfish shark dolphin salmon \
    lobster shrimp snake lizard gecko chameleon newt camel giraffe zebra hippo rhino panda koala \
    kangaroo sloth llama alpaca moose reindeer bull calf foal ladybird ladybug firefly grasshopper \
    cricket caterpillar dragonfly fly wasp mosquito sailor farmer gardener painter singer dancer \
    doctor nurse cook chef king's tailor thief inventor grandmother grandfather granny grandma \
    grandpa mother father sister brother aunt uncle baby toddler friend stranger neighbour hero \
    mermaid gnome dwarf goblin ogre imp yeti phoenix griffin vampire zombie mummy skeleton clown \
    person people librarian clockmaker shepherd fisherman lighthouse-keeper keeper ";

const SKY: &str =
    " moon star cloud sun wind rainbow comet storm planet raindrop snowflake sunbeam ";

const SHE: &str = " witch queen princess girl woman grandmother grandma granny mother sister aunt mermaid hen cow ";
const HE: &str = " wizard king prince boy man grandfather grandpa father brother uncle postman fisherman bull snowman ";

/// Adjectives that make a trouble of their own when they stand before a noun.
const FEELINGS: &str = " shy lonely sleepy sad grumpy brave clumsy forgetful homesick quiet jealous \
    worried nervous anxious bored curious cross proud tired timid gentle lazy impatient stubborn \
    restless unlucky hungry small tiny ";

const QUALITIES: &str = " courage patience kindness honesty friendship love hope trust bravery \
    gratitude forgiveness happiness joy peace curiosity wonder generosity gentleness loyalty \
    confidence wisdom luck silence imagination freedom perseverance sharing empathy humility \
    responsibility respect time home ";

const NO_GERUNDS: &str = " king ring spring string thing wing morning evening ceiling sibling \
    duckling pudding nothing something everything anything darling wedding building painting \
    lightning sterling sling swing herring during gosling earring clothing sapling nestling viking ";

const QUESTION_WORDS: &str =
    " how why where what when who which whose whom whether can could does do did is are ";

const ARTICLES: &str = " a an the some one ";
const OWNERS: &str = " my our your his her their its ";
const MANY: &str = " two three four five six seven eight nine ten eleven twelve many several these \
    those both all a-hundred hundred ";

const CLOSED: &str = " a an the of in on at by to for from with and or that who which is was are were \
    be my her his its their our your first under over it not no i you we he she they ";

fn has(list: &str, word: &str) -> bool {
    !word.is_empty() && list.contains(&format!(" {word} "))
}

/// The singular of a plural, as far as endings tell.
pub(super) fn singular(word: &str) -> String {
    let known = [
        ("mice", "mouse"),
        ("geese", "goose"),
        ("children", "child"),
        ("wolves", "wolf"),
        ("men", "man"),
        ("women", "woman"),
        ("elves", "elf"),
        ("people", "person"),
        ("sheep", "sheep"),
        ("fish", "fish"),
        ("thieves", "thief"),
        ("feet", "foot"),
        ("leaves", "leaf"),
    ];
    if let Some((_, one)) = known.iter().find(|(many, _)| *many == word) {
        return (*one).to_owned();
    }
    if let Some(bare) = word.strip_suffix("ies") {
        return format!("{bare}y");
    }
    for ending in ["ches", "shes", "sses", "xes"] {
        if word.ends_with(ending) {
            return word.strip_suffix("es").unwrap_or(word).to_owned();
        }
    }
    word.strip_suffix('s').unwrap_or(word).to_owned()
}

/// Whether a noun looks plural.
pub(super) fn is_plural(word: &str) -> bool {
    let irregular = [
        "mice", "geese", "children", "wolves", "men", "women", "people", "feet", "teeth", "elves",
    ];
    irregular.contains(&word)
        || (word.ends_with('s')
            && word.len() > 3
            && !["ss", "us", "is", "as", "os"]
                .iter()
                .any(|end| word.ends_with(end)))
}

pub(super) fn is_alive(noun: &str) -> bool {
    has(ALIVE, noun) || has(ALIVE, &singular(noun))
}

pub(super) fn is_sky(noun: &str) -> bool {
    has(SKY, noun) || has(SKY, &singular(noun))
}

pub(super) fn is_she(noun: &str) -> bool {
    has(SHE, noun)
}

pub(super) fn is_he(noun: &str) -> bool {
    has(HE, noun)
}

pub(super) fn is_feeling(word: &str) -> bool {
    has(FEELINGS, word)
}

/// Whether a single word names a quality: courage, or by its ending.
pub(super) fn is_quality(word: &str) -> bool {
    let endings = ["ness", "ship", "ity", "ence", "ance"];
    let things = [
        "fence",
        "harness",
        "city",
        "kitty",
        "dance",
        "witness",
        "spaceship",
        "ambulance",
        "pence",
        "university",
        "airship",
        "starship",
        "battleship",
        "entrance",
        "appliance",
        "sentence",
        "science",
    ];
    has(QUALITIES, word)
        || (word.chars().all(char::is_alphabetic)
            && word.len() > 5
            && endings.iter().any(|end| word.ends_with(end))
            && !things.contains(&word))
}

/// Whether a first word makes a theme a doing.
pub(super) fn is_gerund(word: &str) -> bool {
    word.ends_with("ing") && word.len() > 4 && !has(NO_GERUNDS, word)
}

pub(super) fn asks(word: &str) -> bool {
    has(QUESTION_WORDS, word)
}

pub(super) fn is_article(word: &str) -> bool {
    has(ARTICLES, word)
}

pub(super) fn is_owner(word: &str) -> bool {
    has(OWNERS, word)
}

pub(super) fn counts_many(word: &str) -> bool {
    has(MANY, word)
}

/// Whether a word can begin a noun phrase.
pub(super) fn determines(word: &str) -> bool {
    is_article(word) || is_owner(word) || counts_many(word)
}

/// Whether a word carries no meaning of its own.
pub(super) fn is_closed(word: &str) -> bool {
    has(CLOSED, word)
}

/// Classes of things that plots have sentences of their own for.
const CLASSES: &[(&str, &str)] = &[
    (
        "paper",
        " map letter book picture drawing photograph photo newspaper list recipe poem postcard page diary \
        notebook painting atlas ",
    ),
    (
        "music",
        " violin piano drum flute trumpet guitar bell song tune accordion whistle harp cello fiddle banjo horn \
        music-box lullaby ",
    ),
    ("ticks", " clock watch "),
    (
        "glow",
        " lantern lamp light candle torch lighthouse star moon ",
    ),
    (
        "wear",
        " hat coat scarf boot shoe sock glove dress cloak crown mitten jumper slipper umbrella ",
    ),
    (
        "event",
        " day night birthday party week summer winter holiday trip journey adventure story race game wedding \
        dream ",
    ),
];

/// The classes that a noun belongs to.
pub(super) fn classes(noun: &str) -> impl Iterator<Item = &'static str> {
    let one = singular(noun);
    let of = CLASSES.iter().filter(move |(_, list)| has(list, &one));
    of.map(|(class, _)| *class)
}
