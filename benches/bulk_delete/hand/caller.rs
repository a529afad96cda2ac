//! Who calls: the token of a request is verified.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::AUTHORIZATION, web::Data};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use super::failure::Failure;
use crate::service::{SCOPE, SECRET};

/// Verifies tokens.
pub(super) struct Verifier {
    key: DecodingKey,
    validation: Validation,
}

#[derive(Deserialize)]
struct Claims {
    account_id: String,
    scope: String,
    #[serde(default)]
    client_id: String,
}

/// A caller that may delete, create and update records.
pub(super) struct Caller {
    pub(super) account: String,
    /// Empty if the token names none.
    pub(super) client: String,
}

impl Verifier {
    pub(super) fn new() -> Self {
        Self {
            key: DecodingKey::from_secret(SECRET.as_bytes()).expect("a key"),
            validation: Validation::new(Algorithm::HS256),
        }
    }

    fn caller(&self, request: &HttpRequest) -> Result<Caller, Failure> {
        let header = request.headers().get(AUTHORIZATION);
        let token = header
            .and_then(|header| header.to_str().ok()?.strip_prefix("Bearer "))
            .ok_or(Failure::Unauthenticated)?;
        let token =
            jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation).map_err(|_| Failure::Unauthenticated)?;
        if token.claims.scope.split(' ').any(|scope| scope == SCOPE) {
            Ok(Caller {
                account: token.claims.account_id,
                client: token.claims.client_id,
            })
        } else {
            Err(Failure::InsufficientScope)
        }
    }
}

impl FromRequest for Caller {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let verifier = request.app_data::<Data<Verifier>>();
        ready(
            verifier
                .ok_or(Failure::Unauthenticated)
                .and_then(|verifier| verifier.caller(request)),
        )
    }
}
