//! The private PostgreSQL and Redis of a platform.

use std::fs;
use std::path::{Path, PathBuf};

use testkit::{Keeps, Postgres, PostgresPlace, Redis, RedisPlace, ServerUser, free_port};

use super::secrets::{Secrets, password_name};
use crate::tree;

/// The superuser.
const SUPERUSER: &str = "superuser";

/// Starts PostgreSQL with the data of this platform.
pub async fn postgres(
    folder: &Path,
    secrets: &Secrets,
    careless: bool,
) -> anyhow::Result<Postgres> {
    let user = ServerUser::unprivileged()?;
    let home = postgres_home(folder, &user)?;
    let data = home.join("data");
    // Data of which nobody has the password are of an earlier checkout here.
    if !secrets.has(&password_name(SUPERUSER)) && data.exists() {
        fs::remove_dir_all(&data)?;
    }
    let place = PostgresPlace {
        data,
        log: folder.join("logs/postgres.log"),
        port: free_port(),
        user,
        password: Some(secrets.password(SUPERUSER)?),
        careless,
    };
    Postgres::open(place).await
}

/// Starts Redis with the data of this platform.
pub async fn redis(folder: &Path) -> anyhow::Result<Redis> {
    let data = folder.join("redis");
    tree::private_folder(&data)?;
    let place = RedisPlace {
        folder: data,
        log: folder.join("logs/redis.log"),
        port: free_port(),
        keeps: Keeps::Nearly,
    };
    Redis::open(place).await
}

/// A folder that is the server user's own: in the tree if that user can reach it, else in
/// `/var/tmp` under a name that belongs to this tree.
fn postgres_home(folder: &Path, user: &ServerUser) -> anyhow::Result<PathBuf> {
    let inside = folder.join("postgres");
    let home = if user.reaches(&inside) {
        inside
    } else {
        PathBuf::from(format!("/var/tmp/storyloom-{:016x}", fingerprint(folder)))
    };
    if !home.exists() {
        tree::private_folder(&home)?;
        user.own(&home)?;
    }
    anyhow::ensure!(
        user.owns(&home),
        "{} belongs to somebody else; remove it",
        home.display()
    );
    Ok(home)
}

/// FNV-1a of the path: the same in every build.
fn fingerprint(path: &Path) -> u64 {
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
