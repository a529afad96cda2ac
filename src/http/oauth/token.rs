//! `POST /oauth/token`

use std::sync::Arc;

use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, dev::Payload, http::header};
use serde_json::json;

use super::{client_credentials, error::OAuthError, form::Form};
use crate::{
    auth::{Principal, Scopes},
    authorization_server::{AuthorizationServer, IssuedToken, TokenRequest},
    http::{
        request::body::read_unshared,
        response::error::{ApiError, ErrorCode},
        state::AppState,
    },
};

/// The maximum size of the form, in bytes.
const LIMIT: usize = 16 * 1024;

/// Issues a token for client credentials.
pub async fn issue_token(request: HttpRequest, form: FormBytes) -> Result<HttpResponse, OAuthError> {
    let form = Form::read(&form.0)?;
    match form.get("grant_type") {
        Some("client_credentials") => {}
        Some(_) => return Err(OAuthError::unsupported_grant_type()),
        None => return Err(OAuthError::invalid_request("grant_type is missing.")),
    }
    let asked = TokenRequest {
        credentials: client_credentials::read(&request, &form)?,
        scope: form.get("scope").map(str::to_owned),
        lifetime: form.lifetime()?,
    };
    let peer = request.peer_addr().map(|peer| peer.ip());
    let issued = server(&request)?.issue(&asked, peer).await?;
    note(&request, &issued);
    Ok(HttpResponse::Ok()
        .insert_header((header::PRAGMA, "no-cache"))
        .json(json!({
            "access_token": issued.token,
            "token_type": "Bearer",
            "expires_in": issued.lifetime.as_secs(),
            "scope": issued.scope,
        })))
}

/// The authorization server. Its routes exist only if there is one.
pub(super) fn server(request: &HttpRequest) -> Result<&AuthorizationServer, ApiError> {
    let server = AppState::of(request)?.authorization_server.as_deref();
    server.ok_or_else(|| ApiError::new(ErrorCode::NotFound))
}

/// Tells the log who got a token.
fn note(request: &HttpRequest, issued: &IssuedToken) {
    request.extensions_mut().insert(Arc::new(Principal {
        account: issued.client.account.clone(),
        client: issued.client.id.0.clone(),
        scopes: Scopes::default(),
    }));
}

/// The bytes of the body, within their limits of size and time.
pub struct FormBytes(actix_web::web::Bytes);

impl FromRequest for FormBytes {
    type Error = OAuthError;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, OAuthError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            Form::check_head(&request)?;
            Ok(Self(read_unshared(&request, payload, LIMIT).await?))
        })
    }
}
