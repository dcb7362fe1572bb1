//! The service as its callers see it, with a real PostgreSQL and Redis behind.

#[cfg(test)]
mod admin;
#[cfg(test)]
mod cancel;
#[cfg(test)]
mod events;
#[cfg(test)]
mod library;
#[cfg(test)]
mod mails;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod preferences;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod trouble;
#[cfg(test)]
mod world;
#[cfg(test)]
mod writers;
