//! What the pages get from a development start: a token for the demo account, and the demo records back.
//!
//! Pages of others do not get them. A browser on the same machine also shows those, and they can send requests here, and
//! read the responses if the name of their host is made to lead to this machine (DNS rebinding). Programs on the machine
//! can get them: a development start is for a machine that one person uses.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName},
};
use serde_json::json;
use url::Host;

use crate::{
    demo::{self, Seed},
    http::{
        response::error::{ApiError, ErrorCode},
        state::AppState,
    },
};

/// What a browser says of the page that sends a request.
const SITE_OF_PAGE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Headers of proxies: behind one, everybody seems to be on this machine.
const FORWARDING: [&str; 4] = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host"];

/// A token for the demo account.
pub async fn token(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let state = AppState::of(&request)?;
    check_page(&request, state)?;
    let tokens = state.demo_tokens.as_deref().ok_or_else(not_found)?;
    let token = tokens.issue().map_err(|error| {
        tracing::error!(%error, "the token for the demo account cannot be created");
        ApiError::new(ErrorCode::Internal)
    })?;
    Ok(HttpResponse::Ok().json(json!({ "access_token": token })))
}

/// Restores the demo list and its records.
pub async fn restore_demo(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let state = AppState::of(&request)?;
    check_page(&request, state)?;
    demo::seed(&state.store, &state.lists, Seed::Restore).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Refuses everything but a page of this server, on this machine. The path does not exist for others.
fn check_page(request: &HttpRequest, state: &AppState) -> Result<(), ApiError> {
    let headers = request.headers();
    let is_on_this_machine = request
        .peer_addr()
        .is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    let is_forwarded = FORWARDING.iter().any(|name| headers.contains_key(*name));
    let mut sites = headers.get_all(SITE_OF_PAGE);
    let is_own = sites.next().is_some_and(|site| site == "same-origin") && sites.next().is_none();
    if is_on_this_machine && !is_forwarded && is_own && names_this_machine(request) && is_of_own_origin(request, state)
    {
        Ok(())
    } else {
        Err(not_found())
    }
}

/// Whether the page's origin is that of the request, as a browser always says of a POST. A proxy that passes a request on
/// may change the one, but not the other.
fn is_of_own_origin(request: &HttpRequest, state: &AppState) -> bool {
    let mut origins = request.headers().get_all(header::ORIGIN);
    let origin = origins.next().and_then(|origin| origin.to_str().ok());
    let own = host(request).map(|host| format!("{}://{host}", state.links.own_scheme));
    origin.is_some() && origins.next().is_none() && origin == own.as_deref()
}

fn host(request: &HttpRequest) -> Option<&str> {
    let named = request.uri().authority().map(|authority| authority.as_str());
    named.or_else(|| request.headers().get(header::HOST)?.to_str().ok())
}

/// Whether the request names a host that is this machine whatever a name server says.
fn names_this_machine(request: &HttpRequest) -> bool {
    let url = host(request).and_then(|host| url::Url::parse(&format!("http://{host}/")).ok());
    url.is_some_and(|url| match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    })
}

fn not_found() -> ApiError {
    ApiError::new(ErrorCode::NotFound)
}
