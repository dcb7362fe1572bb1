use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use async_trait::async_trait;

use crate::application::ports::{PasswordRefused, Passwords, Verdict, contract};
use crate::domain::{KnownWords, Password, PasswordHash};

/// "Hashes" by writing down rules, salt and password.
#[derive(Default)]
pub struct FakePasswords {
    rules: AtomicU32,
    salt: AtomicU32,
    verified: AtomicU32,
    busy: AtomicBool,
}

impl FakePasswords {
    pub fn be_busy(&self) {
        self.busy.store(true, Ordering::SeqCst);
    }

    pub fn change_rules(&self) {
        self.rules.fetch_add(1, Ordering::SeqCst);
    }

    /// How often passwords were compared.
    pub fn verified(&self) -> u32 {
        self.verified.load(Ordering::SeqCst)
    }

    fn idle(&self) -> Result<(), PasswordRefused> {
        if self.busy.load(Ordering::SeqCst) {
            return Err(PasswordRefused::Busy);
        }
        Ok(())
    }
}

#[async_trait]
impl Passwords for FakePasswords {
    async fn choose(
        &self,
        password: &Password,
        known: &KnownWords,
    ) -> Result<PasswordHash, PasswordRefused> {
        password.resists(known)?;
        self.hash(password).await
    }

    async fn hash(&self, password: &Password) -> Result<PasswordHash, PasswordRefused> {
        self.idle()?;
        let rules = self.rules.load(Ordering::SeqCst);
        let salt = self.salt.fetch_add(1, Ordering::SeqCst);
        let password = String::from_utf8_lossy(password.as_bytes());
        Ok(PasswordHash(format!("{rules}$ {salt} ${password}")))
    }

    async fn verify(
        &self,
        password: &Password,
        kept: Option<&PasswordHash>,
    ) -> Result<Verdict, PasswordRefused> {
        self.idle()?;
        self.verified.fetch_add(1, Ordering::SeqCst);
        let Some(kept) = kept else {
            return Ok(Verdict::Wrong);
        };
        let parts: Vec<_> = kept.0.splitn(3, '$').collect();
        let [rules, _, typed] = parts[..] else {
            return Err(PasswordRefused::Failed("not a hash".into()));
        };
        if typed.as_bytes() != password.as_bytes() {
            return Ok(Verdict::Wrong);
        }
        if rules == self.rules.load(Ordering::SeqCst).to_string() {
            return Ok(Verdict::Right);
        }
        Ok(Verdict::RightButOutdated)
    }
}

#[tokio::test]
async fn keeps_the_contract() {
    let (present, older) = (FakePasswords::default(), FakePasswords::default());
    older.change_rules();
    contract::passwords(&present, &older).await;
}
