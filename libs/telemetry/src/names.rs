//! The names of the Elastic Common Schema 8.17 that lines may have, with their types.
//!
//! What every line has anyway (`service.*`, `process.pid`, `trace.id` …) is not listed, so
//! that no event can set it; addresses of persons and queries are not, so that they are
//! never logged in clear.

/// How a value has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text. Numbers and booleans are written as texts.
    Text,
    /// One text or several, separated by commas in the event.
    Texts,
    /// A whole number of 64 bits.
    Long,
    /// Any number.
    Float,
    /// An IPv4 or IPv6 address.
    Ip,
    /// A moment, by RFC 3339.
    Date,
}

use Kind::{Date, Float, Ip, Long, Text, Texts};

/// In the order of the alphabet.
const NAMES: &[(&str, Kind)] = &[
    ("client.ip", Ip),
    ("client.port", Long),
    ("cloud.region", Text),
    ("destination.address", Text),
    ("destination.domain", Text),
    ("destination.ip", Ip),
    ("destination.port", Long),
    ("email.message_id", Text),
    ("email.to.address", Texts),
    ("error.code", Text),
    ("error.id", Text),
    ("error.message", Text),
    ("error.stack_trace", Text),
    ("error.type", Text),
    ("event.action", Text),
    ("event.category", Texts),
    ("event.code", Text),
    ("event.created", Date),
    ("event.duration", Long),
    ("event.end", Date),
    ("event.id", Text),
    ("event.kind", Text),
    ("event.outcome", Text),
    ("event.provider", Text),
    ("event.reason", Text),
    ("event.reference", Text),
    ("event.sequence", Long),
    ("event.severity", Long),
    ("event.start", Date),
    ("event.type", Texts),
    ("file.directory", Text),
    ("file.name", Text),
    ("file.path", Text),
    ("file.size", Long),
    ("gen_ai.request.model", Text),
    ("gen_ai.response.model", Text),
    ("gen_ai.usage.input_tokens", Long),
    ("gen_ai.usage.output_tokens", Long),
    ("host.ip", Ip),
    ("http.request.body.bytes", Long),
    ("http.request.bytes", Long),
    ("http.request.id", Text),
    ("http.request.method", Text),
    ("http.request.mime_type", Text),
    ("http.response.body.bytes", Long),
    ("http.response.bytes", Long),
    ("http.response.mime_type", Text),
    ("http.response.status_code", Long),
    ("http.version", Text),
    ("network.protocol", Text),
    ("network.transport", Text),
    ("network.type", Text),
    ("organization.id", Text),
    ("organization.name", Text),
    ("process.command_line", Text),
    ("process.exit_code", Long),
    ("process.name", Text),
    ("process.thread.id", Long),
    ("process.thread.name", Text),
    ("related.hash", Texts),
    ("related.hosts", Texts),
    ("related.ip", Ip),
    ("related.user", Texts),
    ("rule.id", Text),
    ("rule.name", Text),
    ("server.address", Text),
    ("server.domain", Text),
    ("server.ip", Ip),
    ("server.port", Long),
    ("source.address", Text),
    ("source.ip", Ip),
    ("source.port", Long),
    ("span.name", Text),
    ("tags", Texts),
    ("tls.version", Text),
    ("url.domain", Text),
    ("url.path", Text),
    ("url.port", Long),
    ("url.scheme", Text),
    ("user.changes.id", Text),
    ("user.hash", Text),
    ("user.id", Text),
    ("user.risk.calculated_score", Float),
    ("user.roles", Texts),
    ("user.target.id", Text),
    ("user_agent.name", Text),
    ("user_agent.original", Text),
    ("user_agent.version", Text),
];

/// The name as the schema has it, with its type; none if it may not be used.
pub(crate) fn find(name: &str) -> Option<(&'static str, Kind)> {
    let found = NAMES.binary_search_by_key(&name, |(known, _)| known).ok()?;
    NAMES.get(found).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_unique() {
        assert!(NAMES.is_sorted_by(|(one, _), (next, _)| one < next));
        assert!(
            NAMES
                .iter()
                .all(|(name, kind)| find(name) == Some((name, *kind)))
        );
    }

    #[test]
    fn what_every_line_has_cannot_be_set() {
        for name in [
            "@timestamp",
            "message",
            "log.level",
            "log.logger",
            "ecs.version",
        ] {
            assert_eq!(find(name), None);
        }
        for name in [
            "service.name",
            "process.pid",
            "trace.id",
            "event.dataset",
            "log",
        ] {
            assert_eq!(find(name), None);
        }
        assert_eq!(find("user.email"), None);
    }
}
