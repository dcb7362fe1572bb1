//! Rules from a TOML file.

mod follow;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::domain::{OnStoreError, Pattern, Rule, RuleError, Rules};

pub use follow::follow;

/// The rules that ship by default.
pub const BUILT_IN: &str = include_str!("../../../rules.toml");

/// Why a rules file is refused.
#[derive(Debug, thiserror::Error)]
pub enum BadRules {
    #[error("the rules file {} cannot be read: {source}", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the rules are malformed: {0}")]
    Malformed(#[from] toml::de::Error),
    #[error("the rules make no sense: {0}")]
    Nonsense(#[from] RuleError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesFile {
    domain: String,
    rule: Vec<RuleEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleEntry {
    name: String,
    r#match: Vec<PatternEntry>,
    tokens: u32,
    period_s: u32,
    burst: Option<u32>,
    #[serde(default)]
    on_store_error: OnStoreErrorEntry,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PatternEntry {
    key: String,
    value: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OnStoreErrorEntry {
    #[default]
    Local,
    Deny,
    Allow,
}

/// The rules of a file.
pub fn load(path: &Path) -> Result<Rules, BadRules> {
    let text = std::fs::read_to_string(path).map_err(|source| BadRules::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    parse(&text)
}

/// The rules of a text.
pub fn parse(text: &str) -> Result<Rules, BadRules> {
    let file: RulesFile = toml::from_str(text)?;
    let rules = file.rule.into_iter().map(Rule::from).collect();
    Ok(Rules::new(file.domain, rules)?)
}

impl From<RuleEntry> for Rule {
    fn from(entry: RuleEntry) -> Self {
        let pattern = |it: PatternEntry| Pattern {
            key: it.key,
            value: it.value,
        };
        Self {
            name: entry.name,
            pattern: entry.r#match.into_iter().map(pattern).collect(),
            tokens: entry.tokens,
            period: Duration::from_secs(entry.period_s.into()),
            burst: entry.burst.unwrap_or(entry.tokens),
            on_store_error: match entry.on_store_error {
                OnStoreErrorEntry::Local => OnStoreError::Local,
                OnStoreErrorEntry::Deny => OnStoreError::Deny,
                OnStoreErrorEntry::Allow => OnStoreError::Allow,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Descriptor;

    #[track_caller]
    fn check(route: &str, key: &str, expected: (&str, u32, u64)) {
        let entries = vec![
            ("route".to_owned(), route.to_owned()),
            (key.to_owned(), "x".to_owned()),
        ];
        let descriptor = Descriptor {
            entries,
            limit: None,
            cost: 1,
        };
        let limit = parse(BUILT_IN)
            .unwrap()
            .limits("storyloom", &descriptor)
            .remove(0);
        let got = (limit.rule.as_str(), limit.tokens, limit.period.as_secs());
        assert_eq!(got, expected);
    }

    #[test]
    fn the_built_in_limits_are_as_documented() {
        check("POST /v1/auth/login", "ip", ("login-ip", 5, 60));
        check("POST /v1/auth/login", "identity", ("login-identity", 5, 60));
        check("POST /v1/auth/register", "ip", ("register-ip", 3, 3600));
        check(
            "POST /v1/auth/register/verify",
            "ip",
            ("verify-ip", 10, 600),
        );
        check("POST /v1/auth/register/resend", "ip", ("resend-ip", 3, 600));
        check(
            "POST /v1/auth/register/resend",
            "identity",
            ("resend-identity", 3, 600),
        );
        check("POST /v1/auth/token/refresh", "ip", ("refresh-ip", 30, 60));
        check("POST /v1/stories", "ip", ("stories-ip", 10, 60));
        check("GET /v1/me", "ip", ("other-ip", 100, 60));
    }

    #[test]
    fn a_bad_file_is_refused_with_the_reason() {
        let said = parse("domain = 'x'\n[[rule]]\nname = 'a'\nlimit = 3").unwrap_err();
        assert!(said.to_string().contains("limit"), "{said}");
        let said = parse("domain = 'x'\nrule = [{name='a', match=[], tokens=1, period_s=1}]");
        assert!(matches!(said, Err(BadRules::Nonsense(_))));
        let said = load(Path::new("/nowhere")).unwrap_err();
        assert!(said.to_string().contains("/nowhere"), "{said}");
    }
}
