//! The caller of a request, and how it is identified (docs/contract.md section 1.6).

use std::{marker::PhantomData, sync::Arc};

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{self, HeaderValue},
};
use utoipa::openapi::security::SecurityRequirement;

use crate::{
    auth::{Principal, Refusal, RequiredScopes, ScopeRule, TokenError},
    authorization_server::OwnTokenError,
    domain::AccountId,
    http::{
        document::documented::Documented,
        response::error::{ApiError, ErrorCode},
        server::expect::Question,
        state::AppState,
    },
    shares::Allowance,
};

/// A kind of caller, defined by how it authenticates.
pub trait Caller {
    /// The identity of the caller.
    type Identity;

    /// The account that the caller acts for.
    fn account(identity: &Self::Identity) -> &AccountId;

    /// Admits the caller, or returns the error that says why not. Only the head of the request is read.
    fn identify(request: &HttpRequest) -> impl Future<Output = Result<Self::Identity, ApiError>>;

    /// What the document says about it, if operations require these scopes.
    fn documented(required: &RequiredScopes) -> Documented;
}

/// A caller with an access token that satisfies the scope rule `S`.
pub struct Bearer<S>(PhantomData<S>);

impl<S: ScopeRule> Caller for Bearer<S> {
    type Identity = Arc<Principal>;

    fn account(principal: &Arc<Principal>) -> &AccountId {
        &principal.account
    }

    async fn identify(request: &HttpRequest) -> Result<Arc<Principal>, ApiError> {
        let state = AppState::of(request)?;
        let authenticator = &state.authenticator;
        let token = bearer_token(request).map_err(|refusal| {
            authenticator.log_refusal(refusal, None);
            unreadable(refusal)
        })?;
        let token = token.ok_or_else(unauthenticated)?;
        let required = authenticator.required_scopes();
        let refused = |error| match error {
            TokenError::Expired => token_invalid().describe("The access token has expired."),
            TokenError::GrantsNothing => insufficient_scope::<S>(required),
            TokenError::KeysUnread => ApiError::new(ErrorCode::KeysUnavailable),
            TokenError::Invalid => token_invalid(),
        };
        let principal = match own(state, token).await {
            Ok(Some(principal)) => principal,
            Ok(None) => authenticator.authenticate(token).await.map_err(refused)?,
            Err(OwnTokenError::Refused(refusal)) => {
                authenticator.log_refusal(refusal, Some(token));
                return Err(refused(refusal.into()));
            }
            Err(OwnTokenError::Unknown(error)) => return Err(error.into()),
        };
        // For the log, which names the refused too.
        request.extensions_mut().insert(Arc::clone(&principal));
        if !principal.satisfies::<S>(required) {
            authenticator.log_refusal(Refusal::Scope, Some(token));
            return Err(insufficient_scope::<S>(required));
        }
        count(request, &principal.account)?;
        Ok(principal)
    }

    fn documented(required: &RequiredScopes) -> Documented {
        let scopes: [String; 0] = [];
        let accepted = required.accepted::<S>().join("` or `");
        Documented {
            security: Some(vec![SecurityRequirement::new("bearer", scopes)]),
            parameters: Vec::new(),
            errors: vec![
                unauthenticated(),
                token_invalid(),
                insufficient_scope::<S>(required),
                ApiError::new(ErrorCode::KeysUnavailable),
            ],
            notes: vec![format!("The token needs the scope `{accepted}`.")],
        }
    }
}

/// The caller with a token of the service's own; `None` for any other token.
async fn own(state: &AppState, token: &str) -> Result<Option<Arc<Principal>>, OwnTokenError> {
    match &state.authorization_server {
        Some(server) => server.authenticate(token).await,
        None => Ok(None),
    }
}

/// Counts the request, and refuses it if its account has sent too many. One whose client was asked for the body was
/// counted before that.
fn count(request: &HttpRequest, account: &AccountId) -> Result<(), ApiError> {
    let counted: Option<Allowance> = request.extensions().get().copied();
    let Some(allowance) = counted.or_else(|| AppState::of(request).ok()?.rate.count(account)) else {
        return Ok(());
    };
    if let Some(question) = request.extensions().get::<Question>() {
        question.allowance.set(Some(allowance));
    }
    // For the headers of the response.
    request.extensions_mut().insert(allowance);
    match allowance.left {
        Some(_) => Ok(()),
        None => Err(ApiError::new(ErrorCode::RateLimited)
            .describe(format!("The account may send {} requests per second.", allowance.quota))),
    }
}

/// The token from the only `Authorization` header; `None` without one. The case of the scheme's name does not matter.
fn bearer_token(request: &HttpRequest) -> Result<Option<&str>, Refusal> {
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    let Some(only) = headers.next() else {
        return Ok(None);
    };
    if headers.next().is_some() {
        return Err(Refusal::SeveralHeaders);
    }
    let credentials = only.to_str().map_err(|_| Refusal::NotBearer)?.trim();
    let token = after_the_word(credentials).ok_or(Refusal::NotBearer)?;
    // A client that adds the word to what a user has pasted with it.
    if after_the_word(token).is_some() {
        return Err(Refusal::BearerTwice);
    }
    Ok(Some(token))
}

/// Says what is wrong with the header itself.
fn unreadable(refusal: Refusal) -> ApiError {
    token_invalid().describe(match refusal {
        Refusal::SeveralHeaders => "There is more than one Authorization header.",
        Refusal::BearerTwice => "The word Bearer is there twice. Send the header Authorization: Bearer <access token>.",
        _ => "Send the header Authorization: Bearer <access token>.",
    })
}

/// What follows the word `Bearer`, in any case; `None` if nothing does, or if the text begins with something else.
fn after_the_word(credentials: &str) -> Option<&str> {
    let (scheme, rest) = credentials.split_once(' ')?;
    let rest = rest.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !rest.is_empty()).then_some(rest)
}

fn unauthenticated() -> ApiError {
    ApiError::new(ErrorCode::Unauthenticated).with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

fn token_invalid() -> ApiError {
    ApiError::new(ErrorCode::TokenInvalid).with_header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer error=\"invalid_token\""),
    )
}

/// Says which scopes would have been accepted.
fn insufficient_scope<S: ScopeRule>(required: &RequiredScopes) -> ApiError {
    let accepted = required.accepted::<S>();
    let scope = accepted.first().copied().unwrap_or_default();
    let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
    let error = ApiError::new(ErrorCode::InsufficientScope)
        .describe(format!("The token needs the scope {}.", accepted.join(" or ")));
    match HeaderValue::from_str(&challenge) {
        Ok(challenge) => error.with_header(header::WWW_AUTHENTICATE, challenge),
        Err(_) => error,
    }
}
