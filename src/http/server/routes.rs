//! Routes: those of the operations, and those that are served in addition to the API.

use std::{cmp::Reverse, future::ready};

use actix_web::{
    FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, ResponseError, Route,
    http::{
        Method,
        header::{self, HeaderValue},
    },
    web::{self, ServiceConfig},
};

use super::cors::Sharing;
use crate::http::{
    oauth::{certs, token},
    operations::operations,
    pages::{console, development, docs, health, start},
    response::error::{ApiError, ErrorCode},
};

/// A path and its methods.
struct Entry {
    path: String,
    methods: Vec<(Method, Route)>,
}

impl Entry {
    /// A path that can only be read, by GET and HEAD.
    fn read<A, H>(path: &str, handler: H) -> Self
    where
        A: FromRequest + 'static,
        H: Handler<A>,
        H::Output: Responder + 'static,
    {
        let methods =
            [Method::GET, Method::HEAD].map(|method| (method.clone(), web::method(method).to(handler.clone())));
        Self {
            path: path.to_owned(),
            methods: methods.into(),
        }
    }
}

/// Every resource of the API, in the order of the operations.
fn table() -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for operation in operations() {
        let known = entries.iter_mut().find(|entry| entry.path == operation.path());
        match known {
            Some(entry) => entry.methods.extend(operation.routes()),
            None => entries.push(Entry {
                path: operation.path().to_owned(),
                methods: operation.routes().collect(),
            }),
        }
    }
    entries
}

/// The order in which paths are tried. The longest come first: the bulk operations, which are asked for most. A path
/// with a parameter comes after the paths that it would shadow.
fn sort(entries: &mut [Entry]) {
    entries.sort_by_cached_key(|entry| {
        let segments = entry.path.split('/');
        let are_parameters: Vec<bool> = segments.map(|segment| segment.starts_with('{')).collect();
        (Reverse(are_parameters.len()), are_parameters)
    });
}

/// What is served only with some settings.
#[derive(Clone, Copy, Debug)]
pub struct Extras {
    /// The token endpoint.
    pub token_endpoint: bool,
    /// The pages for browsers.
    pub pages: bool,
    /// What the pages get from a development start.
    pub development: bool,
}

/// Registers everything that is served. The paths of other extras do not exist.
pub fn configure(config: &mut ServiceConfig, extras: Extras) {
    let mut entries = table();
    let methods = methods_of(&entries);
    sort(&mut entries);
    let of_tokens = if extras.token_endpoint {
        token_endpoint()
    } else {
        Vec::new()
    };
    for entry in entries.into_iter().chain(beside_the_api()).chain(of_tokens) {
        config.service(resource(entry));
    }
    let of_development = if extras.development { development() } else { Vec::new() };
    let of_pages = if extras.pages { pages() } else { Vec::new() };
    for entry in of_development.into_iter().chain(of_pages) {
        config.service(resource_at(&entry.path, entry.methods).name(&entry.path));
    }
    config.default_service(web::to(move |request| ready(no_path(&request, &methods))));
}

/// What is served in addition to the API and is not part of its document.
fn beside_the_api() -> Vec<Entry> {
    vec![
        Entry::read("/health/live", health::live),
        Entry::read("/health/ready", health::ready),
        Entry::read("/openapi.json", docs::document),
    ]
}

/// What clients get tokens with, and others verify them with.
fn token_endpoint() -> Vec<Entry> {
    vec![
        Entry {
            path: "/oauth/token".to_owned(),
            methods: vec![(Method::POST, web::post().to(token::issue_token))],
        },
        Entry::read("/oauth/certs", certs::key_set),
    ]
}

/// What the pages ask for on a development start.
fn development() -> Vec<Entry> {
    let post = |path: &str, route: Route| Entry {
        path: path.to_owned(),
        methods: vec![(Method::POST, route)],
    };
    vec![
        post("/docs/token", web::post().to(development::token)),
        post("/docs/demo-records", web::post().to(development::restore_demo)),
    ]
}

/// The pages for browsers. A trailing slash matters here, because the links of the pages are relative.
fn pages() -> Vec<Entry> {
    vec![
        Entry::read("/", start::page_of_links),
        Entry::read("/start.css", start::style),
        Entry::read("/console", console::to_page),
        Entry::read("/console/{file:.*}", console::file),
        Entry::read("/docs", docs::to_page),
        Entry::read("/docs/{file:.*}", docs::file),
    ]
}

/// A path with and without a trailing slash, as one pattern: a set of two would be searched before it is matched. The
/// name is the path as the log shows it.
fn resource(entry: Entry) -> Resource {
    resource_at(&format!("{}{{slash:/?}}", entry.path), entry.methods).name(&entry.path)
}

/// Adds OPTIONS. Its response, and the 405 to any other method, name the methods in `Allow`.
fn resource_at(pattern: &str, methods: Vec<(Method, Route)>) -> Resource {
    let names: Vec<&str> = methods.iter().map(|(m, _)| m.as_str()).collect();
    let allow = [&names[..], &[Method::OPTIONS.as_str()]].concat().join(", ");
    let allowed = allow.clone();
    let options_route = web::method(Method::OPTIONS).to(move |request| ready(options(&request, &allowed)));
    methods
        .into_iter()
        .map(|(_, route)| route)
        .chain([options_route])
        .fold(web::resource(pattern), Resource::route)
        .default_service(web::to(move || ready(method_not_allowed(&allow))))
}

/// What can be done at a path. A preflight request of a page that may use the API learns which headers it may send.
fn options(request: &HttpRequest, allow: &str) -> HttpResponse {
    let mut response = HttpResponse::NoContent().finish();
    if let Ok(allow) = HeaderValue::from_str(allow) {
        Sharing::with(request).add_to_preflight(request, &allow, response.headers_mut());
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

/// Responds to a path that does not exist, and to `OPTIONS *`, which asks about the whole API.
fn no_path(request: &HttpRequest, methods: &str) -> HttpResponse {
    if request.method() == Method::OPTIONS && request.path() == "*" {
        return options(request, methods);
    }
    ApiError::new(ErrorCode::NotFound).error_response()
}

/// The methods that any of the paths has.
fn methods_of(entries: &[Entry]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (method, _) in entries.iter().flat_map(|entry| &entry.methods) {
        if !names.contains(&method.as_str()) {
            names.push(method.as_str());
        }
    }
    names.push(Method::OPTIONS.as_str());
    names.join(", ")
}

fn method_not_allowed(allow: &str) -> HttpResponse {
    let error = ApiError::new(ErrorCode::MethodNotAllowed);
    match HeaderValue::from_str(allow) {
        Ok(allow) => error.with_header(header::ALLOW, allow),
        Err(_) => error,
    }
    .error_response()
}
