//! The service as its callers see it: gRPC in, SMTP out, real PostgreSQL and Redis between.

#[cfg(test)]
mod admin;
#[cfg(test)]
mod encryption;
#[cfg(test)]
mod enqueue;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod sending;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod stand;
