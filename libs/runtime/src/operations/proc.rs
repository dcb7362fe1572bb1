//! What the kernel knows about this process.

use std::fs;

use serde::Serialize;

/// Sizes and counts of this process; what cannot be read is null.
#[derive(Debug, Serialize)]
pub(crate) struct ProcessStats {
    pub(crate) pid: u32,
    pub(crate) rss_bytes: Option<u64>,
    pub(crate) cpu_seconds: Option<f64>,
    pub(crate) open_files: Option<u64>,
    pub(crate) threads: Option<u64>,
}

impl ProcessStats {
    pub(crate) fn read() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        Self {
            pid: std::process::id(),
            rss_bytes: field(&status, "VmRSS:").map(|kilobytes| kilobytes * 1024),
            cpu_seconds: cpu_seconds(),
            open_files: open_files(),
            threads: field(&status, "Threads:"),
        }
    }
}

/// The number after `name` in `/proc/self/status`.
fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// User and system time of all threads, ended ones included.
fn cpu_seconds() -> Option<f64> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike as _;

    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    let used = usage.user_time() + usage.system_time();
    let milliseconds = u32::try_from(used.num_milliseconds()).ok()?;
    Some(f64::from(milliseconds) / 1000.0)
}

fn open_files() -> Option<u64> {
    let listing = fs::read_dir("/proc/self/fd").ok()?;
    // One of them is the listing itself.
    u64::try_from(listing.count()).ok()?.checked_sub(1)
}
