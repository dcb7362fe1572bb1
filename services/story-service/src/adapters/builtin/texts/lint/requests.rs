//! Wishes of every sort, drawn by number: the same number is always the same wish.

use crate::domain::{
    storyteller::Grammar,
    wish::{
        AgeBand, AvoidEntry, AvoidList, Cast, CastMember, Genre, Hero, Kind, Language, Name, Place,
        Pronouns, Seed, StoryRequest, Theme, Tone, Words, conflicts,
    },
};

pub const THEMES: &[&str] = &[
    "a lantern that is afraid of the dark",
    "a kite that wants to see the sea",
    "a bear who lost his hat",
    "a dragon who is shy",
    "a robot that cannot laugh",
    "a moon that is afraid of being forgotten",
    "a clock that runs backwards",
    "a fox who wants a friend",
    "a map of rain",
    "the clock under the stairs",
    "learning to whistle",
    "saying sorry first",
    "courage",
    "patience",
    "why the sea is salty",
    "how birds know the way",
    "Zwölf Boxkämpfer",
    "blue",
    "grandma's violin",
    "sleeping in a tent",
    "two socks that lost each other",
    "a very lonely star",
    "moving to a new house",
    "what dreams are made of",
    "a snail without a shell",
    "a bird who is afraid to fly",
    "the witch who wants to be brave",
    "月の光",
    "dinosaurs",
    "my teddy that can't find its ear",
    "kindness",
    "Why do cats purr?",
    "a letter that came too late",
    "the smallest elephant in the world",
    "being the new one at school",
    "three wishes",
    "a fox looking for a friend",
    "where the wind goes at night",
    "the last biscuit",
    "silence",
    "!!!",
    "can fish sleep?",
    "a little grey cloud that has lost its rain",
    "friendship",
    "losing a tooth",
    "a ghost who is afraid of children",
    "the day when nothing happened",
    "a small blue house",
    "who lights the stars",
    "when the snow comes",
    "what the cat knows",
    "do trees dream",
    "is the moon ever lonely?",
    "the lamp in the window",
    "an old torch",
    "two kites that want to race",
    "some very tired shoes",
    "the violin in the attic",
    "a coat with nine pockets",
    "a watch",
    "the party that nobody came to",
];

pub const PLACES: &[&str] = &[
    "a lighthouse",
    "the forest",
    "a bakery",
    "a space station",
    "the castle",
    "my grandmother's garden",
    "a small house by the canal",
    "the school",
    "Lisbon",
    "the harbour",
    "a mountain pass",
    "the bottom of a well",
    "the river",
    "a railway station",
    "an igloo",
    "under the bed",
    "東京",
    "New York",
    "the far side of the moon",
    "grandpa's shed",
    "our street",
    "in the attic",
    "a farm",
    "Room 12",
    "the library",
    "the North Pole",
    "the island",
    "a farm in the valley",
];

const AVOIDS: &[&[&str]] = &[
    &[],
    &[],
    &[],
    &["spiders"],
    &["the dark"],
    &["water", "storms"],
    &["animals"],
    &["dogs", "cats"],
    &["falling"],
    &["monsters", "fire"],
    &["food"],
    &["being alone"],
    &["snow", "fog"],
    &["strangers"],
    &["being locked in", "heights"],
    &[
        "animals",
        "food",
        "water",
        "the dark",
        "fire",
        "storms",
        "snow",
        "fog",
        "heights",
        "being locked in",
        "strangers",
    ],
];

const NAMES: &[&str] = &[
    "Otto",
    "Ada",
    "Jo",
    "Mr. Finch",
    "Pip",
    "Bolt",
    "O'Hara",
    "Juniper",
    "Sefa",
    "Anne-Marie",
    "D’Arcy",
    "Åsa",
    "李",
    "Grandma Rose",
    "Bo",
    "Ludwig van B.",
];

const HEROES: &[&str] = &[
    "Mira",
    "Sam",
    "Ngozi",
    "José Luis",
    "Bea",
    "O'Neill",
    "Anne-Marie",
    "Will",
    "花子",
    "X",
];

/// Chance for tests.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x9e37_79b9)
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    pub fn of<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// The wish of a number.
pub fn request(grammar: &Grammar, number: u64) -> StoryRequest {
    let mut dice = Dice::new(number);
    let size = dice.of(&[0, 1, 1, 2, 3, 5, 7]);
    let from = dice.below(NAMES.len());
    let cast = (0..size).map(|at| CastMember {
        name: Name::parse(NAMES[(from + at) % NAMES.len()]).unwrap(),
        pronouns: dice.of(Pronouns::ALL),
        kind: dice.of(Kind::ALL),
    });
    let cast = Cast::parse(cast.collect()).unwrap();
    let hero = dice.of(HEROES);
    let hero = if cast.members().iter().any(|one| one.name.as_str() == hero) {
        "Ruth"
    } else {
        hero
    };
    let mut request = StoryRequest {
        theme: Theme::parse(THEMES[usize::try_from(number).unwrap() % THEMES.len()]).unwrap(),
        genre: dice.of(Genre::ALL),
        tone: dice.of(Tone::ALL),
        hero: Hero {
            name: Name::parse(hero).unwrap(),
            pronouns: dice.of(Pronouns::ALL),
            kind: dice.of(&[
                Kind::Child,
                Kind::Child,
                Kind::Child,
                Kind::Adult,
                Kind::Fox,
                Kind::Robot,
                Kind::Other,
            ]),
        },
        cast,
        place: (dice.below(6) > 0).then(|| Place::parse(dice.of(PLACES)).unwrap()),
        avoid: avoid(dice.of(AVOIDS)),
        age_band: dice.of(AgeBand::ALL),
        words: Words::parse(dice.of(&[
            150, 180, 220, 250, 300, 300, 300, 400, 500, 600, 800, 1_000, 1_200,
        ]))
        .unwrap(),
        language: Language::English,
        seed: Seed::from_bits(number),
    };
    if !conflicts(&request, grammar.avoid_tags()).is_empty() {
        request.avoid = AvoidList::default();
    }
    request
}

/// An avoid list.
pub fn avoid(entries: &[&str]) -> AvoidList {
    let entries = entries
        .iter()
        .map(|entry| AvoidEntry::parse(entry).unwrap());
    AvoidList::parse(entries.collect()).unwrap()
}
