//! Saved responses are compressed: most of a large one are the names of members.

use crate::store::error::StoreError;

/// The text, compressed.
pub(super) fn compressed(text: &str) -> Vec<u8> {
    lz4_flex::compress_prepend_size(text.as_bytes())
}

/// The text that was compressed.
pub(super) fn expanded(bytes: &[u8]) -> Result<String, StoreError> {
    lz4_flex::decompress_size_prepended(bytes)
        .ok()
        .and_then(|text| String::from_utf8(text).ok())
        .ok_or_else(|| StoreError::Data("a saved response cannot be expanded".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back() {
        let large = "{\"first_name\":\"Ada\"}".repeat(100_000);
        for text in ["", "a", "\u{0}ä\n", &large] {
            assert_eq!(expanded(&compressed(text)).as_deref(), Ok(text));
        }
        assert!(compressed(&large).len() < large.len() / 20);
        for broken in [&[][..], &[1, 0], &[3, 0, 0, 0, 255], &compressed(&large)[1..]] {
            assert!(matches!(expanded(broken), Err(StoreError::Data(_))));
        }
    }
}
