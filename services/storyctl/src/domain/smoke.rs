/// Somebody who signs up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Where mails go.
    pub email: String,
    /// What proves who it is.
    pub password: String,
}

/// How far a story is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It is asked for, written, or on its way.
    UnderWay(String),
    /// It was mailed.
    Delivered,
    /// Nothing will come of it.
    Lost(String),
}

impl Progress {
    /// What the status of a story means.
    pub fn of(status: &str) -> Self {
        match status {
            "delivered" => Self::Delivered,
            "failed" | "cancelled" => Self::Lost(status.to_owned()),
            other => Self::UnderWay(other.to_owned()),
        }
    }
}

/// The code in a mail: eight digits, alone on a line.
pub fn code_in(text: &str) -> Option<&str> {
    let is_code = |line: &&str| line.len() == 8 && line.bytes().all(|it| it.is_ascii_digit());
    text.lines().map(str::trim).find(is_code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_stands_alone_on_its_line() {
        assert_eq!(code_in("Hello,\n\n  01234567\r\n\nBye"), Some("01234567"));
        assert_eq!(code_in("call 01234567 now\n0123456\n"), None);
    }
}
