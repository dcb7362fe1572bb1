//! Relay and pool on a real PostgreSQL and a Redis of their own, with crashes at every point of
//! the crash matrix. Times are a tenth of the real ones, except in `real_times`.

#[cfg(test)]
mod admin;
#[cfg(test)]
mod batches;
#[cfg(test)]
mod bench;
#[cfg(test)]
mod breaker;
#[cfg(test)]
mod crashes;
#[cfg(test)]
mod cron;
#[cfg(test)]
mod cut;
#[cfg(test)]
mod drain;
#[cfg(test)]
mod fairness;
#[cfg(test)]
mod freeze;
#[cfg(test)]
mod handlers;
#[cfg(test)]
mod keda;
#[cfg(test)]
mod losses;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod pause;
#[cfg(test)]
mod quarantine;
#[cfg(test)]
mod real_times;
#[cfg(test)]
mod reconcile;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod rounds;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod speed;
#[cfg(test)]
mod terms;
#[cfg(test)]
mod trace;
