//! The service as its callers see it: gRPC in, SMTP out, real PostgreSQL and Redis between.

#[cfg(test)]
mod crashes;
#[cfg(test)]
mod enqueue;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod sending;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod stand;
