//! PostgreSQL and Redis, installed where they are missing and the system is one we know.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;
use testkit::programs;

use crate::console::{self, Step};

const POLICY: &str = "/usr/sbin/policy-rc.d";
/// Refuses to start services while packages are installed: exit code 101, "forbidden".
const NO_STARTS: &str = "#!/bin/sh\nexit 101\n";
const CLUSTER_DROP_IN: &str = "/etc/postgresql-common/createcluster.d/storyloom.conf";
const NO_CLUSTER: &str = "create_main_cluster = false\n";

/// Makes sure that both are there; says what it installs.
pub async fn missing_programs() -> anyhow::Result<()> {
    let (postgres, redis) = (programs::postgres().is_none(), programs::redis().is_none());
    if !postgres && !redis {
        return Ok(());
    }
    anyhow::ensure!(is_debian(), "{}", by_hand(postgres, redis));
    // On a thread of its own, so that an interruption does not skip the tidying up.
    tokio::task::spawn_blocking(move || install(postgres, redis)).await??;
    anyhow::ensure!(
        programs::postgres().is_some(),
        "this system has no PostgreSQL 14 or later among its packages"
    );
    anyhow::ensure!(
        programs::redis().is_some(),
        "this system has neither Redis 7 nor Valkey among its packages"
    );
    Ok(())
}

fn install(postgres: bool, redis: bool) -> anyhow::Result<()> {
    let root = Root::find(&["postgresql", "redis-server"])?;
    update(&root)?;
    let mut packages = Vec::new();
    if postgres {
        packages.push("postgresql");
    }
    if redis {
        packages.push(redis_package());
    }
    let _policy = if Path::new(POLICY).exists() {
        None
    } else {
        Some(OurFile::put(&root, POLICY, NO_STARTS, "755")?)
    };
    let _drop_in = if postgres {
        Some(OurFile::put(&root, CLUSTER_DROP_IN, NO_CLUSTER, "644")?)
    } else {
        None
    };
    add(&root, &packages)
}

/// Makes sure that a program is there, which a package of Debian's brings.
pub async fn missing_package(program: &'static str, package: &'static str) -> anyhow::Result<()> {
    if programs::find(program).is_some() {
        return Ok(());
    }
    anyhow::ensure!(is_debian(), "{program} is needed (Debian: {package})");
    tokio::task::spawn_blocking(move || {
        let root = Root::find(&[package])?;
        update(&root)?;
        add(&root, &[package])
    })
    .await?
}

fn update(root: &Root) -> anyhow::Result<()> {
    let step = Step::begin("list of packages");
    root.run(&["apt-get", "update", "-qq"])?;
    step.done("");
    Ok(())
}

fn add(root: &Root, packages: &[&str]) -> anyhow::Result<()> {
    let names = packages.join(" and ");
    console::line(&format!("  installing {names} with apt-get"));
    let step = Step::begin("packages");
    let mut command = vec![
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "install",
    ];
    command.extend(["-y", "-qq", "--no-install-recommends"]);
    command.extend(packages);
    root.run(&command)?;
    step.done(&packages.join(", "));
    Ok(())
}

/// Redis where the system's is recent enough, else Valkey.
fn redis_package() -> &'static str {
    let output = Command::new("apt-cache")
        .args(["policy", "redis-server"])
        .output();
    let said = output.map(|it| String::from_utf8_lossy(&it.stdout).into_owned());
    let said = said.unwrap_or_default();
    let candidate = said
        .lines()
        .find_map(|line| line.trim().strip_prefix("Candidate: "));
    // `5:7.0.15-1`: the number before the colon is Debian's own.
    let version = candidate.map(|it| it.split_once(':').map_or(it, |(_, version)| version));
    let major = version.and_then(|it| it.split('.').next()?.parse::<u32>().ok());
    match major {
        Some(major) if major >= 7 => "redis-server",
        _ => "valkey-server",
    }
}

fn is_debian() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let about = release
        .lines()
        .filter(|it| it.starts_with("ID=") || it.starts_with("ID_LIKE="));
    let mut words = about.flat_map(|it| it.split(['=', '"', ' ']));
    words.any(|it| matches!(it, "debian" | "ubuntu"))
}

fn by_hand(postgres: bool, redis: bool) -> String {
    let mut packages = Vec::new();
    if postgres {
        packages.push("postgresql");
    }
    if redis {
        packages.push("redis");
    }
    let packages = packages.join(" ");
    let managers = [
        ("brew", "brew install"),
        ("dnf", "sudo dnf install"),
        ("pacman", "sudo pacman -S"),
        ("zypper", "sudo zypper install"),
        ("apk", "sudo apk add"),
    ];
    let known = managers
        .iter()
        .find(|(program, _)| programs::find(program).is_some());
    let install = known.map_or("install", |(_, command)| command);
    format!("PostgreSQL 14+ and Redis 7+ (or Valkey) are needed; type: {install} {packages}")
}

/// How commands run as root.
struct Root {
    sudo: bool,
}

impl Root {
    fn find(packages: &[&str]) -> anyhow::Result<Self> {
        let sudo = !nix::unistd::Uid::effective().is_root();
        let possible = !sudo || programs::find("sudo").is_some();
        anyhow::ensure!(
            possible,
            "packages can only be installed by root, and there is no sudo; as root type: \
             apt-get install {}",
            packages.join(" ")
        );
        if sudo {
            // Asks for the password now, before anything else is shown.
            let known = Command::new("sudo").arg("--validate").status()?;
            anyhow::ensure!(known.success(), "sudo said no, so nothing was installed");
        }
        Ok(Self { sudo })
    }

    /// Runs quietly; what it printed is part of the error.
    fn run(&self, words: &[&str]) -> anyhow::Result<()> {
        let words = [if self.sudo { &["sudo"][..] } else { &[] }, words].concat();
        let (program, arguments) = words.split_first().context("there is a command")?;
        let output = Command::new(program)
            .args(arguments)
            .stdin(Stdio::inherit())
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(
            output.status.success(),
            "{}: {}",
            words.join(" "),
            said.trim()
        );
        Ok(())
    }
}

/// A file of ours in the system, removed when this is dropped.
struct OurFile<'a> {
    root: &'a Root,
    path: &'static str,
}

impl<'a> OurFile<'a> {
    fn put(root: &'a Root, path: &'static str, content: &str, mode: &str) -> anyhow::Result<Self> {
        let file = tempfile::NamedTempFile::new()?;
        fs::write(file.path(), content)?;
        let source = file.path().to_string_lossy().into_owned();
        let ours = Self { root, path };
        root.run(&["install", "-D", "-m", mode, &source, path])?;
        Ok(ours)
    }
}

impl Drop for OurFile<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.root.run(&["rm", "-f", self.path]) {
            console::note(&format!("{} is left behind: {error:#}", self.path));
        }
    }
}
