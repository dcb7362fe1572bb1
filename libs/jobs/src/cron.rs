use std::time::Duration;

use sqlx::PgPool;

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// When work comes up again and again, by the clock of Postgres, in UTC. One that nobody was up
/// for is made up for once somebody is; several missed ones are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cron {
    /// At the beginning of every minute.
    EveryMinute,
    /// Every hour, so many minutes past.
    Hourly {
        /// From 0 to 59.
        minute: u8,
    },
    /// Every day at this time.
    Daily {
        /// From 0 to 23.
        hour: u8,
        /// From 0 to 59.
        minute: u8,
    },
}

impl Cron {
    const fn period(self) -> Duration {
        match self {
            Self::EveryMinute => MINUTE,
            Self::Hourly { .. } => HOUR,
            Self::Daily { .. } => DAY,
        }
    }

    fn offset(self) -> Duration {
        match self {
            Self::EveryMinute => Duration::ZERO,
            Self::Hourly { minute } => MINUTE * minute.into(),
            Self::Daily { hour, minute } => HOUR * hour.into() + MINUTE * minute.into(),
        }
    }

    /// Queues the job of the time that came last, if nobody has. Its key is made of the kind and
    /// of which time it is, so any number of relays ask for one job; it is remembered for longer
    /// than a day. Answers how many were queued.
    pub(crate) async fn ask(
        self,
        pool: &PgPool,
        lane: &str,
        kind: &str,
    ) -> Result<u64, sqlx::Error> {
        let asked = sqlx::query!(
            "insert into jobs (lane, kind, key, tenant)
             select $1, $2, latest.key, '00000000-0000-0000-0000-000000000000'
             from (
                 select md5($2 || '@' || floor((extract(epoch from now())::float8 - $3) / $4))::uuid
                     as key
             ) as latest
             where not exists (select from jobs where jobs.kind = $2 and jobs.key = latest.key)
             on conflict (kind, key) do nothing",
            lane,
            kind,
            self.offset().as_secs_f64(),
            self.period().as_secs_f64(),
        )
        .execute(pool)
        .await?;
        Ok(asked.rows_affected())
    }
}
