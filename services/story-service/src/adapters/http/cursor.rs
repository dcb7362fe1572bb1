//! Where a list goes on, as clients carry it: opaque, URL-safe.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kernel::StoryId;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::application::ports::Position;

/// Microseconds, the resolution of the table's times.
const NANOSECONDS: i128 = 1_000;

/// Writes a position.
pub fn encode(position: &Position) -> String {
    let micros = position.created_at.unix_timestamp_nanos() / NANOSECONDS;
    let mut bytes = micros.to_be_bytes().to_vec();
    bytes.extend_from_slice(position.id.0.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a position; none if it is not one of ours.
pub fn decode(cursor: &str) -> Option<Position> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (micros, id) = bytes.split_first_chunk::<16>()?;
    let nanos = i128::from_be_bytes(*micros).checked_mul(NANOSECONDS)?;
    Some(Position {
        created_at: OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?,
        id: StoryId(Uuid::from_slice(id).ok()?),
    })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_position_reads_back() {
        let position = Position {
            created_at: datetime!(2026-11-24 10:30:00.123456 UTC),
            id: StoryId(Uuid::from_u128(7)),
        };
        assert_eq!(decode(&encode(&position)), Some(position));
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let far = BASE64_URL_SAFE_NO_PAD.encode([0x7f; 32]);
        for bad in ["", "x", "AAAA", "%%%", &far, &"A".repeat(44)] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
