/// How long logs are kept: a number of days, hours, minutes or seconds, such as `30d`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention(String);

/// It is not that.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a number of days, hours, minutes or seconds, such as 30d, not {0:?}")]
pub struct BadRetention(String);

impl Retention {
    /// Parses outside input.
    pub fn parse(text: &str) -> Result<Self, BadRetention> {
        let number = text.strip_suffix(['d', 'h', 'm', 's']);
        let counts = |number: &str| number.parse::<u32>().is_ok_and(|it| it > 0);
        if number.is_some_and(counts) {
            return Ok(Self(text.to_owned()));
        }
        Err(BadRetention(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_number_with_a_unit() {
        for text in ["30d", "1h", "5m", "7s"] {
            assert_eq!(Retention::parse(text).unwrap().as_str(), text);
        }
        for text in ["", "d", "0d", "30", "-1d", "1.5d", "1w", "30 d"] {
            assert!(Retention::parse(text).is_err(), "{text}");
        }
    }
}
