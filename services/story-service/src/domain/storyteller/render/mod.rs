//! From chosen sentences to text.

mod words;

use super::{
    alt::Alt,
    casting::Casting,
    draft::{Draft, Said},
    edges::Opening,
    finish::open_quote,
    measure::{fact, part_of},
    stage::Stage,
    token::{Form, PickPart, Piece, Token, Who},
    trail::Trail,
    wording::capital,
};

/// A paragraph, and the beat in which it begins.
#[derive(Debug, Clone)]
pub(super) struct Paragraph {
    pub beat: usize,
    pub text: String,
}

/// Tells a draft.
pub(super) fn paragraphs<'g>(
    stage: &Stage<'g>,
    casting: &Casting<'g>,
    draft: &Draft<'g>,
) -> Vec<Paragraph> {
    let mut teller = Teller::new(stage, casting, draft);
    draft.said.iter().for_each(|said| teller.say(said));
    teller.end_paragraph();
    teller.done
}

/// Tells a line that stands alone: a title, a teaser.
pub(super) fn line<'g>(
    stage: &Stage<'g>,
    casting: &Casting<'g>,
    draft: &Draft<'g>,
    alt: &'g Alt,
) -> String {
    let mut teller = Teller::new(stage, casting, draft);
    teller.pieces(&alt.pieces, None, false);
    capital(&teller.open)
}

struct Teller<'t, 'g> {
    stage: &'t Stage<'g>,
    casting: &'t Casting<'g>,
    draft: &'t Draft<'g>,
    done: Vec<Paragraph>,
    open: String,
    beat: usize,
    trail: Trail,
    /// What was told once in full, and is told more briefly from then on.
    known: Known,
    /// Whether the theme itself speaks, and says my for its own things.
    quotes_theme: bool,
    theme_speaks: bool,
    seam: Seam,
}

/// How a sentence follows the one before.
#[derive(Debug, Clone, Copy, Default)]
struct Seam {
    /// Whether the next name may be a pronoun.
    goes_on: bool,
    /// Whether the sentence before brought a stranger, whose a pronoun might be.
    strange: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Known {
    place: bool,
    shop: bool,
    theme: u8,
}

impl<'t, 'g> Teller<'t, 'g> {
    fn new(stage: &'t Stage<'g>, casting: &'t Casting<'g>, draft: &'t Draft<'g>) -> Self {
        Self {
            stage,
            casting,
            draft,
            done: Vec::new(),
            open: String::new(),
            beat: 0,
            trail: Trail::default(),
            known: Known::default(),
            quotes_theme: false,
            theme_speaks: false,
            seam: Seam::default(),
        }
    }

    fn say(&mut self, said: &Said<'g>) {
        let edges = &self.draft.resolved(said.alt).edges;
        self.theme_speaks = edges.said == Some(Who::Theme) && edges.said_last == Some(Who::Theme);
        if said.breaks || self.trail.interrupts(self.stage, edges, said.turn) {
            self.end_paragraph();
        }
        if self.open.is_empty() {
            self.beat = said.beat;
        } else {
            self.open.push(' ');
        }
        let unclear = match edges.opening {
            Opening::Pronoun(who) => self.trail.ambiguous(self.stage, who, said.turn),
            _ => false,
        };
        let strange = self.draft.resolved(said.alt).lends;
        let strange = strange.she || strange.he;
        let goes_on = match edges.opening {
            Opening::Name(who) if !self.open.is_empty() && !strange && !self.seam.strange => {
                self.trail.goes_on_with(self.stage, who, said.turn)
            }
            _ => false,
        };
        self.seam = Seam { goes_on, strange };
        self.pieces(&said.alt.pieces, said.turn, unclear);
        self.trail.follow(self.stage, edges, said.turn);
    }

    fn end_paragraph(&mut self) {
        self.trail.new_paragraph();
        let text = std::mem::take(&mut self.open);
        let text = text.trim();
        if !text.is_empty() {
            self.done.push(Paragraph {
                beat: self.beat,
                text: text.to_owned(),
            });
        }
    }

    /// Writes pieces; where a first pronoun would be unclear, the name is told instead.
    fn pieces(&mut self, pieces: &'g [Piece], turn: Option<usize>, mut unclear: bool) {
        for (at, piece) in pieces.iter().enumerate() {
            if let Piece::Token {
                token: Token::Name(who),
                ..
            } = piece
                && std::mem::take(&mut self.seam.goes_on)
                && at == 0
                && pieces.get(1).is_some_and(goes_straight_on)
            {
                let pronoun = Token::Pronoun {
                    who: *who,
                    form: Form::Subject,
                    verb: None,
                };
                let value = self.value(&pronoun, turn, false);
                self.push(&value, true);
                continue;
            }
            match piece {
                Piece::Text(text) => self.text(text),
                Piece::Break => self.end_paragraph(),
                Piece::Token {
                    token,
                    capital: upper,
                } => {
                    if let Some(part) = part_of(token) {
                        self.part(token, part, (turn, *upper), unclear);
                    } else {
                        self.quotes_theme = self.theme_speaks && open_quote(&self.open);
                        let value = self.value(token, turn, unclear);
                        self.push(&value, *upper);
                    }
                    unclear = false;
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        // A name may end in a dot of its own.
        let dotted = self.open.ends_with('.') && text.starts_with('.');
        let text = if dotted {
            text.trim_start_matches('.')
        } else {
            text
        };
        let text = if self.open.is_empty() {
            text.trim_start()
        } else {
            text
        };
        let begins = self.open.is_empty();
        if begins {
            self.open.push_str(&capital(text));
        } else {
            self.open.push_str(text);
        }
    }

    fn part(
        &mut self,
        token: &Token,
        part: PickPart,
        (turn, upper): (Option<usize>, bool),
        unclear: bool,
    ) {
        let Some(alt) = fact(&self.draft.facts, part).or_else(|| self.first(part)) else {
            return;
        };
        let from = self.open.len();
        let starts = upper || self.at_sentence_start();
        self.pieces(&alt.pieces, turn, unclear);
        if let Some(told) = self.open.get(from..).map(str::to_owned) {
            self.open.truncate(from);
            let comma = matches!(token, Token::PickComma(_)) && told.contains(',');
            self.open
                .push_str(&if starts { capital(&told) } else { told });
            self.open.push_str(if comma { "," } else { "" });
        }
    }

    /// A part that no sentence settled: only titles and teasers name such.
    fn first(&self, part: PickPart) -> Option<&'g Alt> {
        let option = self.casting.chosen(part.pick)?;
        option
            .part(part.part)?
            .iter()
            .find(|alt| self.stage.allows(alt))
    }

    fn push(&mut self, value: &str, upper: bool) {
        if matches!(
            value.split(' ').next(),
            Some("two" | "three" | "four" | "some" | "many")
        ) && self.open.ends_with("there was ")
        {
            self.open.truncate(self.open.len() - "was ".len());
            self.open.push_str("were ");
        }
        let upper = upper || self.at_sentence_start();
        self.open.push_str(&if upper {
            capital(value)
        } else {
            value.to_owned()
        });
    }

    fn at_sentence_start(&self) -> bool {
        let out = self.open.as_str();
        if let Some(before) = out.strip_suffix('“') {
            let before = before.trim_end();
            return !before.ends_with(|c: char| c == ',' || c.is_lowercase());
        }
        out.is_empty()
            || [". ", "! ", "? ", "… ", ".” "]
                .iter()
                .any(|end| out.ends_with(end))
    }
}

/// Whether a verb follows: not “Mira, who” or “Mira and”.
fn goes_straight_on(piece: &Piece) -> bool {
    let Piece::Text(text) = piece else {
        return false;
    };
    let next = text
        .strip_prefix(' ')
        .and_then(|rest| rest.split(' ').next());
    next.is_some_and(|word| word != "and" && word.starts_with(char::is_alphabetic))
}
