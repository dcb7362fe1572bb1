use serde_json::{Map, Value, json};

/// What the story is to be like.
#[derive(clap::Args)]
pub struct StoryOptions {
    /// What it is about
    #[arg(long, default_value = "a lantern that is afraid of the dark")]
    theme: String,
    /// The name of the hero
    #[arg(long, default_value = "Mira")]
    pub hero: String,
    /// she, he or they
    #[arg(long, default_value = "she")]
    pronouns: String,
    /// What the hero is: child, cat, robot, dragon …
    #[arg(long, default_value = "child")]
    kind: String,
    /// Somebody else in it, as Name:kind:pronouns; may be repeated
    #[arg(long, value_parser = companion)]
    cast: Vec<Value>,
    /// Where it happens
    #[arg(long)]
    place: Option<String>,
    /// cosy, funny, brave, dreamy or thoughtful
    #[arg(long)]
    tone: Option<String>,
    /// bedtime, adventure, mystery, sea …
    #[arg(long)]
    genre: Option<String>,
    /// 3-5, 6-8, 9-12 or adult
    #[arg(long)]
    age_band: Option<String>,
    /// How long it is, 150 to 1200
    #[arg(long)]
    words: Option<u32>,
    /// The same number and wishes give the same story
    #[arg(long)]
    seed: Option<u64>,
    /// What must not appear; may be repeated
    #[arg(long)]
    avoid: Vec<String>,
    /// The password of the new account; made up if it is not given
    #[arg(long)]
    pub password: Option<String>,
}

impl StoryOptions {
    /// What holds for all stories of this reader.
    pub fn preferences(&self) -> Value {
        let mut wishes = Map::new();
        let hero = json!({"name": self.hero, "pronouns": self.pronouns, "kind": self.kind});
        wishes.insert("hero".to_owned(), hero);
        let texts = [
            ("place", &self.place),
            ("tone", &self.tone),
            ("genre", &self.genre),
            ("age_band", &self.age_band),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                wishes.insert(name.to_owned(), json!(value));
            }
        }
        if let Some(words) = self.words {
            wishes.insert("words".to_owned(), json!(words));
        }
        if !self.cast.is_empty() {
            wishes.insert("cast".to_owned(), json!(self.cast));
        }
        if !self.avoid.is_empty() {
            wishes.insert("avoid".to_owned(), json!(self.avoid));
        }
        Value::Object(wishes)
    }

    /// What is asked of this one.
    pub fn wish(&self) -> Value {
        let mut wish = json!({"theme": self.theme});
        if let (Some(seed), Value::Object(wish)) = (self.seed, &mut wish) {
            wish.insert("seed".to_owned(), json!(seed));
        }
        wish
    }
}

/// `Otto:dog:he`; kind and pronouns may be left out.
fn companion(text: &str) -> Result<Value, String> {
    let mut parts = text.split(':').map(str::trim);
    let name = parts.next().filter(|it| !it.is_empty());
    let name = name.ok_or("a name is needed, as in Otto:dog:he")?;
    let kind = parts.next().unwrap_or("child");
    let pronouns = parts.next().unwrap_or("they");
    match parts.next() {
        None => Ok(json!({"name": name, "kind": kind, "pronouns": pronouns})),
        Some(_) => Err("Name:kind:pronouns is all".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companions_are_name_kind_and_pronouns() {
        let otto = json!({"name": "Otto", "kind": "dog", "pronouns": "he"});
        assert_eq!(companion("Otto:dog:he"), Ok(otto));
        let ada = json!({"name": "Ada", "kind": "child", "pronouns": "they"});
        assert_eq!(companion("Ada"), Ok(ada));
        assert!(companion("").is_err());
        assert!(companion("a:b:c:d").is_err());
    }
}
