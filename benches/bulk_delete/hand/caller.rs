//! Who calls: the token of a request is verified.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::AUTHORIZATION, web::Data};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use super::routes::Failure;
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
}

/// The account of a caller that may delete and create.
pub(super) struct Account(pub(super) String);

impl Verifier {
    pub(super) fn new() -> Self {
        Self {
            key: DecodingKey::from_secret(SECRET.as_bytes()).expect("a key"),
            validation: Validation::new(Algorithm::HS256),
        }
    }

    fn account(&self, request: &HttpRequest) -> Result<Account, Failure> {
        let header = request.headers().get(AUTHORIZATION);
        let token = header
            .and_then(|header| header.to_str().ok()?.strip_prefix("Bearer "))
            .ok_or(Failure::Unauthenticated)?;
        let token =
            jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation).map_err(|_| Failure::Unauthenticated)?;
        if token.claims.scope.split(' ').any(|scope| scope == SCOPE) {
            Ok(Account(token.claims.account_id))
        } else {
            Err(Failure::InsufficientScope)
        }
    }
}

impl FromRequest for Account {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let verifier = request.app_data::<Data<Verifier>>();
        ready(
            verifier
                .ok_or(Failure::Unauthenticated)
                .and_then(|verifier| verifier.account(request)),
        )
    }
}
