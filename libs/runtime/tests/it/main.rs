//! A process as others see it: real sockets, real signals.

#[cfg(test)]
mod bodies;
#[cfg(test)]
mod grpc;
#[cfg(test)]
mod http;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod shutdown;
#[cfg(test)]
mod world;
