use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use nix::unistd::{Gid, Uid, User, chown};

/// As whom a server runs that refuses to run as root.
#[derive(Debug, Clone, Copy)]
pub struct ServerUser(Option<(Uid, Gid)>);

impl ServerUser {
    /// We ourselves; for root `postgres` where there is one, else `nobody`.
    pub fn unprivileged() -> anyhow::Result<Self> {
        if !Uid::effective().is_root() {
            return Ok(Self(None));
        }
        for name in ["postgres", "nobody"] {
            if let Some(user) = User::from_name(name)? {
                return Ok(Self(Some((user.uid, user.gid))));
            }
        }
        anyhow::bail!("there is no user `postgres` or `nobody` to run PostgreSQL as")
    }

    /// Makes a command run as this user, from a folder that everybody can enter.
    pub(crate) fn runs<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        if let Some((user, group)) = self.0 {
            command.uid(user.as_raw()).gid(group.as_raw());
        }
        command.current_dir("/")
    }

    /// Gives a file or folder to this user.
    pub fn own(&self, path: &Path) -> anyhow::Result<()> {
        if let Some((user, group)) = self.0 {
            chown(path, Some(user), Some(group))?;
        }
        Ok(())
    }

    /// Whether this user owns it.
    pub fn owns(&self, path: &Path) -> bool {
        let owner = self.0.map_or_else(Uid::effective, |(user, _)| user);
        path.symlink_metadata()
            .is_ok_and(|it| it.is_dir() && it.uid() == owner.as_raw())
    }

    /// Whether this user can get as far as this folder: all folders above can be entered.
    pub fn reaches(&self, folder: &Path) -> bool {
        let Some((user, group)) = self.0 else {
            return true;
        };
        let mut above = folder.ancestors().skip(1).filter(|it| it.exists());
        above.all(|it| {
            it.metadata().is_ok_and(|it| {
                let mode = it.permissions().mode();
                let owned = it.uid() == user.as_raw() && mode & 0o100 != 0;
                let grouped = it.gid() == group.as_raw() && mode & 0o010 != 0;
                owned || grouped || mode & 0o001 != 0
            })
        })
    }
}
