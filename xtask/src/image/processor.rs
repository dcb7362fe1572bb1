//! The processors that images are made for.

use std::env::consts;

use clap::ValueEnum;

/// A kind of processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Processor {
    #[value(name = "x86_64", alias = "amd64")]
    X86_64,
    #[value(name = "aarch64", alias = "arm64")]
    Aarch64,
}

impl Processor {
    /// This machine's.
    pub fn host() -> anyhow::Result<Self> {
        match Self::from_str(consts::ARCH, true) {
            Ok(processor) => Ok(processor),
            Err(_) => anyhow::bail!(
                "images are not made for this machine's {}; name another by --target",
                consts::ARCH
            ),
        }
    }

    /// Whether programs for it can be linked by the system's own tools.
    pub fn is_native(self) -> bool {
        consts::OS == "linux" && Self::host().is_ok_and(|host| host == self)
    }

    /// As the compiler names it.
    pub fn triple(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64-unknown-linux-musl",
            Self::Aarch64 => "aarch64-unknown-linux-musl",
        }
    }

    /// As images name it.
    pub fn in_images(self) -> &'static str {
        match self {
            Self::X86_64 => "amd64",
            Self::Aarch64 => "arm64",
        }
    }
}
