//! Writes that are repeated with an `Idempotency-Key` (docs/contract.md section 5.5).

mod keeping;
mod repeating;
mod waiting;

use crate::support::TestResponse;

/// Checks that an answer is the first one, byte for byte, and says so.
#[track_caller]
pub fn assert_replay(answer: &TestResponse, first: &TestResponse) {
    assert!(!first.is_replay());
    assert!(answer.is_replay());
    assert_eq!(answer.status, first.status);
    assert_eq!(answer.body, first.body);
    for name in ["operation-id", "location", "content-type"] {
        assert_eq!(answer.headers.get(name), first.headers.get(name), "{name}");
    }
}
