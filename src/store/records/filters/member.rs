//! The search for a member of the free-form data, which is stored as compact JSON, in the spelling of the client.

use sea_orm::DbBackend;
use serde_json::value::RawValue;

use crate::{domain::ExtraDataFilter, store::page_select::PageSelect};

/// The condition that the data has the member.
///
/// Few rows are parsed. Without a backslash in the data each text has one spelling, and a quote begins or ends a text. The
/// data then has the member only if it contains its JSON. If there is no object inside the object, that is enough for
/// nearly all names.
pub(super) fn is_in_data(query: &mut PageSelect, member: &ExtraDataFilter) -> String {
    let (find, equals) = match query.backend {
        DbBackend::Postgres => (
            "strpos",
            equals_on_postgres as fn(&mut PageSelect, &ExtraDataFilter) -> Equals,
        ),
        _ => (
            "instr",
            equals_on_sqlite as fn(&mut PageSelect, &ExtraDataFilter) -> Equals,
        ),
    };
    let Equals { json, exactly } = equals(query, member);
    let Spellings { members, values } = Spellings::of(member);
    // Where a name begins like what stands behind a text, its first quote may be the last one of a text.
    let is_certain = !member.key.as_str().starts_with([',', ']', '}']);
    let has_backslash = format!("{find}(extra_data, '\\') > 0");
    if members.is_empty() {
        return format!("CASE WHEN {has_backslash} THEN {exactly} ELSE false END");
    }
    let contains: Vec<String> = members
        .into_iter()
        .map(|member| format!("{find}(extra_data, {}) > 0", query.bind(member)))
        .collect();
    let values: Vec<String> = values.into_iter().map(|value| query.bind(value)).collect();
    let (contains, values) = (contains.join(" OR "), values.join(", "));
    let if_certain = if is_certain {
        format!("WHEN {find}(substr(extra_data, 2), '{{') = 0 THEN true")
    } else {
        String::new()
    };
    format!(
        "CASE WHEN {has_backslash} THEN {exactly} WHEN NOT ({contains}) THEN false {if_certain} \
         ELSE COALESCE({json} IN ({values}), false) END"
    )
}

/// How a member is compared.
struct Equals {
    /// Its JSON.
    json: String,
    /// The condition that its value as text is the one that is sought, however it is spelled.
    exactly: String,
}

fn equals_on_postgres(query: &mut PageSelect, member: &ExtraDataFilter) -> Equals {
    let (key, value) = (query.bind(member.key.as_str()), query.bind(member.value.as_str()));
    let json = format!("(extra_data::json -> {key})::text");
    let exactly = format!(
        "CASE json_typeof(extra_data::json -> {key}) WHEN 'string' THEN extra_data::json ->> {key} ELSE {json} END \
         = {value}"
    );
    Equals { json, exactly }
}

fn equals_on_sqlite(query: &mut PageSelect, member: &ExtraDataFilter) -> Equals {
    let path = query.bind(format!("$.{}", json_of(&member.key)));
    let value = query.bind(member.value.as_str());
    let json = format!("(extra_data -> {path})");
    // Not as a value of SQLite, which would round a number.
    let exactly =
        format!("CASE json_type(extra_data, {path}) WHEN 'text' THEN extra_data ->> {path} ELSE {json} END = {value}");
    Equals { json, exactly }
}

fn json_of(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// How the member is spelled in data that has no backslash.
#[derive(Debug, PartialEq, Eq)]
struct Spellings {
    /// With its name, and with what follows a value that does not end with a quote.
    members: Vec<String>,
    /// Its value.
    values: Vec<String>,
}

impl Spellings {
    fn of(ExtraDataFilter { key, value }: &ExtraDataFilter) -> Self {
        let (name, text) = (json_of(key), json_of(value));
        let (mut members, mut values) = (Vec::new(), Vec::new());
        if !name.contains('\\') {
            if !text.contains('\\') {
                members.push(format!("{name}:{text}"));
                values.push(text);
            }
            // A text in quotes would be the JSON of another text.
            let is_json = !value.starts_with('"') && serde_json::from_str::<&RawValue>(value).is_ok();
            if is_json {
                members.extend([',', '}'].map(|end| format!("{name}:{value}{end}")));
                values.push(value.clone());
            }
        }
        Self { members, values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_spelled_as_a_text_or_as_any_other_json() {
        for (sent, members, values) in [
            ("a:b", vec![r#""a":"b""#], vec![r#""b""#]),
            ("a:1", vec![r#""a":"1""#, r#""a":1,"#, r#""a":1}"#], vec![r#""1""#, "1"]),
            (
                "a:[1]",
                vec![r#""a":"[1]""#, r#""a":[1],"#, r#""a":[1]}"#],
                vec![r#""[1]""#, "[1]"],
            ),
            ("a:[\"b\"]", vec![r#""a":["b"],"#, r#""a":["b"]}"#], vec![r#"["b"]"#]),
            ("a:\"b\"", vec![], vec![]),
            ("a:b\tc", vec![], vec![]),
            ("a\"b:1", vec![], vec![]),
            ("é:", vec![r#""é":"""#], vec![r#""""#]),
        ] {
            let spelled = Spellings::of(&ExtraDataFilter::parse(sent).unwrap());
            assert_eq!(spelled.members, members, "{sent}");
            assert_eq!(spelled.values, values, "{sent}");
        }
    }
}
