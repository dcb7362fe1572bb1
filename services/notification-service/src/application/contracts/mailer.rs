use kernel::EmailAddress;

use crate::application::ports::{Mailer, SendError};
use crate::domain::{Code, Content, Letter, MessageId, Verification};

/// A letter that any mailer can send.
pub fn letter() -> Letter {
    Letter {
        message_id: MessageId::kept("1@mail.example.org".to_owned()),
        to: EmailAddress::parse("mira@example.org").unwrap(),
        content: Content::VerifyEmail(Verification {
            code: Code::parse("01234567").unwrap(),
            expires_in: 600,
        }),
    }
}

/// The error of a letter that could not be sent.
pub async fn refusal(mailer: &dyn Mailer) -> SendError {
    match mailer.offer(&letter()).await {
        Ok(offer) => offer.hand_over().await.unwrap_err(),
        Err(error) => error,
    }
}

/// `taken` lists the message ids that the server took.
pub async fn a_letter_is_handed_over_not_before_it_is_told_to(
    mailer: &dyn Mailer,
    taken: impl AsyncFn() -> Vec<String>,
) {
    let offer = mailer.offer(&letter()).await.unwrap();
    assert!(taken().await.is_empty());
    offer.hand_over().await.unwrap();
    assert_eq!(taken().await, ["1@mail.example.org"]);
    drop(mailer.offer(&letter()).await.unwrap());
    assert_eq!(taken().await.len(), 1);
}

/// The server is away.
pub async fn an_absent_server_judges_nothing(mailer: &dyn Mailer) {
    let error = refusal(mailer).await;
    assert!(matches!(error, SendError::Unavailable(_)), "{error}");
}

/// The server answers `reply`, 4xx, to the recipient.
pub async fn not_now_is_not_never(mailer: &dyn Mailer, reply: u16) {
    let error = refusal(mailer).await;
    assert!(
        matches!(error, SendError::NotNow(r) if r == reply),
        "{error}"
    );
}

/// The server answers `reply`, 5xx, to the recipient or to the letter.
pub async fn never_is_never(mailer: &dyn Mailer, reply: u16) {
    let error = refusal(mailer).await;
    assert!(
        matches!(error, SendError::Never(r) if r == reply),
        "{error}"
    );
}

/// The server says nothing after the letter.
pub async fn silence_after_the_letter_is_no_answer(mailer: &dyn Mailer) {
    let error = refusal(mailer).await;
    assert!(matches!(error, SendError::Unanswered(_)), "{error}");
}
