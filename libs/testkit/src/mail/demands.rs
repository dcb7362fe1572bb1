use super::wire::Identity;

/// What a mail sink demands of those who bring it mails; by default nothing.
#[derive(Debug, Clone, Default)]
pub struct Demands {
    /// How the talk is encrypted.
    pub tls: MailTls,
    /// Who may bring mails; if nobody is named, anybody.
    pub login: Option<Login>,
}

/// Whether a mail sink talks encrypted.
#[derive(Debug, Clone, Default)]
pub enum MailTls {
    /// It cannot.
    #[default]
    None,
    /// It takes neither sign-in nor mail before STARTTLS.
    StartTls(Identity),
    /// From the first byte.
    Implicit(Identity),
}

/// A name and its password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Login {
    /// Who.
    pub name: &'static str,
    /// What proves it.
    pub password: &'static str,
}
