//! The processors that images are made for.

use std::env::consts;

use clap::ValueEnum;

/// A kind of processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Processor {
    #[value(name = "x86_64", aliases = ["amd64", "linux/amd64"])]
    X86_64,
    #[value(name = "aarch64", aliases = ["arm64", "linux/arm64"])]
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

    /// The one that a program is for, by the header of its file.
    pub fn of_program(header: &[u8; 20]) -> anyhow::Result<Self> {
        anyhow::ensure!(header.starts_with(b"\x7fELF"), "it is no program for Linux");
        match (header[18], header[19]) {
            (0x3e, 0) => Ok(Self::X86_64),
            (0xb7, 0) => Ok(Self::Aarch64),
            _ => anyhow::bail!("images are not made for the processor of this program"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_tells_its_processor() {
        let header = |machine: u8| {
            let mut header = [0; 20];
            header[..4].copy_from_slice(b"\x7fELF");
            header[18] = machine;
            Processor::of_program(&header).ok()
        };
        assert_eq!(header(0x3e), Some(Processor::X86_64));
        assert_eq!(header(0xb7), Some(Processor::Aarch64));
        assert_eq!(header(0x28), None);
    }
}
