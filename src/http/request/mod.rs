//! A request that was let in: authorised first, validated second (api.md section 1, "order of checks").

pub mod body;
pub mod idempotency;
pub mod json;
pub mod paging;
pub mod query;
pub mod request_id;
pub mod rules;

use std::{future::Future, marker::PhantomData, pin::Pin, sync::Arc};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderValue},
    web,
};

use self::{
    body::Body,
    idempotency::Repeatable,
    query::{FromQuery, Query},
};
use super::{
    AppState,
    response::error::{ApiError, ErrorCode},
};
use crate::{
    auth::{Principal, ScopeRule, TokenError},
    record_list::Room,
};

/// What a handler gets. The scope rule `S` was met before the query `Q` and the body `B` were looked at: nobody
/// without the scope makes the server read a body.
pub struct Authorized<S, Q, B = NoBody> {
    /// Who asks.
    pub principal: Arc<Principal>,
    /// The checked query.
    pub query: Q,
    /// The checked body.
    pub body: B,
    /// What the body occupies.
    pub room: Room,
    /// Whether the caller may ask for the write again.
    pub repeatable: Repeatable,
    scope: PhantomData<S>,
}

/// The operation has no body; one that comes is not read.
#[derive(Clone, Copy, Debug)]
pub struct NoBody;

/// Where an operation's body comes from.
pub trait BodySource: Sized {
    /// The name of the operation, where several routes are one.
    const OPERATION: Option<&'static str>;

    /// Reads the body, and takes the room for it.
    fn read(
        request: &HttpRequest,
        payload: Payload,
    ) -> impl Future<Output = Result<Read<Self>, ApiError>>;
}

/// Bytes whose meaning is not read yet: the query is checked first.
pub struct Read<B> {
    bytes: web::Bytes,
    room: Room,
    parse: fn(&HttpRequest, &[u8]) -> Result<B, ApiError>,
}

impl BodySource for NoBody {
    const OPERATION: Option<&'static str> = None;

    async fn read(request: &HttpRequest, _: Payload) -> Result<Read<Self>, ApiError> {
        Ok(Read {
            bytes: web::Bytes::new(),
            room: AppState::of(request)?.lists.room()?,
            parse: |_, _| Ok(Self),
        })
    }
}

impl<B: Body> BodySource for B {
    const OPERATION: Option<&'static str> = B::OPERATION;

    async fn read(request: &HttpRequest, payload: Payload) -> Result<Read<Self>, ApiError> {
        let (bytes, room) = body::read(request, payload, B::LIMIT).await?;
        Ok(Read {
            bytes,
            room,
            parse: |request, bytes| body::parse(bytes, request.method()),
        })
    }
}

impl<S: ScopeRule, Q: FromQuery + 'static, B: BodySource + 'static> FromRequest
    for Authorized<S, Q, B>
{
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let principal = match authorise::<S>(&request) {
                Ok(principal) => principal,
                Err(error) => {
                    body::discard_what_came(&request, payload).await;
                    return Err(error);
                }
            };
            let read = B::read(&request, payload).await?;
            let query = Query::read(request.query_string())?;
            let key = if Q::IS_WRITE {
                idempotency::key(&request)?
            } else {
                None
            };
            let body = (read.parse)(&request, &read.bytes)?;
            let repeatable = Repeatable::new::<Q>(key, &request, B::OPERATION, &read.bytes);
            Ok(Self {
                principal,
                query,
                body,
                room: read.room,
                repeatable,
                scope: PhantomData,
            })
        })
    }
}

/// Lets the caller in, or says 401 or 403.
fn authorise<S: ScopeRule>(request: &HttpRequest) -> Result<Arc<Principal>, ApiError> {
    let token = bearer_token(request)?;
    let principal = AppState::of(request)?
        .authenticator
        .authenticate(token)
        .map_err(|error| match error {
            TokenError::Expired => token_invalid().describe("The access token has expired."),
            TokenError::GrantsNothing => insufficient_scope(S::ACCEPTED),
            TokenError::Invalid => token_invalid(),
        })?;
    if principal.satisfies::<S>() {
        Ok(principal)
    } else {
        Err(insufficient_scope(S::ACCEPTED))
    }
}

/// The token of the one `Authorization` header; the scheme's name may be in any case.
fn bearer_token(request: &HttpRequest) -> Result<&str, ApiError> {
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    let Some(only) = headers.next() else {
        return Err(ApiError::new(ErrorCode::Unauthenticated)
            .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
    };
    if headers.next().is_some() {
        return Err(token_invalid().describe("There is more than one Authorization header."));
    }
    let credentials = only.to_str().map_err(|_| token_invalid())?.trim();
    let (scheme, token) = credentials.split_once(' ').unwrap_or((credentials, ""));
    let token = token.trim();
    if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() {
        Ok(token)
    } else {
        Err(token_invalid().describe("Send the header Authorization: Bearer <access token>."))
    }
}

fn token_invalid() -> ApiError {
    ApiError::new(ErrorCode::TokenInvalid).with_header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer error=\"invalid_token\""),
    )
}

/// Says which scopes would have let the caller in.
pub(crate) fn insufficient_scope(accepted: &[&str]) -> ApiError {
    let scope = accepted.first().copied().unwrap_or_default();
    let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
    let error = ApiError::new(ErrorCode::InsufficientScope)
        .describe(format!("The scope {} is needed.", accepted.join(" or ")));
    match HeaderValue::from_str(&challenge) {
        Ok(challenge) => error.with_header(header::WWW_AUTHENTICATE, challenge),
        Err(_) => error,
    }
}
