use std::fmt;

/// What the readers of a story are told while it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The story is planned and begins. May come again: another worker begins anew.
    Plan { title: String, beats: u32 },
    /// A scene begins; the first one is 0.
    Scene { index: u32 },
    /// The text goes on.
    Chunk { text: String },
    /// It can be read.
    Ready,
    /// It was mailed.
    Delivered,
    /// It could not be written; holds the stable code of a problem.
    Failed { code: String },
    /// Its reader wants it no more.
    Cancelled,
}

/// Where a piece of news stands among those of its story; later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewsId {
    ms: u64,
    number: u64,
}

impl NewsId {
    /// Parses `<milliseconds>-<number>`.
    pub fn parse(input: &str) -> Option<Self> {
        let (ms, number) = input.split_once('-')?;
        Some(Self {
            ms: ms.parse().ok()?,
            number: number.parse().ok()?,
        })
    }
}

impl fmt::Display for NewsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ordered_as_numbers() {
        let id = |text| NewsId::parse(text).unwrap();
        assert!(id("9-10") > id("9-9"));
        assert!(id("10-0") > id("9-99"));
        assert_eq!(id("1714-3").to_string(), "1714-3");
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for bad in [
            "",
            "5",
            "a-1",
            "1-",
            "-1-2",
            "1-2-3",
            "99999999999999999999-0",
        ] {
            assert_eq!(NewsId::parse(bad), None, "{bad}");
        }
    }
}
