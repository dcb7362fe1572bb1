pub(crate) fn traceparent() -> Option<String> {
    None
}
