use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use kernel::{EmailAddress, SessionId, UserId};
use time::OffsetDateTime;

use crate::application::ports::contract::{self, Accounts};
use crate::application::ports::{
    Completed, Completion, Credentials, Ending, Once, Opened, Registrations, Renewal, Renewed,
    Rotation, Sessions, Unavailable, Users,
};
use crate::domain::{
    Mail, NewRegistration, NewSession, PasswordHash, Registration, RegistrationId, Session,
    Timezone, User,
};

/// Registrations, users and sessions in one place, as the database has them.
#[derive(Default)]
pub struct FakeAccounts(Mutex<State>);

#[derive(Default)]
struct State {
    registrations: HashMap<RegistrationId, KeptRegistration>,
    users: Vec<KeptUser>,
    sessions: Vec<Session>,
    mails: Vec<Mail>,
    once: Vec<Once>,
}

struct KeptRegistration {
    registration: Registration,
    password: PasswordHash,
    began: OffsetDateTime,
    mailed_at: OffsetDateTime,
    resent_at: Vec<OffsetDateTime>,
}

struct KeptUser {
    user: User,
    password: PasswordHash,
    active: bool,
}

impl FakeAccounts {
    /// What was queued, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.state().mails.clone()
    }

    pub fn registration(&self, id: RegistrationId) -> Registration {
        self.state().registrations[&id].registration.clone()
    }

    pub fn disable(&self, id: UserId) {
        self.state().kept_user(id).unwrap().active = false;
    }

    pub fn password(&self, id: UserId) -> PasswordHash {
        self.state().kept_user(id).unwrap().password.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn kept_user(&mut self, id: UserId) -> Option<&mut KeptUser> {
        self.users.iter_mut().find(|it| it.user.id == id)
    }

    fn at_address(&self, email: &EmailAddress) -> Option<&KeptUser> {
        let same = |it: &&KeptUser| it.user.email.canonical() == email.canonical();
        self.users.iter().find(same)
    }

    fn is_active(&self, id: UserId) -> bool {
        self.users.iter().any(|it| it.user.id == id && it.active)
    }

    fn mail(&mut self, registration: &Registration) {
        self.mails.push(match registration.account {
            None => Mail::VerifyEmail(registration.id),
            Some(owner) => Mail::AccountExists(owner),
        });
    }

    fn resent_since(&self, email: &EmailAddress, since: OffsetDateTime) -> Vec<OffsetDateTime> {
        let same = |it: &&KeptRegistration| it.registration.email.canonical() == email.canonical();
        let all = self.registrations.values().filter(same);
        let mut resent: Vec<_> = all.flat_map(|it| it.resent_at.clone()).collect();
        resent.retain(|at| *at > since);
        resent.sort();
        resent
    }

    fn keep_session(&mut self, user: UserId, new: &NewSession) {
        self.sessions.push(Session {
            id: new.id,
            user,
            seed: new.seed,
            generation: NewSession::FIRST,
            token_hash: new.token_hash,
            created_at: new.at,
            rotated_at: new.at,
            expires_at: new.expires_at,
            revoked: false,
            user_active: true,
        });
        let mut live: Vec<_> = self.sessions.iter_mut().collect();
        live.retain(|it| it.user == user && !it.revoked);
        live.sort_by_key(|it| it.created_at);
        let too_many = live.len().saturating_sub(new.most as usize);
        live.into_iter()
            .take(too_many)
            .for_each(|it| it.revoked = true);
    }
}

#[async_trait]
impl Registrations for FakeAccounts {
    async fn open(
        &self,
        new: &NewRegistration,
        once: Option<&Once>,
    ) -> Result<Opened, Unavailable> {
        let mut state = self.state();
        if let Some(once) = once {
            let same =
                |it: &&Once| (&it.owner, it.route, &it.key) == (&once.owner, once.route, &once.key);
            if let Some(before) = state.once.iter().find(same) {
                if before.fingerprint == once.fingerprint {
                    return Ok(Opened::Before(before.answer.clone()));
                }
                return Ok(Opened::KeyReused);
            }
            state.once.push(once.clone());
        }
        let registration = Registration {
            id: new.id,
            email: new.email.clone(),
            display_name: new.display_name.clone(),
            locale: new.locale.clone(),
            nonce: new.nonce,
            account: state.at_address(&new.email).map(|it| it.user.id),
            expires_at: new.expires_at,
            used: false,
            locked: false,
        };
        state.mail(&registration);
        let kept = KeptRegistration {
            registration,
            password: new.password.clone(),
            began: new.at,
            mailed_at: new.at,
            resent_at: Vec::new(),
        };
        state.registrations.insert(new.id, kept);
        Ok(Opened::Now)
    }

    async fn find(&self, id: RegistrationId) -> Result<Option<Registration>, Unavailable> {
        let state = self.state();
        Ok(state
            .registrations
            .get(&id)
            .map(|it| it.registration.clone()))
    }

    async fn renew(&self, renewal: &Renewal) -> Result<Renewed, Unavailable> {
        let mut state = self.state();
        let (at, rules) = (renewal.at, renewal.rules);
        let Some(kept) = state.registrations.get(&renewal.id) else {
            return Ok(Renewed::Over);
        };
        if kept.registration.remaining(at).is_none() {
            return Ok(Renewed::Over);
        }
        let day = Duration::from_hours(24);
        let resent = state.resent_since(&kept.registration.email, at - day);
        let oldest_that_counts = resent.iter().rev().nth(rules.resends_a_day as usize - 1);
        let allowed = (kept.mailed_at + rules.resend_after)
            .max(oldest_that_counts.map_or(at, |resent| *resent + day));
        if allowed > at {
            return Ok(Renewed::TooEarly((allowed - at).unsigned_abs()));
        }
        let kept = state.registrations.get_mut(&renewal.id).unwrap();
        kept.mailed_at = at;
        kept.resent_at.push(at);
        kept.registration.nonce = renewal.nonce;
        kept.registration.expires_at = at + rules.life;
        let renewed = kept.registration.clone();
        state.mail(&renewed);
        Ok(Renewed::Done(renewed))
    }

    async fn lock(&self, id: RegistrationId, _: OffsetDateTime) -> Result<(), Unavailable> {
        if let Some(kept) = self.state().registrations.get_mut(&id) {
            kept.registration.locked |= !kept.registration.used;
        }
        Ok(())
    }

    async fn complete(&self, completion: &Completion) -> Result<Completed, Unavailable> {
        let mut state = self.state();
        let at = completion.session.at;
        let Some(kept) = state.registrations.get_mut(&completion.id) else {
            return Ok(Completed::Lost);
        };
        if kept.registration.remaining(at).is_none() || kept.registration.account.is_some() {
            return Ok(Completed::Lost);
        }
        if kept.registration.nonce != completion.nonce {
            return Ok(Completed::Outdated);
        }
        kept.registration.used = true;
        let (from, password) = (kept.registration.clone(), kept.password.clone());
        if state.at_address(&from.email).is_some() {
            return Ok(Completed::Lost);
        }
        let user = User {
            id: completion.user,
            email: from.email,
            display_name: from.display_name,
            locale: from.locale,
            timezone: Timezone::default(),
            created_at: at,
            version: 1,
        };
        let active = true;
        state.users.push(KeptUser {
            user,
            password,
            active,
        });
        state.keep_session(completion.user, &completion.session);
        Ok(Completed::Won)
    }

    async fn forget_before(
        &self,
        began: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<(), Unavailable> {
        let mut state = self.state();
        state.registrations.retain(|_, it| it.began >= began);
        state.once.retain(|it| it.expires_at > now);
        Ok(())
    }
}

#[async_trait]
impl Users for FakeAccounts {
    async fn credentials(&self, email: &EmailAddress) -> Result<Option<Credentials>, Unavailable> {
        Ok(self.state().at_address(email).map(|it| Credentials {
            user: it.user.id,
            password: Some(it.password.clone()),
            active: it.active,
        }))
    }

    async fn rehash(
        &self,
        id: UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<(), Unavailable> {
        let mut state = self.state();
        let kept = state.kept_user(id).filter(|it| it.password == *old);
        if let Some(kept) = kept {
            kept.password = new.clone();
        }
        Ok(())
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, Unavailable> {
        let mut state = self.state();
        let kept = state.kept_user(id).filter(|it| it.active);
        Ok(kept.map(|it| it.user.clone()))
    }

    async fn save(&self, user: &User, _: OffsetDateTime) -> Result<bool, Unavailable> {
        let mut state = self.state();
        let kept = state.kept_user(user.id);
        let Some(kept) = kept.filter(|it| it.user.version + 1 == user.version) else {
            return Ok(false);
        };
        kept.user = user.clone();
        Ok(true)
    }

    async fn reachable(&self, id: UserId) -> Result<Option<User>, Unavailable> {
        Ok(self.state().kept_user(id).map(|it| it.user.clone()))
    }
}

#[async_trait]
impl Sessions for FakeAccounts {
    async fn open(&self, user: UserId, new: &NewSession) -> Result<bool, Unavailable> {
        let mut state = self.state();
        if !state.is_active(user) {
            return Ok(false);
        }
        state.keep_session(user, new);
        Ok(true)
    }

    async fn find(&self, id: SessionId) -> Result<Option<Session>, Unavailable> {
        let state = self.state();
        let found = state.sessions.iter().find(|it| it.id == id).cloned();
        Ok(found.map(|it| Session {
            user_active: state.is_active(it.user),
            ..it
        }))
    }

    async fn rotate(&self, rotation: &Rotation) -> Result<bool, Unavailable> {
        let mut state = self.state();
        let live = |it: &&mut Session| {
            it.id == rotation.session && !it.revoked && it.expires_at > rotation.at
        };
        let found = state.sessions.iter_mut().find(live);
        let Some(session) = found.filter(|it| (it.generation, it.token_hash) == rotation.from)
        else {
            return Ok(false);
        };
        session.generation += 1;
        session.token_hash = rotation.to.0;
        session.rotated_at = rotation.at;
        session.expires_at = rotation.expires_at;
        Ok(true)
    }

    async fn end_replayed(
        &self,
        id: SessionId,
        _: Option<IpAddr>,
        _: OffsetDateTime,
    ) -> Result<bool, Unavailable> {
        let mut state = self.state();
        let live = |it: &&mut Session| it.id == id && !it.revoked;
        let Some(session) = state.sessions.iter_mut().find(live) else {
            return Ok(false);
        };
        session.revoked = true;
        let user = session.user;
        state.mails.push(Mail::SecurityNotice(user));
        Ok(true)
    }

    async fn end(
        &self,
        user: UserId,
        which: Ending,
        _: OffsetDateTime,
    ) -> Result<u64, Unavailable> {
        let mut state = self.state();
        let meant = |it: &&mut Session| {
            let chosen = match which {
                Ending::This(id) => it.id == id,
                Ending::Others(id) => it.id != id,
                Ending::All => true,
            };
            chosen && it.user == user && !it.revoked
        };
        let ended = state.sessions.iter_mut().filter(meant);
        Ok(ended.map(|it| it.revoked = true).count() as u64)
    }
}

fn ports(fake: &FakeAccounts) -> Accounts<'_, impl AsyncFn() -> Vec<Mail>> {
    Accounts {
        registrations: fake,
        users: fake,
        sessions: fake,
        mails: async || fake.mails(),
    }
}

#[tokio::test]
async fn keeps_the_contract_of_registrations() {
    contract::registrations(ports(&FakeAccounts::default())).await;
}

#[tokio::test]
async fn keeps_the_contract_of_users() {
    contract::users(ports(&FakeAccounts::default())).await;
}

#[tokio::test]
async fn keeps_the_contract_of_sessions() {
    contract::sessions(ports(&FakeAccounts::default())).await;
}
