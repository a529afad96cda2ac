use std::any::TypeId;

use super::*;

/// What the program takes from a file with this text.
fn read_from(text: &str, explicit: &[&str]) -> Result<Settings, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, text).unwrap();
    let settings = Settings {
        config: Some(file),
        sources: explicit.iter().copied().collect(),
        ..Settings::default()
    };
    settings.with_file().map_err(|error| {
        let told = error.to_string();
        assert!(
            !told.contains("marked") && !format!("{error:?}").contains("marked"),
            "{told}"
        );
        told
    })
}

#[test]
fn values_of_every_type_are_taken() {
    let settings = read_from(
        "bind = \"localhost:1\"\nworkers = 3\nqueue_bytes = 5_000_000\ndemo = true\nlock_timeout = \"9s\"\n\
         public_url = \"https://dialer.example.com/lists\"\ntrusted_proxies = [\"10.0.0.0/8\", \"192.0.2.7\"]\n\
         cors_origins = [\"https://a.example/\"]\nwire_format = \"published\"\nlog_format = \"json\"\nlog = \"warn\"\n\
         jwt_secret_file = [\"a,b\", \"c\"]\njwt_issuer = []\njwt_audience = \"7\"\njwks = \"keys.json\"",
        &[],
    );
    let settings = settings.unwrap();
    assert_eq!(settings.bind.to_string(), "localhost:1");
    assert_eq!(
        (settings.workers, settings.queue_bytes, settings.demo),
        (Some(3), 5_000_000, true)
    );
    assert_eq!(settings.lock_timeout.as_secs(), 9);
    assert!(settings.public_url.is_some() && settings.jwks.is_some() && settings.jwt_issuer.is_empty());
    assert_eq!((settings.trusted_proxies.len(), settings.cors_origins.len()), (2, 1));
    assert_eq!(settings.log_format, crate::config::LogFormat::Json);
    // A comma does not separate the values of an array.
    assert_eq!(settings.jwt_secret_file, [PathBuf::from("a,b"), PathBuf::from("c")]);
    assert_eq!(settings.jwt_audience.as_deref(), Some("7"));
    // An empty array takes the place of a default.
    let without_claims = read_from("jwt_client_claims = []", &[]).unwrap();
    assert!(without_claims.jwt_client_claims.is_empty());
    // What the file does not name stays.
    assert_eq!(settings.jwt_scope_claims, Settings::default().jwt_scope_claims);
}

/// No key accepts a value of another type, and each says which key it is and what it takes.
#[test]
fn values_of_other_types_are_refused_by_the_name_of_the_key() {
    let command = Settings::command();
    for setting in command.get_arguments().filter(|setting| setting.get_env().is_some()) {
        let key = setting.get_id().as_str();
        if key == "config" {
            continue;
        }
        let is_list = setting.get_value_delimiter().is_some();
        let is_number = setting
            .get_value_names()
            .is_some_and(|names| names[0] == "COUNT" || names[0] == "BYTES");
        for (value, is_right) in [
            ("3", is_number),
            ("1.5", false),
            ("-1", false),
            ("99999999999999999999", false),
            ("true", is_yes_or_no(setting)),
            ("\"\"", false),
            ("\"3\"", false),
            ("1979-05-27", false),
            ("{ marked = 1 }", false),
            ("[1]", false),
            ("[\"\"]", false),
            ("[[\"marked\"]]", false),
            ("[true]", false),
            ("[\"marked\"]", is_list),
        ] {
            // Some texts take any word.
            let is_word = setting.get_value_parser().type_id() == TypeId::of::<String>()
                || setting.get_value_parser().type_id() == TypeId::of::<PathBuf>();
            if is_right || (is_word && !is_list && value == "\"3\"") {
                continue;
            }
            let told = read_from(&format!("{key} = {value}"), &[]).err();
            let told = told.unwrap_or_else(|| panic!("{key} = {value} is accepted"));
            let is_said = told.contains(&format!(": {key} must be ")) || value.starts_with("999");
            assert!(is_said, "{key} = {value}: {told}");
        }
    }
}

#[test]
fn a_refused_value_is_told_from_an_example() {
    for (text, told) in [
        (
            "lock_timeout = 3",
            "lock_timeout must be a time with a unit, from 1ms to 24h, such as \"3s\"",
        ),
        ("lock_timeout = \"marked\"", "such as \"3s\""),
        (
            "database_pool_size = 0",
            "database_pool_size must be a whole number from 1 to 10000",
        ),
        (
            "database_pool_size = \"5\"",
            "database_pool_size must be a number without quotes",
        ),
        (
            "no_migrate = \"true\"",
            "no_migrate must be true or false, without quotes",
        ),
        ("wire_format = \"marked\"", "wire_format must be full or published"),
        ("bind = 8080", "\"127.0.0.1:8080\""),
        (
            "public_url = \"marked.example.com\"",
            "such as \"https://dialer.example.com/lists\"",
        ),
        (
            "cors_origins = [\"https://a.example\", \"marked\"]",
            "such as \"https://app.example.com\"",
        ),
        (
            "cors_origins = \"https://marked.example\"",
            "cors_origins must be an array",
        ),
        ("jwt_audience = 7", "jwt_audience must be a text in quotes"),
        ("jwt_audience = \"\"", "jwt_audience must be a text that is not empty"),
        ("log = \"marked\"", "log must be a level"),
        (
            "lock_timeuot = \"marked\"",
            "the key lock_timeuot is unknown, lock_timeout may be meant",
        ),
        ("lock-timeout = \"9s\"", "lock_timeout may be meant"),
        ("colour = \"marked\"", "the key colour is unknown"),
        ("config = \"marked\"", "the key config is unknown"),
        ("sources = [\"marked\"]", "the key sources is unknown"),
        ("[database]\nurl = \"marked\"", "the key database is unknown"),
        ("lanes = 2\nlanes = 3", "at line 2"),
        ("database_url = \"postgres://a:marked@b/c\nlanes = 2", "at line 1"),
        ("lanes = 2\nmarked", "at line 2"),
    ] {
        let error = read_from(text, &[])
            .err()
            .unwrap_or_else(|| panic!("{text} is accepted"));
        assert!(error.contains(told) && !error.contains('\n'), "{text}: {error}");
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let error = read_from("lanes = -1\nlock_timeout = 3\ncolour = 1", &[])
        .err()
        .unwrap();
    for key in ["lanes", "lock_timeout", "colour"] {
        assert!(error.contains(key), "{error}");
    }
}

#[test]
fn a_flag_does_not_hide_a_fault_of_the_file() {
    assert!(read_from("lanes = \"marked\"", &["lanes"]).is_err());
    assert_eq!(
        read_from("lanes = 7", &["lanes"]).unwrap().lanes,
        Settings::default().lanes
    );
}
