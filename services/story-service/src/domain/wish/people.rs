use super::{Kind, Name, Pronouns, WishError};

/// Whom the story is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hero {
    pub name: Name,
    pub pronouns: Pronouns,
    pub kind: Kind,
}

/// Somebody else in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CastMember {
    pub name: Name,
    pub pronouns: Pronouns,
    pub kind: Kind,
}

/// Everybody else in it: at most seven; the first is the companion.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cast(Vec<CastMember>);

impl Cast {
    pub const MAX: usize = 7;

    /// The only way to get a `Cast`.
    pub fn parse(members: Vec<CastMember>) -> Result<Self, WishError> {
        if members.len() > Self::MAX {
            return Err(WishError::TooMany(Self::MAX));
        }
        Ok(Self(members))
    }

    /// The members, the companion first.
    pub fn members(&self) -> &[CastMember] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_seven_come_along() {
        let otto = CastMember {
            name: Name::parse("Otto").unwrap(),
            pronouns: Pronouns::He,
            kind: Kind::Dog,
        };
        assert!(Cast::parse(vec![otto.clone(); 7]).is_ok());
        assert_eq!(Cast::parse(vec![otto; 8]), Err(WishError::TooMany(7)));
    }
}
