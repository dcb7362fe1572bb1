use super::theme::{Shape, ThemePronoun, ThemeWords};

#[track_caller]
fn check(theme: &str, shape: Shape, short: &str, matter: &str) {
    let read = ThemeWords::read(theme);
    assert_eq!(read.shape, shape, "{theme}: {read:?}");
    assert_eq!(read.short, short, "{theme}");
    assert_eq!(read.matter, matter, "{theme}");
}

#[test]
fn somebody_with_a_trouble() {
    check(
        "a lantern that is afraid of the dark",
        Shape::Fear,
        "the lantern",
        "the dark",
    );
    check(
        "A bird who is afraid to fly",
        Shape::Fear,
        "the bird",
        "flying",
    );
    check(
        "the moon afraid of heights",
        Shape::Fear,
        "the moon",
        "heights",
    );
    check(
        "a kite that wants to see the sea",
        Shape::Wish,
        "the kite",
        "see the sea",
    );
    check(
        "a fox who wants a friend",
        Shape::Wish,
        "the fox",
        "have a friend",
    );
    check(
        "a fox looking for a friend",
        Shape::Wish,
        "the fox",
        "find a friend",
    );
    check(
        "a bear who lost his hat",
        Shape::Loss,
        "the bear",
        "his hat",
    );
}

#[test]
fn troubles_of_other_shapes() {
    check(
        "my teddy that can't find its ear",
        Shape::Loss,
        "my teddy",
        "its ear",
    );
    check("a dragon who is shy", Shape::Odd, "the dragon", "");
    check("a very lonely star", Shape::Odd, "the star", "");
    check(
        "two socks that lost each other",
        Shape::Odd,
        "the two socks",
        "",
    );
    check("a snail without a shell", Shape::Odd, "the snail", "");
    check("a kite stuck in a tree", Shape::Odd, "the kite", "");
    check(
        "the clock of the town that runs backwards",
        Shape::Odd,
        "the clock of the town",
        "",
    );
}

#[test]
fn number_and_gender_are_known() {
    let socks = ThemeWords::read("two socks that lost each other");
    assert!(socks.many && socks.pronoun == ThemePronoun::They);
    assert_eq!(socks.full, "two socks that had lost each other");
    let bear = ThemeWords::read("a bear who lost his hat");
    assert_eq!(bear.pronoun, ThemePronoun::He);
    assert_eq!(bear.full, "a bear who had lost his hat");
    let shy = ThemeWords::read("a shy witch");
    assert_eq!(
        (shy.pronoun, shy.full.as_str()),
        (ThemePronoun::She, "a witch that was shy")
    );
    let fox = ThemeWords::read("a fox looking for a friend");
    assert_eq!(
        (fox.full.as_str(), fox.wished.as_str()),
        ("a fox looking for a friend", "found a friend")
    );
}

#[test]
fn things_doings_and_qualities() {
    check("a map of rain", Shape::Thing, "the map of rain", "");
    check(
        "the clock under the stairs",
        Shape::Thing,
        "the clock under the stairs",
        "",
    );
    check("grandma's violin", Shape::Thing, "grandma's violin", "");
    check("three wishes", Shape::Thing, "the three wishes", "");
    check(
        "the house that I grew up in",
        Shape::Thing,
        "the house that I grew up in",
        "",
    );
    let doing = |theme: &str| ThemeWords::read(theme).gerund_short;
    assert_eq!(doing("learning to whistle"), "whistling");
    assert_eq!(doing("Learning to ride a bike"), "riding a bike");
    assert_eq!(doing("saying sorry first"), "saying sorry first");
    assert_eq!(doing("moving to a new house"), "moving");
    assert_eq!(ThemeWords::read("courage").shape, Shape::Quality);
    assert_eq!(ThemeWords::read("Patience!").shape, Shape::Quality);
}

#[test]
fn questions_become_statements() {
    let so = |theme: &str| ThemeWords::read(theme).so;
    assert_eq!(so("why the sea is salty"), "the sea is salty");
    assert_eq!(so("Why is the sky blue?"), "the sky is blue");
    assert_eq!(so("how birds know the way"), "birds know the way");
    assert_eq!(so("why do cats purr"), "cats purr");
    assert_eq!(so("Why does the moon follow us?"), "the moon follows us");
    assert_eq!(so("how many stars there are"), "");
    assert_eq!(so("what dreams are made of"), "");
    assert_eq!(
        ThemeWords::read("Why is the sky blue?").asked,
        "why the sky is blue"
    );
    assert_eq!(ThemeWords::read("can fish sleep?").shape, Shape::Question);
}

#[test]
fn everything_else_is_quoted() {
    for theme in [
        "Zwölf Boxkämpfer",
        "blue",
        "月の光",
        "!!!",
        "Was ist los",
        "{x} [y] #z",
    ] {
        let read = ThemeWords::read(theme);
        assert_eq!(read.shape, Shape::Other, "{theme}");
        assert_eq!(read.quoted, format!("“{theme}”"));
    }
    assert_eq!(ThemeWords::read("the “big” one").quoted, "“the ‘big’ one”");
}
