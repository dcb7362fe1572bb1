//! What the chart must stand, each in a file of its own.

mod eviction;
mod install;
mod lanes;
mod logs;
mod policies;
mod reinstall;
mod rotation;
mod scaling;
mod upgrade;
mod values;

use std::pin::Pin;

use super::results::Outcome;
use super::stage::Stage;

/// A scenario that runs.
pub type Playing<'a> = Pin<Box<dyn Future<Output = anyhow::Result<Outcome>> + 'a>>;

/// Something that the chart must stand.
pub struct Scenario {
    pub name: &'static str,
    pub run: for<'a> fn(&'a Stage) -> Playing<'a>,
}

/// All of them, in the order in which they run.
const ALL: &[Scenario] = &[
    Scenario {
        name: "install",
        run: |stage| Box::pin(install::run(stage)),
    },
    Scenario {
        name: "scaling",
        run: |stage| Box::pin(scaling::run(stage)),
    },
    Scenario {
        name: "lanes",
        run: |stage| Box::pin(lanes::run(stage)),
    },
    Scenario {
        name: "upgrade",
        run: |stage| Box::pin(upgrade::run(stage)),
    },
    Scenario {
        name: "eviction",
        run: |stage| Box::pin(eviction::run(stage)),
    },
    Scenario {
        name: "policies",
        run: |stage| Box::pin(policies::run(stage)),
    },
    Scenario {
        name: "values",
        run: |stage| Box::pin(values::run(stage)),
    },
    Scenario {
        name: "rotation",
        run: |stage| Box::pin(rotation::run(stage)),
    },
    Scenario {
        name: "reinstall",
        run: |stage| Box::pin(reinstall::run(stage)),
    },
    Scenario {
        name: "logs",
        run: |stage| Box::pin(logs::run(stage)),
    },
];

/// The scenarios that are named, or all.
pub fn wanted(names: &[String]) -> anyhow::Result<Vec<&'static Scenario>> {
    for name in names {
        let known: Vec<_> = ALL.iter().map(|it| it.name).collect();
        anyhow::ensure!(
            known.contains(&name.as_str()),
            "there is no scenario {name}, only {}",
            known.join(", ")
        );
    }
    let is_wanted = |it: &&Scenario| names.is_empty() || names.iter().any(|name| name == it.name);
    Ok(ALL.iter().filter(is_wanted).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_are_chosen_by_name() -> anyhow::Result<()> {
        assert_eq!(wanted(&[])?.len(), ALL.len());
        assert_eq!(wanted(&["install".to_owned()])?.len(), 1);
        assert!(wanted(&["instal".to_owned()]).is_err());
        Ok(())
    }
}
