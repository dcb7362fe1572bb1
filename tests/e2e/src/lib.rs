//! The whole system through its front door; see `tests/`.
