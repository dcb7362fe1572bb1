use super::render::{Rendered, render};
use crate::domain::{Code, Content, Signer, StoryText, Verification};

/// Gmail cuts off what is longer than about 102 kB.
const LONGEST_HTML: usize = 90_000;

fn verify_email(expires_in: u32) -> Rendered {
    let code = Code::parse("01234567").unwrap();
    render(&Content::VerifyEmail(Verification { code, expires_in })).unwrap()
}

fn story(title: &str, language: &str, paragraphs: &[String]) -> Rendered {
    let text = StoryText::new(title, language, paragraphs);
    render(&Content::Story(text)).unwrap()
}

fn signer(name: Option<&str>) -> Signer {
    let name = name.map(str::to_owned);
    Signer { name }
}

fn every_kind() -> [Rendered; 4] {
    [
        verify_email(600),
        render(&Content::AccountExists(signer(Some("Mira")))).unwrap(),
        story("The Lamp", "en", &["Once.".to_owned()]),
        render(&Content::SecurityNotice(signer(None))).unwrap(),
    ]
}

#[test]
fn the_code_stands_alone_on_a_line_of_the_text() {
    let mail = verify_email(600);
    let alone = mail.text.lines().filter(|line| *line == "01234567").count();
    assert_eq!(alone, 1, "{}", mail.text);
    assert!(mail.html.contains(">01234567</p>"), "{}", mail.html);
    assert!(!mail.subject.contains("01234567"));
}

#[test]
fn it_says_how_long_the_code_holds() {
    assert!(verify_email(600).text.contains("holds for 10 minutes."));
    assert!(verify_email(59).html.contains("holds for one minute."));
}

#[test]
fn a_mail_with_a_code_has_no_link() {
    let mail = verify_email(600);
    for part in [mail.text, mail.html] {
        assert!(!part.contains("http") && !part.contains("href"), "{part}");
    }
}

#[test]
fn a_story_stands_whole_in_both_parts() {
    let mail = story(
        "The Lamp & the Moth",
        "en",
        &["Once.".to_owned(), "She said, “Oh.”".to_owned()],
    );
    assert_eq!(mail.subject, "The Lamp & the Moth");
    assert!(
        mail.text
            .starts_with("The Lamp & the Moth\n\nOnce.\n\nShe said, “Oh.”\n\n-- \n")
    );
    for part in [
        "<title>The Lamp &#38; the Moth</title>",
        ">Once.</p>",
        ">She said, “Oh.”</p>",
    ] {
        assert!(mail.html.contains(part), "{part} is not in {}", mail.html);
    }
}

#[test]
fn nothing_that_was_written_becomes_markup() {
    let evil = "</title><script>alert('x')</script>\" onload=\"";
    let mails = [
        story(evil, evil, &[evil.to_owned()]),
        render(&Content::AccountExists(signer(Some(evil)))).unwrap(),
        render(&Content::SecurityNotice(signer(Some(evil)))).unwrap(),
    ];
    for mail in mails {
        assert!(!mail.html.contains("<script"), "{}", mail.html);
        assert!(!mail.html.contains("\" onload"), "{}", mail.html);
    }
}

#[test]
fn a_name_is_greeted_if_it_is_known() {
    let named = render(&Content::AccountExists(signer(Some("Mira")))).unwrap();
    assert!(named.text.contains("\nHello Mira,\n"));
    let nameless = render(&Content::AccountExists(signer(None))).unwrap();
    assert!(nameless.text.contains("\nHello,\n"));
}

#[test]
fn the_language_is_declared() {
    let mail = story("Die Lampe", "de", &[]);
    assert!(mail.html.contains(r#"<html lang="de" dir="ltr">"#));
    let mail = story("המנורה", "he", &[]);
    assert!(mail.html.contains(r#"<html lang="he" dir="rtl">"#));
    assert!(
        verify_email(600)
            .html
            .contains(r#"<html lang="en" dir="ltr">"#)
    );
}

#[test]
fn every_mail_is_laid_out_for_every_reader() {
    for mail in every_kind() {
        let html = &mail.html;
        assert_eq!(html.matches("<h1 ").count(), 1, "{html}");
        assert!(html.contains("max-width:600px"));
        assert!(html.contains("prefers-color-scheme: dark"));
        let tables = html.matches("<table ").count();
        assert_eq!(tables, html.matches("<table role=\"presentation\"").count());
        for size in html.split("font-size:").skip(1) {
            let pixels: u32 = size.split("px").next().unwrap().parse().unwrap();
            assert!(pixels >= 16, "{pixels}px in {html}");
        }
        for forbidden in [
            "#fff;", "#ffffff", "#000;", "#000000", "<img", "<link", "url(",
        ] {
            assert!(!html.contains(forbidden), "{forbidden} in {html}");
        }
        assert!(mail.text.lines().all(|line| !line.contains('<')));
    }
}

/// Relative luminance and contrast as WCAG 2.2 defines them.
#[test]
fn text_stands_out_from_what_is_behind_it() {
    for (ink, paper) in [
        ("2c2834", "fdfbf6"),
        ("2c2834", "ece5f5"),
        ("5c566b", "f3efe7"),
        ("e9e4f0", "26232f"),
        ("efe9f8", "373244"),
        ("bdb6cb", "1c1a23"),
    ] {
        assert!(
            contrast(ink, paper) >= 4.5,
            "{ink} on {paper}: {}",
            contrast(ink, paper)
        );
        let html = verify_email(600).html;
        assert!(
            html.contains(ink) && html.contains(paper),
            "{ink} or {paper} is not used"
        );
    }
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: &str) -> f64 {
    let rgb = u32::from_str_radix(colour, 16).unwrap();
    let channel = |shift: u32| {
        let value = f64::from(rgb >> shift & 0xff) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
}

#[test]
fn the_longest_story_is_not_cut_off() {
    // 1,200 words, the most that may be asked for, in paragraphs of one short sentence
    let paragraphs =
        vec!["“Extraordinarily,” whispered Bartholomew’s grandmother.".to_owned(); 300];
    let html = story("The Lamp", "en", &paragraphs).html;
    assert!(html.len() <= LONGEST_HTML, "{} bytes", html.len());
}
