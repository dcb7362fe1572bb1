use std::time::Duration;

use anyhow::Context as _;
use futures::future::try_join_all;
use jobs::Job;
use rand::RngExt as _;
use uuid::Uuid;

use super::{Fault, Nemesis, crowds};
use crate::player::{KIND, Mood, SPEC};
use crate::proxy::{Proxy, Weather};
use crate::world::{Actor, Role, World};

impl Nemesis {
    /// Does one thing and makes it good again.
    pub(super) async fn strike(&mut self, world: &mut World, fault: Fault) -> anyhow::Result<()> {
        let stream = SPEC.stream();
        match fault {
            Fault::KillWorker => self.kill(world, Role::Worker).await,
            Fault::KillRelay => self.kill(world, Role::Relay).await,
            Fault::EndWorker => self.end(world).await,
            Fault::FreezeWorker => self.freeze(world, Role::Worker).await,
            Fault::FreezeRelay => self.freeze(world, Role::Relay).await,
            Fault::KillRedis => self.kill_redis(world).await,
            Fault::AgeRedis => self.age_redis(world).await,
            Fault::Flush => command(world, &["FLUSHALL"]).await,
            Fault::DestroyGroup => command(world, &["XGROUP", "DESTROY", &stream, GROUP]).await,
            Fault::DeleteStream => command(world, &["DEL", &stream]).await,
            Fault::DeleteConsumer => self.delete_consumer(world).await,
            Fault::FreezeRedis => self.freeze_redis(world).await,
            Fault::FillRedis => self.squeeze(world, "noeviction").await,
            Fault::EvictKeys => self.squeeze(world, "allkeys-lru").await,
            Fault::FailOver => self.fail_over(world).await,
            Fault::FillDisk => self.fill_disk(world).await,
            Fault::Scale => self.scale(world).await,
            Fault::Storm => crowds::storm(world).await,
            Fault::Backlog => crowds::backlog(world).await,
            Fault::Poison => poison(world).await,
            Fault::RestartPostgres => self.restart_postgres(world).await,
            Fault::TerminateBackends => self.terminate(world).await,
            Fault::Partition => self.partition(world).await,
            Fault::PartitionFront => self.partition_front(world).await,
            Fault::Duplicate => self.duplicate(world).await,
            Fault::Garbage => self.litter(world).await,
        }
    }

    /// One of the actors of a role.
    fn victim(&mut self, world: &World, role: Role) -> anyhow::Result<usize> {
        let cast = world.cast(role);
        let nth = self.rng.random_range(0..cast.len());
        cast.get(nth).copied().context("there is somebody")
    }

    async fn kill(&mut self, world: &mut World, role: Role) -> anyhow::Result<()> {
        let victim = self.victim(world, role)?;
        world.actor(victim)?.kill().await?;
        self.rest(0..2_000).await;
        world.actor(victim)?.launch()
    }

    async fn end(&mut self, world: &mut World) -> anyhow::Result<()> {
        let victim = self.victim(world, Role::Worker)?;
        world.actor(victim)?.stop().await?;
        self.rest(0..1_000).await;
        world.actor(victim)?.launch()
    }

    /// To zero, all at once, and up again.
    async fn scale(&mut self, world: &mut World) -> anyhow::Result<()> {
        let workers = world.actors.iter_mut();
        let workers = workers.filter(|actor| actor.role == Role::Worker);
        try_join_all(workers.map(Actor::stop)).await?;
        self.rest(0..500).await;
        for worker in world.cast(Role::Worker) {
            world.actor(worker)?.launch()?;
        }
        self.rest(500..2_000).await;
        Ok(())
    }

    /// Half of the time for longer than a lease.
    async fn freeze(&mut self, world: &mut World, role: Role) -> anyhow::Result<()> {
        let victim = self.victim(world, role)?;
        world.actor(victim)?.freeze(true)?;
        if self.rng.random() {
            self.rest(11_000..14_000).await;
        } else {
            self.rest(100..4_000).await;
        }
        world.actor(victim)?.freeze(false)
    }

    async fn delete_consumer(&mut self, world: &mut World) -> anyhow::Result<()> {
        let mut consumers = world.consumers().await?;
        if consumers.is_empty() {
            return Ok(());
        }
        let nth = self.rng.random_range(0..consumers.len());
        let name = consumers.swap_remove(nth);
        let stream = SPEC.stream();
        command(world, &["XGROUP", "DELCONSUMER", &stream, GROUP, &name]).await
    }

    async fn partition(&mut self, world: &mut World) -> anyhow::Result<()> {
        let role = if self.rng.random_ratio(2, 3) {
            Role::Worker
        } else {
            Role::Relay
        };
        let mut victims = world.cast(role);
        if self.rng.random_ratio(3, 4) {
            victims = vec![self.victim(world, role)?];
        }
        let (ledger, weather) = (self.rng.random(), self.weather());
        for victim in &victims {
            way(world, *victim, ledger)?.set(weather);
        }
        self.spell().await;
        for victim in &victims {
            way(world, *victim, ledger)?.set(Weather::Clear);
        }
        Ok(())
    }

    async fn partition_front(&mut self, world: &mut World) -> anyhow::Result<()> {
        world.front.set(self.weather());
        self.rest(100..3_000).await;
        world.front.set(Weather::Clear);
        Ok(())
    }

    fn weather(&mut self) -> Weather {
        match self.rng.random_range(0..6) {
            0 => Weather::Slow(Duration::from_millis(self.rng.random_range(50..700))),
            1 => Weather::Silent,
            2 => Weather::Deaf,
            3 => Weather::Mute,
            4 => Weather::Cut,
            _ => Weather::HalfOpen,
        }
    }

    /// A third of the time longer than a lease.
    async fn spell(&mut self) {
        if self.rng.random_ratio(1, 3) {
            self.rest(11_000..14_000).await;
        } else {
            self.rest(200..5_000).await;
        }
    }

    async fn duplicate(&mut self, world: &mut World) -> anyhow::Result<()> {
        let stream = SPEC.stream();
        let jobs: Vec<Uuid> =
            sqlx::query_scalar("select id from jobs order by created_at desc limit 20")
                .fetch_all(&world.pool)
                .await?;
        for job in jobs {
            let job = job.to_string();
            let entry = ["XADD", &stream, "*", "id", &job, "kind", KIND];
            for _ in 0..10 {
                command(world, &entry).await?;
            }
        }
        Ok(())
    }

    async fn litter(&mut self, world: &mut World) -> anyhow::Result<()> {
        let stream = SPEC.stream();
        let stranger = Uuid::from_u128(self.rng.random()).to_string();
        let stranger = ["id", &stranger, "kind", KIND];
        for fields in [&["what", "is this"][..], &["id", "none"], &stranger] {
            command(world, &[&["XADD", &stream, "*"], fields].concat()).await?;
        }
        Ok(())
    }
}

const GROUP: &str = jobs::StreamSpec::GROUP;

fn way(world: &mut World, actor: usize, ledger: bool) -> anyhow::Result<&Proxy> {
    let actor = world.actor(actor)?;
    Ok(if ledger {
        &actor.to_postgres
    } else {
        &actor.to_redis
    })
}

/// Two are enough: it takes five workers to be rid of one.
async fn poison(world: &mut World) -> anyhow::Result<()> {
    let (kind, nth) = (KIND, world.poison());
    let nth = u8::try_from(nth)?;
    if nth < 2 {
        let (key, tenant) = (Mood::poison(nth), Uuid::nil());
        let mut tx = world.pool.begin().await?;
        jobs::enqueue(&mut tx, &Job { kind, key, tenant }).await?;
        tx.commit().await?;
        world.asked.push(key);
    }
    Ok(())
}

/// Whatever it answers: where the stream is gone, a refusal is as good.
pub(super) async fn command(world: &World, words: &[&str]) -> anyhow::Result<()> {
    world.redis.cli(words).await;
    Ok(())
}
