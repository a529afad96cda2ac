use serde_json::json;

use super::*;
use crate::auth::{Manage, RequiredScopes};

const NOW: f64 = 1_800_000_000.0;

/// The claims of a valid token with some replaced; null removes a claim.
fn claims(changes: Value) -> Map<String, Value> {
    let mut claims = json!({
        "exp": NOW + 600.0, "account_id": "acme", "scope": "record-lists:manage",
        "iss": "https://id.example.com/", "aud": "record-lists",
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let mut claims = claims.as_object().unwrap().clone();
    claims.retain(|_, value| !value.is_null());
    claims
}

fn verified(changes: Value, settings: &AuthSettings) -> Result<Principal, Refusal> {
    verify(&claims(changes), settings, None, NOW).map(|(principal, _)| principal)
}

#[test]
fn dates_have_a_leeway_of_thirty_seconds() {
    use Refusal::{Account, Dates, Expired, NotYetValid};
    for (changes, expected) in [
        (json!({"exp": NOW - 20.0}), None),
        (json!({"exp": NOW - 40.0}), Some(Expired)),
        (json!({"exp": NOW - 30.5}), Some(Expired)),
        (json!({"exp": NOW - 29.5}), None),
        (json!({"nbf": NOW + 20.0}), None),
        (json!({"nbf": NOW + 40.0}), Some(NotYetValid)),
        (json!({"iat": NOW + 300.0}), None),
        (json!({"iat": "yesterday"}), None),
        (json!({"exp": null}), Some(Dates)),
        (json!({"exp": "1900000000"}), Some(Dates)),
        (json!({"exp": [1]}), Some(Dates)),
        (json!({"exp": true}), Some(Dates)),
        (json!({"exp": -1}), Some(Expired)),
        (json!({"exp": {}}), Some(Dates)),
        (json!({"exp": NOW + 0.25, "nbf": NOW - 0.25}), None),
        (json!({"nbf": NOW + 30.5}), Some(NotYetValid)),
        (json!({"nbf": "0"}), Some(Dates)),
        (json!({"nbf": [0]}), Some(Dates)),
        (json!({"exp": NOW - 40.0, "account_id": ""}), Some(Account)),
    ] {
        let result = verified(changes.clone(), &AuthSettings::default());
        assert_eq!(result.err(), expected, "{changes}");
    }
}

#[test]
fn a_date_that_is_null_has_the_wrong_type() {
    for name in ["exp", "nbf"] {
        let mut claims = claims(json!({}));
        claims.insert(name.to_owned(), Value::Null);
        let result = verify(&claims, &AuthSettings::default(), None, NOW);
        assert_eq!(result.err(), Some(Refusal::Dates), "{name}");
    }
}

#[test]
fn the_audience_must_match_where_one_is_configured() {
    let settings = AuthSettings {
        audience: Some("record-lists".into()),
        ..AuthSettings::default()
    };
    for (audience, expected) in [
        (json!("record-lists"), true),
        (json!(["account", "record-lists"]), true),
        (json!("account"), false),
        (json!([]), false),
        (json!(null), false),
        (json!({"a": 1}), false),
        (json!([1, "record-lists"]), false),
        (json!("record-lists-admin"), false),
        (json!(7), false),
    ] {
        let result = verified(json!({"aud": audience}), &settings);
        assert_eq!(result.is_ok(), expected, "{audience}");
    }
    assert!(verified(json!({"aud": "x"}), &AuthSettings::default()).is_ok());
}

#[test]
fn issuers_are_compared_exactly() {
    let settings = AuthSettings {
        issuers: vec!["https://id.example.com/".into(), "https://old.example.com".into()],
        ..AuthSettings::default()
    };
    for (issuer, expected) in [
        (json!("https://id.example.com/"), true),
        (json!("https://old.example.com"), true),
        (json!("https://id.example.com"), false),
        (json!("HTTPS://id.example.com/"), false),
        (json!("https://id.example.com/."), false),
        (json!(["https://id.example.com/"]), false),
        (json!(null), false),
    ] {
        let result = verified(json!({"iss": issuer}), &settings);
        let refused = (!expected).then_some(Refusal::Issuer);
        assert_eq!(result.err(), refused, "{issuer}");
    }
}

#[test]
fn a_key_of_an_issuer_is_for_its_tokens_alone() {
    let configured = AuthSettings {
        issuers: vec!["https://id.example.com/".into()],
        ..AuthSettings::default()
    };
    for settings in [AuthSettings::default(), configured] {
        for (issuer, expected) in [
            (json!("https://oidc.example.com"), true),
            (json!("https://oidc.example.com/"), false),
            (json!("https://id.example.com/"), false),
            (json!(["https://oidc.example.com"]), false),
            (json!(null), false),
        ] {
            let claims = claims(json!({"iss": issuer}));
            let result = verify(&claims, &settings, Some("https://oidc.example.com"), NOW);
            let refused = (!expected).then_some(Refusal::Issuer);
            assert_eq!(result.err(), refused, "{issuer}");
        }
    }
}

#[test]
fn scopes_come_as_text_or_list_from_any_of_the_claims() {
    for (changes, expected) in [
        (json!({"scope": ["record-lists:manage"]}), true),
        (json!({"scope": null, "scp": "openid record-lists:manage"}), true),
        (json!({"scope": null, "scp": ["record-lists:manage"]}), true),
        (json!({"scope": "openid", "scp": ["record-lists:manage"]}), true),
        (json!({"scope": null, "scopes": "record-lists:manage"}), true),
        (json!({"scope": "record-lists:managed"}), false),
        (json!({"scope": "Record-Lists:Manage"}), false),
        (json!({"scope": "record-lists:manage,openid"}), false),
        (json!({"scope": {"a": 1}}), false),
        (json!({"scope": ["record-lists:manage", 7]}), false),
        (json!({"scope": null, "roles": ["record-lists:manage"]}), false),
        (json!({"scope": null}), false),
    ] {
        let principal = verified(changes.clone(), &AuthSettings::default()).unwrap();
        assert_eq!(
            principal.satisfies::<Manage>(&RequiredScopes::default()),
            expected,
            "{changes}"
        );
    }
}

#[test]
fn claims_can_be_named_for_an_identity_provider() {
    let entra = AuthSettings {
        account_claim: "tid".into(),
        scope_claims: ["scope", "scp", "roles"].map(String::from).to_vec(),
        ..AuthSettings::default()
    };
    let changes = json!({
        "scope": null, "account_id": null, "roles": ["record-lists:manage"], "tid": "t-1",
        "aud": "api://record-lists", "ver": "2.0",
    });
    let unknown = verified(changes.clone(), &AuthSettings::default());
    assert_eq!(unknown.err(), Some(Refusal::GrantsNothing));
    let principal = verified(changes, &entra).unwrap();
    assert!(principal.satisfies::<Manage>(&RequiredScopes::default()));
    assert_eq!(principal.account.as_str(), "t-1");
}

#[test]
fn the_account_claim_is_a_literal_name_and_a_text() {
    let with_claim = |name: &str| AuthSettings {
        account_claim: name.into(),
        ..AuthSettings::default()
    };
    let namespaced = "https://dial.example.com/account_id";
    let account = |changes, name| {
        let principal = verified(changes, &with_claim(name)).ok()?;
        Some(principal.account.as_str().to_owned())
    };
    assert_eq!(account(json!({namespaced: "acme"}), namespaced), Some("acme".into()));
    let dotted = json!({"org.id": "acme", "org": {"id": "other"}});
    assert_eq!(account(dotted, "org.id"), Some("acme".into()));
    assert_eq!(account(json!({"org": {"id": "other"}}), "org.id"), None);
    for wrong in [json!(7), json!(["acme"]), json!(""), json!(null), json!("a\u{0}")] {
        assert_eq!(account(json!({"account_id": wrong}), "account_id"), None, "{wrong}");
    }
}

#[test]
fn the_client_is_the_first_that_is_named() {
    for (changes, expected) in [
        (
            json!({"client_id": "a", "cid": "b", "azp": "c", "appid": "d", "sub": "e"}),
            "a",
        ),
        (
            json!({"cid": "0oaFIELD", "azp": "c", "appid": "d", "sub": "e"}),
            "0oaFIELD",
        ),
        (json!({"azp": "c", "appid": "d", "sub": "e"}), "c"),
        (json!({"appid": "d", "sub": "e"}), "d"),
        (json!({"sub": "e"}), ""),
        (json!({"client_id": 7, "cid": "", "azp": ["x"], "appid": "d"}), "d"),
        (json!({"client_id": "a\n"}), ""),
        (json!({"client_id": "a\0", "azp": "c"}), "c"),
        (json!({"client_id": " "}), " "),
        (json!({}), ""),
    ] {
        let principal = verified(changes, &AuthSettings::default()).unwrap();
        assert_eq!(principal.client, expected);
    }
}

#[test]
fn the_claims_of_the_client_can_be_named() {
    let with_claims = |names: &[&str]| AuthSettings {
        client_claims: names.iter().map(|name| (*name).to_owned()).collect(),
        ..AuthSettings::default()
    };
    let changes = json!({"client_id": "a", "sub": "e", "https://a.example/client": "f"});
    for (names, expected) in [
        (vec!["sub"], "e"),
        (vec!["https://a.example/client", "client_id"], "f"),
        (vec!["cid", "client_id"], "a"),
        (vec!["cid"], ""),
        (vec![], ""),
    ] {
        let principal = verified(changes.clone(), &with_claims(&names)).unwrap();
        assert_eq!(principal.client, expected, "{names:?}");
    }
}

#[test]
fn a_long_client_is_cut_to_characters_and_not_to_bytes() {
    for (client, expected) in [
        ("é".repeat(255), "é".repeat(255)),
        ("é".repeat(256), "é".repeat(255)),
        ("😀".repeat(10_000), "😀".repeat(255)),
        ("a".repeat(255) + "\n", "a".repeat(255)),
    ] {
        let principal = verified(json!({"client_id": client}), &AuthSettings::default()).unwrap();
        assert_eq!(principal.client, expected);
    }
}
