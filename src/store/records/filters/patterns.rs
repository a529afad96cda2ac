//! The search for what a field begins with, letters in each case, as a pattern of each database. Neither depends on the
//! collation: each character is one of a set of characters.

use sea_orm::DbBackend;

use crate::{
    domain::{Search, SearchField},
    store::page_select::PageSelect,
};

/// What a pattern is.
#[derive(Clone, Copy)]
enum Matches {
    /// A regular expression.
    Expression,
    /// The text itself.
    Start,
    /// A pattern of GLOB.
    Glob,
}

/// The condition that a searched field begins with the text.
pub(super) fn begins(query: &mut PageSelect, search: &Search) -> String {
    let characters = search.characters();
    let has_case = characters.iter().any(|same| same.len() > 1);
    let (pattern, matches) = match query.backend {
        DbBackend::Postgres if has_case => (regular_expression(&characters), Matches::Expression),
        // The same, in a fraction of the time.
        DbBackend::Postgres => (characters.concat().into_iter().collect(), Matches::Start),
        _ => (glob(&characters), Matches::Glob),
    };
    let prefix = search.number_prefix();
    let mut text = None;
    let mut any = Vec::new();
    for field in search.fields() {
        let column = match field {
            SearchField::FirstName => "first_name",
            SearchField::LastName => "last_name",
            SearchField::ExternalId => "external_id",
            SearchField::PhoneNumber => {
                any.extend(prefix.as_deref().map(|prefix| number_begins(query, prefix)));
                continue;
            }
        };
        let pattern = text.get_or_insert_with(|| query.bind(pattern.as_str()));
        any.push(match matches {
            Matches::Expression => format!("{column} COLLATE \"C\" ~ {pattern}"),
            Matches::Start => format!("starts_with({column} COLLATE \"C\", {pattern})"),
            Matches::Glob => format!("{column} GLOB {pattern}"),
        });
    }
    if any.is_empty() {
        // No number begins with the text.
        return "1 = 0".to_owned();
    }
    format!("({})", any.join(" OR "))
}

/// The condition that one of the numbers begins with this, which is a plus and digits.
fn number_begins(query: &mut PageSelect, prefix: &str) -> String {
    // In the JSON of the further numbers, only a number begins with a plus.
    let quoted = query.bind(format!("\"{prefix}"));
    match query.backend {
        DbBackend::Postgres => {
            let prefix = query.bind(prefix);
            format!("starts_with(phone_number, {prefix}) OR strpos(further_phone_numbers, {quoted}) > 0")
        }
        _ => {
            let pattern = query.bind(format!("{prefix}*"));
            format!("phone_number GLOB {pattern} OR instr(further_phone_numbers, {quoted}) > 0")
        }
    }
}

/// A pattern of SQLite's GLOB: what is special is in a set of its own.
fn glob(characters: &[Vec<char>]) -> String {
    let mut pattern = String::new();
    for same in characters {
        match same[..] {
            [one] if !matches!(one, '*' | '?' | '[') => pattern.push(one),
            _ => pattern.extend(['['].iter().chain(same).chain(&[']'])),
        }
    }
    pattern.push('*');
    pattern
}

/// A regular expression of PostgreSQL: what is special has a backslash.
fn regular_expression(characters: &[Vec<char>]) -> String {
    let mut pattern = "^".to_owned();
    for same in characters {
        match same[..] {
            [one] if one.is_ascii() && !one.is_ascii_alphanumeric() => pattern.extend(['\\', one]),
            [one] => pattern.push(one),
            _ => pattern.extend(['['].iter().chain(same).chain(&[']'])),
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::Line;

    #[test]
    fn what_is_special_in_a_pattern_stands_for_itself() {
        for (text, expected_glob, expected_expression) in [
            ("é1", "[Éé]1*", "^[Éé]1"),
            ("*?[]", "[*][?][[]]*", r"^\*\?\[\]"),
            (r"\.^$-", r"\.^$-*", r"^\\\.\^\$\-"),
            ("(a|", "([Aa]|*", r"^\([Aa]\|"),
            ("中 ", "中 *", r"^中\ "),
        ] {
            let search = Search::new(Line::new(text).unwrap(), Vec::new());
            let characters = search.characters();
            assert_eq!(glob(&characters), expected_glob, "{text}");
            assert_eq!(regular_expression(&characters), expected_expression, "{text}");
        }
    }
}
