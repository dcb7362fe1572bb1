//! The service as its callers see it, with a real PostgreSQL and a real Redis behind.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod enumeration;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod grpc;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod load;
#[cfg(test)]
mod migrate;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod profile;
#[cfg(test)]
mod refresh;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod world;
