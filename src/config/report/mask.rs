//! What of a setting is not shown: in URLs, passwords and whatever else may be secret.

use url::{Url, form_urlencoded};

/// What stands in place of a secret.
pub(super) const MASK: &str = "***";

/// Parameters in the URL of a database that say where it is and how it is reached, and never contain a secret.
const SHOWN: [&str; 11] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "port",
    "ssl-mode",
    "ssl-root-cert",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// The text without what may be secret; `None` if it can be shown as it is.
///
/// Of the URL of a database only what is known to be none is shown. Of any other URL everything may be secret that names
/// a user or follows the path.
pub fn masked(text: &str) -> Option<String> {
    match Url::parse(text) {
        // Its parameters are known, and the rest is a path.
        Ok(url) if url.scheme() == "sqlite" => None,
        Ok(url) if url.scheme().starts_with("postgres") => of_database(url),
        Ok(url) if url.has_host() => of_other(url),
        // A part of a URL, for example, in which a comma separated two values.
        Err(_) if text.contains("://") => Some(MASK.to_owned()),
        _ => None,
    }
}

fn of_database(mut url: Url) -> Option<String> {
    // The password may contain what ends the host: then the rest of it is taken for a path or a query.
    let rest = [url.path(), url.query().unwrap_or_default()];
    if rest.iter().any(|part| part.contains('@')) {
        return Some(format!("{}://{MASK}", url.scheme()));
    }
    let has_password = url.password().is_some();
    if has_password && url.set_password(Some(MASK)).is_err() {
        return Some(format!("{}://{MASK}", url.scheme()));
    }
    let query = url.query().filter(|query| query.split('&').any(may_be_secret));
    let Some(query) = query else {
        return has_password.then(|| url.into());
    };
    let shown = query.split('&').map(|pair| match may_be_secret(pair) {
        true => format!("{}={MASK}", name(pair)),
        false => pair.to_owned(),
    });
    let shown = shown.collect::<Vec<_>>().join("&");
    url.set_query(Some(&shown));
    Some(url.into())
}

/// Whether a parameter of a query is not known to be none, or may hold a second one.
fn may_be_secret(pair: &str) -> bool {
    let mut pairs = form_urlencoded::parse(pair.as_bytes());
    let is_shown = pairs
        .next()
        .is_none_or(|(name, value)| SHOWN.contains(&name.as_ref()) && !value.contains([';', '=']));
    !is_shown
}

/// The name of a parameter, as far as it is one.
fn name(pair: &str) -> String {
    let mut pairs = form_urlencoded::parse(pair.as_bytes());
    let name = pairs.next().map(|(name, _)| name.into_owned()).unwrap_or_default();
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    name.chars().take_while(|c| is_name(*c)).collect()
}

fn of_other(mut url: Url) -> Option<String> {
    let has_user = !url.username().is_empty() || url.password().is_some();
    let has_rest = url.query().is_some() || url.fragment().is_some();
    if !has_user && !has_rest {
        return None;
    }
    if has_user && (url.set_password(None).is_err() || url.set_username(MASK).is_err()) {
        return Some(MASK.to_owned());
    }
    if has_rest {
        url.set_fragment(None);
        url.set_query(Some(MASK));
    }
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_url_everything_is_shown_but_secrets() {
        for (text, expected) in [
            ("postgres://u:marked@h/db", "postgres://u:***@h/db"),
            ("postgresql://u:marked@h:1/db", "postgresql://u:***@h:1/db"),
            ("postgres://:marked@h/db", "postgres://:***@h/db"),
            (
                "postgres://h/db?sslmode=require&password=marked&options[a]=marked",
                "postgres://h/db?sslmode=require&password=***&options=***",
            ),
            (
                "postgres://h/db?sslkey=-----BEGIN%20marked&sslmode=require",
                "postgres://h/db?sslkey=***&sslmode=require",
            ),
            ("postgres://h/db?options=-c%20a%3Dmarked", "postgres://h/db?options=***"),
            ("postgres://h/db?user=u;password=marked", "postgres://h/db?user=***"),
            (
                "postgres:///db?user=u&%70assword=marked",
                "postgres:///db?user=u&password=***",
            ),
            ("postgres://u:1/marked@h/db", "postgres://***"),
            ("postgres://u:1?user=marked@h/db", "postgres://***"),
            ("https://marked@h/a", "https://***@h/a"),
            ("https://u:marked@h/a", "https://***@h/a"),
            ("https://h/keys?code=marked", "https://h/keys?***"),
            ("https://h/a#marked", "https://h/a?***"),
            ("other://u:marked@h/a", "other://***@h/a"),
            ("https:h/keys?code=marked", "https://h/keys?***"),
            ("https://u:marked", "***"),
        ] {
            let shown = masked(text).unwrap();
            assert_eq!(shown, expected, "{text}");
            assert!(!shown.contains("marked"));
            // What is shown has no more secrets.
            assert!(masked(&shown).is_none_or(|again| again == shown), "{text}");
        }
        for text in [
            "postgres://u@h/db?sslmode=require",
            "postgres:///db?host=/run/postgresql",
            "sqlite://data/a@b.db?mode=rw",
            "https://dialer.example.com/lists",
            "record_lists=debug",
            "a:b",
            "k1=/etc/key?x",
            "",
        ] {
            assert_eq!(masked(text), None, "{text}");
        }
    }
}
