//! The named scenarios: what may happen in each.

use testkit::Keeps;

use crate::nemesis::Fault;
use crate::world::{Disk, Size};

/// One kind of run.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// Its stable name.
    pub name: &'static str,
    /// What its nemesis chooses from.
    pub faults: &'static [Fault],
    /// What Redis keeps.
    pub keeps: Keeps,
    /// Whether the clocks of the processes differ.
    pub wrong_clocks: bool,
    /// Whether Postgres has a small disk.
    pub small_disk: bool,
    /// How many workers there are.
    pub workers: usize,
}

impl Scenario {
    /// The world it needs.
    pub const fn size(&self) -> Size {
        Size {
            relays: 2,
            workers: self.workers,
            keeps: self.keeps,
            small_disk: self.small_disk,
            wrong_clocks: self.wrong_clocks,
        }
    }

    /// Why it cannot run here.
    pub fn missing(&self) -> Option<&'static str> {
        if self.wrong_clocks && testkit::programs::find("faketime").is_none() {
            return Some("faketime is not installed");
        }
        self.small_disk.then(Disk::can_be)?.err()
    }

    /// By its name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SCENARIOS.iter().chain(LONG).find(|it| it.name == name)
    }

    /// The one of a seed, of those that can run here.
    pub fn of(seed: u64) -> Option<&'static Self> {
        let able = SCENARIOS.iter().filter(|it| it.missing().is_none());
        let able: Vec<&Self> = able.collect();
        let count = u64::try_from(able.len()).ok()?;
        able.get(usize::try_from(seed % count).ok()?).copied()
    }
}

const fn scenario(name: &'static str, keeps: Keeps, faults: &'static [Fault]) -> Scenario {
    Scenario {
        name,
        faults,
        keeps,
        small_disk: false,
        wrong_clocks: false,
        workers: 3,
    }
}

use Fault::{
    AgeRedis, Backlog, DeleteConsumer, DeleteStream, DestroyGroup, Duplicate, EndWorker, EvictKeys,
    FailOver, FillDisk, FillRedis, Flush, FreezeRedis, FreezeRelay, FreezeWorker, Garbage,
    KillRedis, KillRelay, KillWorker, Partition, PartitionFront, Poison, RestartPostgres, Scale,
    Storm, TerminateBackends,
};

/// Those that take long and are alike for all seeds: only by name.
pub const LONG: &[Scenario] = &[
    scenario("storm", Keeps::Nearly, &[Storm]),
    scenario("backlog", Keeps::Nearly, &[Backlog]),
];

/// All others. `docs/faults.md` says which row of the list of faults each one proves.
pub const SCENARIOS: &[Scenario] = &[
    scenario("workers-die", Keeps::Nearly, &[KillWorker, EndWorker]),
    scenario("relays-die", Keeps::Nearly, &[KillRelay, FreezeRelay]),
    scenario("redis-dies-aof", Keeps::Nearly, &[KillRedis]),
    scenario("redis-dies-empty", Keeps::Nothing, &[KillRedis]),
    scenario("redis-comes-back-old", Keeps::Nothing, &[AgeRedis]),
    scenario(
        "redis-forgets",
        Keeps::Nearly,
        &[Flush, DestroyGroup, DeleteStream, DeleteConsumer],
    ),
    scenario("redis-full", Keeps::Nearly, &[FillRedis, EvictKeys]),
    scenario(
        "postgres-breaks",
        Keeps::Nearly,
        &[RestartPostgres, TerminateBackends],
    ),
    Scenario {
        small_disk: true,
        ..scenario("disk-full", Keeps::Nearly, &[FillDisk])
    },
    Scenario {
        wrong_clocks: true,
        ..scenario("clocks", Keeps::Nearly, &[KillWorker, KillRelay])
    },
    scenario("failover", Keeps::Nothing, &[FailOver]),
    scenario("poison", Keeps::Nearly, &[Poison, KillWorker, EndWorker]),
    Scenario {
        workers: 10,
        ..scenario("scale", Keeps::Nearly, &[Scale])
    },
    scenario("partitions", Keeps::Nearly, &[Partition, PartitionFront]),
    scenario(
        "frozen",
        Keeps::Nearly,
        &[FreezeWorker, FreezeRelay, FreezeRedis],
    ),
    scenario("noise", Keeps::Nearly, &[Duplicate, Garbage]),
    scenario(
        "everything",
        Keeps::Nearly,
        &[
            KillWorker,
            EndWorker,
            FreezeWorker,
            KillRelay,
            KillRedis,
            Flush,
            DestroyGroup,
            FillRedis,
            RestartPostgres,
            TerminateBackends,
            Partition,
            PartitionFront,
            Duplicate,
            Garbage,
        ],
    ),
];
