//! The whole system, tested through its public face. The tests are in `tests/it`.
