use super::super::{Answer, Completed, Completion, Once, Opened, Renewal, Renewed};
use super::*;
use crate::domain::FingerprintKey;

/// What `Registrations` promises.
pub async fn registrations<M: AsyncFn() -> Vec<Mail>>(accounts: Accounts<'_, M>) {
    accounts.an_opened_registration_is_found().await;
    accounts.a_known_address_gets_a_decoy().await;
    accounts.a_registration_becomes_one_user().await;
    accounts.a_replaced_code_makes_no_user().await;
    accounts.what_is_over_makes_no_user().await;
    accounts
        .a_code_is_renewed_after_a_while_and_only_so_often()
        .await;
    accounts.a_repeated_request_is_kept_once().await;
    accounts.old_ones_are_forgotten().await;
}

impl<M: AsyncFn() -> Vec<Mail>> Accounts<'_, M> {
    async fn an_opened_registration_is_found(&self) {
        assert_eq!(self.registrations.find(id(100)).await.unwrap(), None);
        let new = new_registration(100, "Found@example.org");
        let opened = self.registrations.open(&new, None).await.unwrap();
        assert_eq!(opened, Opened::Now);

        let found = self.registrations.find(id(100)).await.unwrap().unwrap();
        assert_eq!(found.email.as_str(), "Found@example.org");
        assert_eq!((found.nonce, found.expires_at), (new.nonce, new.expires_at));
        assert_eq!(
            (found.display_name, found.locale),
            (new.display_name, new.locale)
        );
        assert_eq!(
            (found.account, found.used, found.locked),
            (None, false, false)
        );
        assert_eq!((self.mails)().await, [Mail::VerifyEmail(id(100))]);
    }

    async fn a_known_address_gets_a_decoy(&self) {
        let owner = self.sign_up(110, "known@example.org").await;
        let new = new_registration(111, "Known@Example.org");
        self.registrations.open(&new, None).await.unwrap();
        let found = self.registrations.find(id(111)).await.unwrap().unwrap();
        assert_eq!(found.account, Some(owner));
        assert_eq!(
            (self.mails)().await.last(),
            Some(&Mail::AccountExists(owner))
        );

        let won = self.registrations.complete(&completion(111, 111)).await;
        assert_eq!(won.unwrap(), Completed::Lost);
    }

    async fn a_registration_becomes_one_user(&self) {
        self.sign_up(120, "once@example.org").await;
        let second = self.registrations.complete(&completion(120, 121)).await;
        assert_eq!(second.unwrap(), Completed::Lost);

        let credentials = self.users.credentials(&email("ONCE@example.org")).await;
        let credentials = credentials.unwrap().unwrap();
        assert_eq!(credentials.user, user(120));
        assert_eq!(
            credentials.password,
            Some(PasswordHash("a hash".to_owned()))
        );
        let session = SessionId(Uuid::from_u128(120));
        let session = self.sessions.find(session).await.unwrap().unwrap();
        assert!(session.user == user(120) && session.user_active && !session.revoked);

        // Two registrations of an address that was free: the second to be proved loses.
        for number in [122, 123] {
            let new = new_registration(number, "race@example.org");
            self.registrations.open(&new, None).await.unwrap();
        }
        let first = self.registrations.complete(&completion(122, 122)).await;
        assert_eq!(first.unwrap(), Completed::Won);
        let second = self.registrations.complete(&completion(123, 123)).await;
        assert_eq!(second.unwrap(), Completed::Lost);
    }

    async fn a_replaced_code_makes_no_user(&self) {
        let new = new_registration(130, "replaced@example.org");
        self.registrations.open(&new, None).await.unwrap();
        let outdated = Completion {
            nonce: Nonce([9; 16]),
            ..completion(130, 130)
        };
        let completed = self.registrations.complete(&outdated).await.unwrap();
        assert_eq!(completed, Completed::Outdated);
        let completed = self.registrations.complete(&completion(130, 130)).await;
        assert_eq!(completed.unwrap(), Completed::Won);
    }

    async fn what_is_over_makes_no_user(&self) {
        let new = new_registration(140, "over@example.org");
        self.registrations.open(&new, None).await.unwrap();
        let late = Completion {
            session: new_session(140, after(600)).0,
            ..completion(140, 140)
        };
        let completed = self.registrations.complete(&late).await.unwrap();
        assert_eq!(completed, Completed::Lost);

        self.registrations.lock(id(140), after(1)).await.unwrap();
        assert!(
            self.registrations
                .find(id(140))
                .await
                .unwrap()
                .unwrap()
                .locked
        );
        let completed = self.registrations.complete(&completion(140, 140)).await;
        assert_eq!(completed.unwrap(), Completed::Lost);
    }

    async fn a_code_is_renewed_after_a_while_and_only_so_often(&self) {
        let new = new_registration(150, "again@example.org");
        self.registrations.open(&new, None).await.unwrap();
        let renew = async |number, seconds| {
            let renewal = Renewal {
                id: id(number),
                nonce: Nonce([2; 16]),
                at: after(seconds),
                rules: CODE_RULES,
            };
            self.registrations.renew(&renewal).await.unwrap()
        };
        let wait = Duration::from_secs(1);
        assert_eq!(renew(150, 59).await, Renewed::TooEarly(wait));
        let Renewed::Done(renewed) = renew(150, 60).await else {
            panic!("late enough");
        };
        assert_eq!(renewed.nonce, Nonce([2; 16]));
        assert_eq!(renewed.expires_at, after(660));
        assert_eq!(
            self.registrations.find(id(150)).await.unwrap(),
            Some(renewed)
        );
        assert_eq!(
            (self.mails)().await.last(),
            Some(&Mail::VerifyEmail(id(150)))
        );

        for seconds in [120, 180, 240] {
            assert!(matches!(renew(150, seconds).await, Renewed::Done(_)));
        }
        // The day's last one is shared by all registrations of the address.
        let other = NewRegistration {
            at: after(240),
            expires_at: after(840),
            ..new_registration(151, "Again@example.org")
        };
        self.registrations.open(&other, None).await.unwrap();
        assert!(matches!(renew(151, 300).await, Renewed::Done(_)));
        let until_tomorrow = Duration::from_secs(60 + 86_400 - 400);
        assert_eq!(renew(150, 400).await, Renewed::TooEarly(until_tomorrow));

        assert_eq!(renew(150, 840).await, Renewed::Over);
        assert_eq!(renew(159, 400).await, Renewed::Over);
    }

    async fn a_repeated_request_is_kept_once(&self) {
        let fingerprints = FingerprintKey::derive(b"secret").unwrap();
        let open = async |number: u128, owner: &str, body: &[u8]| {
            let once = Once {
                owner: owner.to_owned(),
                route: "register",
                key: "key".to_owned(),
                fingerprint: fingerprints.of(body),
                answer: Answer {
                    status: 202,
                    headers: vec![("x-a".to_owned(), number.to_string())],
                    body: body.to_vec(),
                },
                expires_at: after(86_400),
            };
            let new = new_registration(number, "repeated@example.org");
            self.registrations.open(&new, Some(&once)).await.unwrap()
        };
        assert_eq!(open(160, "a", b"{}").await, Opened::Now);
        let mails = (self.mails)().await.len();
        let first = Answer {
            status: 202,
            headers: vec![("x-a".to_owned(), "160".to_owned())],
            body: b"{}".to_vec(),
        };
        assert_eq!(open(161, "a", b"{}").await, Opened::Before(first));
        assert_eq!(open(162, "a", b"[]").await, Opened::KeyReused);
        assert_eq!((self.mails)().await.len(), mails);
        assert_eq!(self.registrations.find(id(161)).await.unwrap(), None);
        assert_eq!(open(163, "b", b"[]").await, Opened::Now);
    }

    async fn old_ones_are_forgotten(&self) {
        let new = new_registration(170, "old@example.org");
        self.registrations.open(&new, None).await.unwrap();
        self.registrations
            .forget_before(after(0), after(0))
            .await
            .unwrap();
        assert!(self.registrations.find(id(170)).await.unwrap().is_some());
        self.registrations
            .forget_before(after(1), after(0))
            .await
            .unwrap();
        assert_eq!(self.registrations.find(id(170)).await.unwrap(), None);
    }
}
