use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The current span as a W3C `traceparent`, to be handed to whoever works on.
pub fn traceparent() -> Option<String> {
    let context = Context::current();
    let span = context.span();
    let ids = span.span_context();
    ids.is_valid().then(|| {
        let flags = ids.trace_flags().to_u8();
        format!("00-{}-{}-{flags:02x}", ids.trace_id(), ids.span_id())
    })
}

/// Makes `span` a child of the span that a `traceparent` names, here or in another
/// process. Call it before the span is entered; a malformed `traceparent` is ignored.
pub fn adopt(span: &Span, traceparent: &str) {
    if let Some(parent) = parse(traceparent) {
        let parent = Context::new().with_remote_span_context(parent);
        // Fails where no trace is recorded, or too late: then the span stays as it is.
        span.set_parent(parent).ok();
    }
}

/// W3C Trace Context §3.2: version 00 exactly, later versions by their first four parts.
fn parse(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let (span, flags) = (parts.next()?, parts.next()?);
    let more = parts.next().is_some();
    let hex = |text: &str, length| {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        text.len() == length && text.bytes().all(digit)
    };
    let well_formed = hex(version, 2) && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
    if !well_formed || version == "ff" || (version == "00" && more) {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    let trace = TraceId::from_hex(trace).ok()?;
    let span = SpanId::from_hex(span).ok()?;
    let context = SpanContext::new(trace, span, flags, true, TraceState::NONE);
    context.is_valid().then_some(context)
}
