use super::*;
use crate::domain::{Change, ProfileChange, Timezone};

/// What `Users` promises.
pub async fn users<M: AsyncFn() -> Vec<Mail>>(accounts: Accounts<'_, M>) {
    accounts.a_new_user_is_as_registered().await;
    accounts.a_profile_is_saved_on_top_of_its_version().await;
    accounts
        .a_hash_is_replaced_by_one_of_the_same_password()
        .await;
}

impl<M: AsyncFn() -> Vec<Mail>> Accounts<'_, M> {
    async fn a_new_user_is_as_registered(&self) {
        let nobody = self.users.credentials(&email("New@example.org")).await;
        assert_eq!(nobody.unwrap(), None);
        assert_eq!(self.users.find(user(300)).await.unwrap(), None);
        assert_eq!(self.users.reachable(user(300)).await.unwrap(), None);

        let new = self.sign_up(300, "New@example.org").await;
        let found = self.users.find(new).await.unwrap().unwrap();
        assert_eq!(found.email.as_str(), "New@example.org");
        assert_eq!(
            found.display_name,
            new_registration(300, "a@b.org").display_name
        );
        assert_eq!(
            (found.locale.as_str(), found.timezone.as_str()),
            ("pt-BR", "UTC")
        );
        assert_eq!((found.version, found.created_at), (1, START));
        assert_eq!(self.users.reachable(new).await.unwrap(), Some(found));
        let known = self.users.credentials(&email("new@example.org")).await;
        assert!(known.unwrap().unwrap().active);
    }

    async fn a_profile_is_saved_on_top_of_its_version(&self) {
        let id = self.sign_up(310, "profile@example.org").await;
        let change = ProfileChange {
            display_name: Change::Set(None),
            locale: Change::Keep,
            timezone: Change::Set(Timezone::parse("Europe/Lisbon").unwrap()),
        };
        let changed = change.apply(self.users.find(id).await.unwrap().unwrap());
        assert!(self.users.save(&changed, after(1)).await.unwrap());
        assert!(!self.users.save(&changed, after(1)).await.unwrap());
        assert_eq!(self.users.find(id).await.unwrap(), Some(changed));
    }

    async fn a_hash_is_replaced_by_one_of_the_same_password(&self) {
        let id = self.sign_up(320, "hash@example.org").await;
        let hash = |text: &str| PasswordHash(text.to_owned());
        let kept = async || {
            let found = self.users.credentials(&email("hash@example.org")).await;
            found.unwrap().unwrap().password.unwrap()
        };
        self.users
            .rehash(id, &hash("another"), &hash("lost"))
            .await
            .unwrap();
        assert_eq!(kept().await, hash("a hash"));
        self.users
            .rehash(id, &hash("a hash"), &hash("new"))
            .await
            .unwrap();
        assert_eq!(kept().await, hash("new"));
    }
}
