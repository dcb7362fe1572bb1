//! The grammar's files, part of the binary.

pub(super) const LEXICON: &str = include_str!("../../../../grammar/en/lexicon.toml");

/// Every plot; a new file is named here.
pub(super) const PLOTS: &[(&str, &str)] = &[
    (
        "asking.toml",
        include_str!("../../../../grammar/en/plots/asking.toml"),
    ),
    (
        "company.toml",
        include_str!("../../../../grammar/en/plots/company.toml"),
    ),
    (
        "forecast.toml",
        include_str!("../../../../grammar/en/plots/forecast.toml"),
    ),
    (
        "friday.toml",
        include_str!("../../../../grammar/en/plots/friday.toml"),
    ),
    (
        "inventory.toml",
        include_str!("../../../../grammar/en/plots/inventory.toml"),
    ),
    (
        "knock.toml",
        include_str!("../../../../grammar/en/plots/knock.toml"),
    ),
    (
        "lessons.toml",
        include_str!("../../../../grammar/en/plots/lessons.toml"),
    ),
    (
        "list.toml",
        include_str!("../../../../grammar/en/plots/list.toml"),
    ),
    (
        "name.toml",
        include_str!("../../../../grammar/en/plots/name.toml"),
    ),
    (
        "parcel.toml",
        include_str!("../../../../grammar/en/plots/parcel.toml"),
    ),
    (
        "room.toml",
        include_str!("../../../../grammar/en/plots/room.toml"),
    ),
];
