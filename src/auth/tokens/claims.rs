//! Claims: what a token must say, as a pure function of its claims, the settings and the time.
//!
//! The library verifies the signature. The claims are checked here, because the library ignores an issuer or audience
//! of the wrong type, accepts a list of issuers, and has no clock that a test could set.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::{
    auth::{
        principal::{Principal, Scopes},
        settings::AuthSettings,
    },
    domain::{AccountId, text::Line},
};

/// How far the clocks of issuer and server may differ, in seconds.
const LEEWAY: f64 = 30.0;

/// The period in which a token is valid, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Validity {
    not_before: Option<f64>,
    expires: f64,
}

impl Validity {
    fn read(claims: &Map<String, Value>) -> Result<Self, Refusal> {
        Ok(Self {
            not_before: number(claims, "nbf")?,
            expires: number(claims, "exp")?.ok_or(Refusal::Dates)?,
        })
    }

    /// Checks whether the token is valid at `now`. A cached token is checked each time it is used.
    pub(super) fn check(self, now: f64) -> Result<(), Refusal> {
        if now >= self.expires + LEEWAY {
            return Err(Refusal::Expired);
        }
        if self.not_before.is_some_and(|start| start > now + LEEWAY) {
            return Err(Refusal::NotYetValid);
        }
        Ok(())
    }
}

/// Checks the claims of a token whose signature is valid. `now` is in seconds since 1970. If the key is for the tokens
/// of an issuer alone, `key_issuer` names it and takes the place of the configured issuers.
///
/// The dates come last: only a token that is otherwise valid may be called expired.
pub(super) fn verify(
    claims: &Map<String, Value>,
    settings: &AuthSettings,
    key_issuer: Option<&str>,
    now: f64,
) -> Result<(Principal, Validity), Refusal> {
    let validity = Validity::read(claims)?;
    verify_issuer(claims, settings, key_issuer)?;
    verify_audience(claims, settings)?;
    let account = claims
        .get(&settings.account_claim)
        .and_then(Value::as_str)
        .and_then(|account| AccountId::new(account).ok());
    let scopes = scopes(claims, settings);
    if account.is_none() && !scopes.is_empty() {
        return Err(Refusal::Account);
    }
    validity.check(now)?;
    let principal = Principal {
        account: account.ok_or(Refusal::GrantsNothing)?,
        client: client(claims, settings),
        scopes,
    };
    Ok((principal, validity))
}

/// Reads a date in seconds, possibly fractional; `None` if absent.
fn number(claims: &Map<String, Value>, name: &str) -> Result<Option<f64>, Refusal> {
    match claims.get(name) {
        None => Ok(None),
        Some(claim) => claim
            .as_f64()
            .filter(|date| date.is_finite())
            .map(Some)
            .ok_or(Refusal::Dates),
    }
}

fn verify_issuer(
    claims: &Map<String, Value>,
    settings: &AuthSettings,
    key_issuer: Option<&str>,
) -> Result<(), Refusal> {
    let issuer = claims.get("iss").and_then(Value::as_str);
    let is_accepted = match key_issuer {
        Some(_) => issuer == key_issuer,
        None if settings.issuers.is_empty() => true,
        None => issuer.is_some_and(|issuer| settings.issuers.iter().any(|accepted| accepted == issuer)),
    };
    if is_accepted { Ok(()) } else { Err(Refusal::Issuer) }
}

fn verify_audience(claims: &Map<String, Value>, settings: &AuthSettings) -> Result<(), Refusal> {
    let Some(wanted) = &settings.audience else {
        return Ok(());
    };
    let is_meant = match claims.get("aud") {
        Some(Value::String(audience)) => audience == wanted,
        Some(Value::Array(audiences)) => {
            audiences.iter().all(Value::is_string) && audiences.iter().any(|audience| audience == wanted)
        }
        _ => false,
    };
    if is_meant { Ok(()) } else { Err(Refusal::Audience) }
}

/// The scopes from all configured claims. If any part of a claim has the wrong type, the claim grants nothing.
fn scopes(claims: &Map<String, Value>, settings: &AuthSettings) -> Scopes {
    settings
        .scope_claims
        .iter()
        .filter_map(|name| claims.get(name))
        .flat_map(|claim| match claim {
            Value::String(scopes) => scopes
                .split(' ')
                .filter(|scope| !scope.is_empty())
                .map(str::to_owned)
                .collect(),
            Value::Array(scopes) => scopes
                .iter()
                .map(|scope| scope.as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>()
                .unwrap_or_default(),
            _ => Vec::new(),
        })
        .collect()
}

/// The longest name of a client in the audit trail, in characters.
const CLIENT_LENGTH: usize = 255;

/// The client program, from the first claim that names one, cut to the length that the audit trail keeps. A name with
/// control characters is none. `sub` counts only if it is configured: it may name a person, and the audit trail keeps
/// the client forever.
fn client(claims: &Map<String, Value>, settings: &AuthSettings) -> String {
    let named = settings
        .client_claims
        .iter()
        .filter_map(|name| claims.get(name)?.as_str());
    named
        .map(|client| client.chars().take(CLIENT_LENGTH).collect::<String>())
        .find(|client| Line::<CLIENT_LENGTH>::new(client.as_str()).is_ok())
        .unwrap_or_default()
}

#[cfg(test)]
#[path = "claims_test.rs"]
mod tests;
