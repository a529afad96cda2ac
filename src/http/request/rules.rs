//! Rules on texts for `validator`, beside its own.

use std::borrow::Cow;

use validator::ValidationError;

use crate::domain::text;

fn broken(code: &'static str, message: &'static str) -> ValidationError {
    ValidationError::new(code).with_message(Cow::Borrowed(message))
}

/// No U+0000 and no other control character (api.md section 1, "text").
pub fn no_control_characters(value: &str) -> Result<(), ValidationError> {
    if text::has_control_characters(value) {
        return Err(broken("control", "must not hold control characters"));
    }
    Ok(())
}

/// No control character but tab and line breaks (api.md section 1, "text").
pub fn no_control_characters_but_breaks(value: &str) -> Result<(), ValidationError> {
    if text::has_control_characters_except_breaks(value) {
        return Err(broken("control", "must not hold control characters"));
    }
    Ok(())
}
