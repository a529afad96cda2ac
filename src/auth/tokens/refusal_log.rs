//! The log of refused tokens: one line each, of which no caller can cause many.

use std::{
    mem,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::domain::text::visible;

/// How many lines are written within [`PERIOD`].
const MOST_LINES: u32 = 10;

const PERIOD: Duration = Duration::from_secs(1);

/// How many entries of a list of audiences are looked at; what is shown of them is cut anyway.
const AUDIENCES: usize = 8;

/// Writes the lines.
#[derive(Default)]
pub(super) struct RefusalLog {
    rate: Mutex<Rate>,
}

impl RefusalLog {
    /// Writes a line about a refused token, or counts it for the next line. `expected` is what the settings say in its
    /// place, if that is what was wrong.
    pub(super) fn write(&self, refusal: Refusal, token: Option<&str>, expected: Option<&str>) {
        let mut rate = self.rate.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(left_out) = rate.admit(Instant::now()) else {
            return;
        };
        drop(rate);
        let token = token.map(Excerpt::of).unwrap_or_default();
        // Whoever can reach the server can cause this line, so it is no warning.
        tracing::info!(
            reason = refusal.to_string(),
            alg = token.alg,
            kid = token.kid,
            iss = token.iss,
            aud = token.aud,
            expected,
            left_out = (left_out > 0).then_some(left_out),
            "refused a token"
        );
    }
}

/// How many lines were written lately.
#[derive(Default)]
struct Rate {
    since: Option<Instant>,
    lines: u32,
    left_out: u64,
}

impl Rate {
    /// How many lines were left out before this one, if it may be written; otherwise it is left out itself.
    fn admit(&mut self, now: Instant) -> Option<u64> {
        if self.since.is_none_or(|since| now.duration_since(since) >= PERIOD) {
            self.since = Some(now);
            self.lines = 0;
        }
        if self.lines == MOST_LINES {
            self.left_out += 1;
            return None;
        }
        self.lines += 1;
        Some(mem::take(&mut self.left_out))
    }
}

/// What the log shows of a token. Nothing of it has been verified, so every part is cut and has no control characters.
#[derive(Debug, Default, PartialEq, Eq)]
struct Excerpt {
    alg: Option<String>,
    kid: Option<String>,
    iss: Option<String>,
    aud: Option<String>,
}

impl Excerpt {
    fn of(token: &str) -> Self {
        let mut parts = token.split('.').map(members);
        let header = parts.next().flatten().unwrap_or_default();
        let claims = parts.next().flatten().unwrap_or_default();
        let text = |members: &Map<String, Value>, name: &str| members.get(name)?.as_str().map(visible);
        Self {
            alg: text(&header, "alg"),
            kid: text(&header, "kid"),
            iss: text(&claims, "iss"),
            aud: claims.get("aud").and_then(audience),
        }
    }
}

/// A part of a token as a JSON object.
fn members(part: &str) -> Option<Map<String, Value>> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&json).ok()
}

/// One audience, or several with commas between them.
fn audience(claim: &Value) -> Option<String> {
    match claim {
        Value::String(audience) => Some(visible(audience)),
        Value::Array(audiences) => {
            let texts = audiences.iter().take(AUDIENCES).filter_map(Value::as_str);
            Some(visible(&texts.collect::<Vec<_>>().join(", ")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token(header: &Value, claims: &Value) -> String {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.c2lnbmF0dXJl", part(header), part(claims))
    }

    #[test]
    fn ten_lines_a_second_are_written_and_the_next_one_counts_the_rest() {
        let mut rate = Rate::default();
        let start = Instant::now();
        let admitted = |rate: &mut Rate, milliseconds| rate.admit(start + Duration::from_millis(milliseconds));
        for _ in 0..10 {
            assert_eq!(admitted(&mut rate, 0), Some(0));
        }
        for _ in 0..1_000 {
            assert_eq!(admitted(&mut rate, 999), None);
        }
        assert_eq!(admitted(&mut rate, 1_000), Some(1_000));
        for _ in 0..9 {
            assert_eq!(admitted(&mut rate, 1_500), Some(0));
        }
        assert_eq!(admitted(&mut rate, 1_999), None);
        assert_eq!(admitted(&mut rate, 60_000), Some(1));
    }

    #[test]
    fn an_excerpt_is_short_and_has_no_control_characters() {
        let long = "i".repeat(30_000);
        let header = json!({"alg": "HS256", "kid": "a\nb\u{1b}[31m"});
        let claims = json!({"iss": long, "aud": vec![long.clone(); 1_000], "sub": "a person"});
        let excerpt = Excerpt::of(&token(&header, &claims));
        assert_eq!(excerpt.alg.as_deref(), Some("HS256"));
        assert_eq!(excerpt.kid.as_deref(), Some("a\u{fffd}b\u{fffd}[31m"));
        assert_eq!(excerpt.iss, Some("i".repeat(64)));
        assert_eq!(excerpt.aud, Some("i".repeat(64)));
    }

    #[test]
    fn an_excerpt_has_what_can_be_read() {
        let of = |aud: Value| Excerpt::of(&token(&json!({"kid": 7}), &json!({"aud": aud}))).aud;
        assert_eq!(of(json!("a")).as_deref(), Some("a"));
        assert_eq!(of(json!(["a", 7, "b"])).as_deref(), Some("a, b"));
        for aud in [json!(7), json!({"a": "b"}), json!(null)] {
            assert_eq!(of(aud), None);
        }
        for text in ["", ".", "..", "a.b.c", "nonsense", "e30", "W10.W10.W10"] {
            assert_eq!(Excerpt::of(text), Excerpt::default(), "{text}");
        }
    }
}
