//! The further phone numbers of a record, as its row has them: a JSON array of arrays of number and type.

use entity::Word;

use crate::{
    domain::{PhoneLine, PhoneNumber, PhoneType},
    store::{bind::json_text, error::StoreError},
};

/// The text of these numbers; `None` if there are none.
pub(super) fn to_stored(further: &[PhoneLine]) -> Option<String> {
    let pairs = further.iter().map(|line| (line.number.as_str(), line.phone_type));
    (!further.is_empty()).then(|| json_text(pairs))
}

/// Reads such a text, which only this program writes.
pub(super) fn from_stored(text: &str) -> Result<Vec<PhoneLine>, StoreError> {
    let pairs: Vec<(String, String)> = serde_json::from_str(text).map_err(|_| unreadable())?;
    let lines = pairs.into_iter().map(|(number, phone_type)| {
        Ok(PhoneLine {
            number: PhoneNumber::from_stored(number),
            phone_type: PhoneType::from_word(&phone_type).ok_or_else(unreadable)?,
        })
    });
    lines.collect()
}

fn unreadable() -> StoreError {
    StoreError::Bug("the further phone numbers of a record cannot be read")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_were_written() {
        let lines = [("+14155550132", PhoneType::Office), ("+44207946", PhoneType::Extra3)];
        let lines = lines.map(|(number, phone_type)| PhoneLine {
            number: PhoneNumber::from_stored(number.to_owned()),
            phone_type,
        });
        assert_eq!(to_stored(&[]), None);
        let stored = to_stored(&lines).unwrap();
        assert_eq!(stored, r#"[["+14155550132","OFFICE"],["+44207946","EXTRA_3"]]"#);
        assert_eq!(from_stored(&stored).unwrap(), lines);
        for text in ["", "{}", r#"[["+1415"]]"#, r#"[["+14155550132","CAR"]]"#] {
            assert!(from_stored(text).is_err(), "{text}");
        }
    }
}
