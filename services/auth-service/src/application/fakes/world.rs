use std::sync::Arc;
use std::time::Duration;

use kernel::{EmailAddress, TimeOrderedIds, UserId};

use super::{FakeAccessTokens, FakeAccounts, FakeChance, FakeClock, FakeCodes, FakePasswords};
use crate::application::ports::Users as _;
use crate::application::{
    Login, LoginError, RefreshSession, RefreshSessionError, Register, Registered, ResendCode,
    ShowVerification, SignIn, TokenPair, TokenPairs, VerifyRegistration, VerifyRegistrationError,
    Wish,
};
use crate::domain::{
    Code, CodeKeys, CodeRules, Device, Locale, Password, RefreshKey, RefreshKeys, RefreshToken,
    RegistrationId, SessionRules,
};

const PASSWORD: &str = "orbit walnut lantern";

pub const CODE_RULES: CodeRules = CodeRules {
    life: Duration::from_mins(10),
    tries: 5,
    resend_after: Duration::from_mins(1),
    resends_a_day: 5,
};

pub const SESSION_RULES: SessionRules = SessionRules {
    idle: Duration::from_hours(14 * 24),
    absolute: Duration::from_hours(90 * 24),
    grace: Duration::from_secs(10),
    most: 20,
};

/// All fakes, and the use cases on top of them.
#[derive(Default)]
pub struct World {
    pub accounts: Arc<FakeAccounts>,
    pub codes: Arc<FakeCodes>,
    pub passwords: Arc<FakePasswords>,
    pub clock: Arc<FakeClock>,
    chance: Arc<FakeChance>,
}

impl World {
    /// A world in which mira@example.org has just signed in.
    pub async fn signed_in() -> (Self, TokenPair) {
        let world = Self::default();
        world.sign_up("mira@example.org").await;
        let pair = world.login("mira@example.org").await.unwrap();
        (world, pair)
    }

    /// What somebody at this address registers with.
    pub fn wish(email: &str) -> Wish {
        Wish {
            email: address(email),
            password: Password::typed(PASSWORD).unwrap(),
            display_name: None,
            locale: Locale::default(),
        }
    }

    pub fn register_use_case(&self) -> Register {
        let accounts = self.accounts.clone();
        let names = (self.clock.clone() as _, Arc::new(TimeOrderedIds) as _);
        Register::new(
            accounts,
            self.passwords.clone(),
            self.chance.clone(),
            names,
            CODE_RULES,
        )
    }

    pub fn resend_use_case(&self) -> ResendCode {
        let chance = (self.chance.clone() as _, self.clock.clone() as _);
        let rules = (keys(), CODE_RULES);
        ResendCode::new(self.accounts.clone(), self.codes.clone(), rules, chance)
    }

    pub fn show_verification(&self) -> ShowVerification {
        let accounts = self.accounts.clone();
        ShowVerification::new(accounts, self.codes.clone(), keys(), self.clock.clone())
    }

    pub async fn register(&self, email: &str) -> Registered {
        let registered = self.register_use_case().run(Self::wish(email), None).await;
        registered.unwrap()
    }

    /// Registers; answers the id.
    pub async fn registration(&self, email: &str) -> RegistrationId {
        match self.register(email).await {
            Registered::Now(mailed) => mailed.registration,
            Registered::Before(_) => panic!("it is new"),
        }
    }

    /// The code that the mail would carry.
    pub fn code(&self, id: RegistrationId) -> Code {
        self.accounts.registration(id).code(&keys()).unwrap()
    }

    /// Another code.
    pub fn wrong_code(&self, id: RegistrationId) -> Code {
        let right = self.accounts.registration(id).code(&keys());
        let codes = ["00000000", "00000001"].map(|code| Code::parse(code).unwrap());
        codes
            .into_iter()
            .find(|code| Some(code) != right.as_ref())
            .unwrap()
    }

    pub async fn verify(
        &self,
        id: RegistrationId,
        code: &Code,
    ) -> Result<TokenPair, VerifyRegistrationError> {
        self.verify_use_case()
            .run(id, code, Device::default())
            .await
    }

    pub fn verify_use_case(&self) -> VerifyRegistration {
        let (accounts, codes) = (self.accounts.clone(), self.codes.clone());
        let names = (self.clock.clone() as _, Arc::new(TimeOrderedIds) as _);
        let rules = (keys(), CODE_RULES);
        VerifyRegistration::new(accounts, codes, rules, self.pairs(), names)
    }

    /// Registers and verifies.
    pub async fn sign_up(&self, email: &str) -> UserId {
        let id = self.registration(email).await;
        self.verify(id, &self.code(id)).await.unwrap();
        self.user(email).await
    }

    pub async fn user(&self, email: &str) -> UserId {
        let found = self.accounts.credentials(&address(email)).await;
        found.unwrap().unwrap().user
    }

    pub async fn login(&self, email: &str) -> Result<TokenPair, LoginError> {
        self.login_with(email, PASSWORD).await
    }

    pub async fn login_with(&self, email: &str, password: &str) -> Result<TokenPair, LoginError> {
        let (users, sessions) = (self.accounts.clone(), self.accounts.clone());
        let clock = self.clock.clone();
        let login = Login::new(users, sessions, self.passwords.clone(), self.pairs(), clock);
        let sign_in = SignIn {
            email: address(email),
            password: Password::typed(password).unwrap(),
            device: Device::default(),
        };
        login.run(sign_in).await
    }

    pub async fn refresh(&self, token: &RefreshToken) -> Result<TokenPair, RefreshSessionError> {
        let refresh = RefreshSession::new(self.accounts.clone(), self.pairs(), self.clock.clone());
        refresh.run(token, None).await
    }

    fn pairs(&self) -> TokenPairs {
        let chance = (self.chance.clone() as _, Arc::new(TimeOrderedIds) as _);
        let access = Arc::new(FakeAccessTokens);
        let keys = RefreshKeys {
            current: RefreshKey::new(b"key"),
            other: None,
        };
        TokenPairs::new(keys, SESSION_RULES, access, chance)
    }
}

fn keys() -> CodeKeys {
    CodeKeys::derive(b"secret").unwrap()
}

fn address(email: &str) -> EmailAddress {
    EmailAddress::parse(email).unwrap()
}
