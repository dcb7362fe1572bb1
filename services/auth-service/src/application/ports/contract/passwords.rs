use kernel::EmailAddress;

use super::super::{PasswordRefused, Passwords, Verdict};
use crate::domain::{KnownWords, Password, PasswordHash};

/// What `Passwords` promises. `older` stands for the same with older rules.
pub async fn passwords(passwords: &dyn Passwords, older: &dyn Passwords) {
    let mine = Password::typed("orbit walnut lantern").unwrap();
    let other = Password::typed("orbit walnut lanterns").unwrap();

    let kept = passwords.hash(&mine).await.unwrap();
    assert_ne!(passwords.hash(&mine).await.unwrap(), kept, "salted");
    let verify = async |password, kept| passwords.verify(password, kept).await.unwrap();
    assert_eq!(verify(&mine, Some(&kept)).await, Verdict::Right);
    assert_eq!(verify(&other, Some(&kept)).await, Verdict::Wrong);
    assert_eq!(verify(&mine, None).await, Verdict::Wrong);

    let outdated = older.hash(&mine).await.unwrap();
    assert_eq!(
        verify(&mine, Some(&outdated)).await,
        Verdict::RightButOutdated
    );
    assert_eq!(verify(&other, Some(&outdated)).await, Verdict::Wrong);

    let email = EmailAddress::parse("mira@example.org").unwrap();
    let known = KnownWords::about(&email, None);
    let chosen = passwords.choose(&mine, &known).await.unwrap();
    assert_eq!(verify(&mine, Some(&chosen)).await, Verdict::Right);
    let weak = Password::typed("mira@example.org").unwrap();
    let refused = passwords.choose(&weak, &known).await;
    assert!(matches!(refused, Err(PasswordRefused::Weak(_))));

    let garbage = PasswordHash("no hash at all".to_owned());
    assert!(passwords.verify(&mine, Some(&garbage)).await.is_err());
}
