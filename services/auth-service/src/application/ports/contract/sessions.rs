use super::super::{Ending, Rotation};
use super::*;

/// What `Sessions` promises.
pub async fn sessions<M: AsyncFn() -> Vec<Mail>>(accounts: Accounts<'_, M>) {
    accounts.a_session_is_kept_as_it_began().await;
    accounts.a_token_is_replaced_once().await;
    accounts.a_session_that_is_over_is_not_rotated().await;
    accounts.the_oldest_session_ends_for_one_too_many().await;
    accounts
        .a_replay_ends_the_session_and_queues_one_mail()
        .await;
    accounts.sessions_end_by_scope().await;
}

fn rotation(number: u128, generation: u64, at: OffsetDateTime) -> Rotation {
    let key = RefreshKey::new(b"key");
    let session = SessionId(Uuid::from_u128(number));
    let token = |generation| key.token(session, &Seed([3; 32]), generation).hash();
    Rotation {
        session,
        from: (generation, token(generation)),
        to: (token(generation + 1), key.id()),
        at,
        expires_at: at + SESSION_RULES.idle,
        ip: None,
    }
}

impl<M: AsyncFn() -> Vec<Mail>> Accounts<'_, M> {
    async fn open(&self, owner: UserId, number: u128, at: OffsetDateTime) -> SessionId {
        let (session, _) = new_session(number, at);
        assert!(self.sessions.open(owner, &session).await.unwrap());
        session.id
    }

    async fn live(&self, numbers: &[u128]) -> Vec<u128> {
        let mut live = Vec::new();
        for number in numbers {
            let session = self
                .sessions
                .find(SessionId(Uuid::from_u128(*number)))
                .await;
            if session.unwrap().is_some_and(|session| !session.revoked) {
                live.push(*number);
            }
        }
        live
    }

    async fn a_session_is_kept_as_it_began(&self) {
        let owner = self.sign_up(200, "kept@example.org").await;
        let (new, token) = new_session(201, after(1));
        assert!(self.sessions.open(owner, &new).await.unwrap());
        let kept = self.sessions.find(new.id).await.unwrap().unwrap();
        assert_eq!((kept.user, kept.seed), (owner, new.seed));
        assert_eq!(
            (kept.generation, kept.token_hash),
            (NewSession::FIRST, token.hash())
        );
        assert_eq!((kept.created_at, kept.rotated_at), (after(1), after(1)));
        assert_eq!(kept.expires_at, after(1001));
        assert!(kept.user_active && !kept.revoked);

        let nobody = self
            .sessions
            .open(user(209), &new_session(209, after(1)).0)
            .await;
        assert!(!nobody.unwrap(), "there is no such user");
        assert_eq!(
            self.sessions
                .find(SessionId(Uuid::from_u128(209)))
                .await
                .unwrap(),
            None
        );
    }

    async fn a_token_is_replaced_once(&self) {
        self.sign_up(210, "rotated@example.org").await;
        let step = rotation(210, 1, after(5));
        assert!(self.sessions.rotate(&step).await.unwrap());
        assert!(!self.sessions.rotate(&step).await.unwrap());
        let session = self.sessions.find(step.session).await.unwrap().unwrap();
        assert_eq!((session.generation, session.token_hash), (2, step.to.0));
        assert_eq!((session.rotated_at, session.created_at), (after(5), START));
        assert_eq!(session.expires_at, after(1005));

        let wrong_hash = Rotation {
            from: (2, step.from.1),
            ..rotation(210, 2, after(6))
        };
        assert!(!self.sessions.rotate(&wrong_hash).await.unwrap());
    }

    async fn a_session_that_is_over_is_not_rotated(&self) {
        let owner = self.sign_up(220, "ended@example.org").await;
        assert!(
            !self
                .sessions
                .rotate(&rotation(220, 1, after(1000)))
                .await
                .unwrap()
        );
        self.sessions
            .end(owner, Ending::All, after(1))
            .await
            .unwrap();
        assert!(
            !self
                .sessions
                .rotate(&rotation(220, 1, after(2)))
                .await
                .unwrap()
        );
    }

    async fn the_oldest_session_ends_for_one_too_many(&self) {
        let owner = self.sign_up(230, "many@example.org").await;
        for number in [231, 232, 233] {
            self.open(owner, number, after(u64::try_from(number).unwrap()))
                .await;
        }
        assert_eq!(self.live(&[230, 231, 232, 233]).await, [231, 232, 233]);
    }

    async fn a_replay_ends_the_session_and_queues_one_mail(&self) {
        let owner = self.sign_up(240, "replayed@example.org").await;
        let session = SessionId(Uuid::from_u128(240));
        let before = (self.mails)().await.len();
        assert!(
            self.sessions
                .end_replayed(session, None, after(1))
                .await
                .unwrap()
        );
        assert!(
            !self
                .sessions
                .end_replayed(session, None, after(2))
                .await
                .unwrap()
        );
        let mails = (self.mails)().await;
        assert_eq!(mails[before..], [Mail::SecurityNotice(owner)]);
        assert_eq!(self.live(&[240]).await, []);
    }

    async fn sessions_end_by_scope(&self) {
        let owner = self.sign_up(250, "scopes@example.org").await;
        let stranger = self.sign_up(259, "stranger@example.org").await;
        let this = self.open(owner, 251, after(1)).await;
        self.open(owner, 252, after(2)).await;
        let all = [250, 251, 252, 259];
        let end = async |who, which| self.sessions.end(who, which, after(3)).await.unwrap();

        assert_eq!(end(stranger, Ending::This(this)).await, 0);
        assert_eq!(self.live(&all).await, all);
        assert_eq!(end(owner, Ending::Others(this)).await, 2);
        assert_eq!(end(owner, Ending::Others(this)).await, 0);
        assert_eq!(self.live(&all).await, [251, 259]);
        assert_eq!(end(owner, Ending::This(this)).await, 1);
        assert_eq!(end(stranger, Ending::All).await, 1);
        assert_eq!(self.live(&all).await, []);
    }
}
