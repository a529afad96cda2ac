//! Routes: those of the operations, and those that are served in addition to the API.

use std::future::ready;

use actix_web::{
    HttpRequest, HttpResponse, Resource, ResponseError, Route,
    http::{
        Method,
        header::{self, HeaderValue},
    },
    web::{self, ServiceConfig},
};

use super::cors::Sharing;
use crate::http::{
    operations::operations,
    pages::{docs, health, start},
    response::error::{ApiError, ErrorCode},
};

/// A path and its methods.
struct Entry {
    path: String,
    methods: Vec<(Method, Route)>,
}

/// Every resource of the API. A path with a parameter comes after the paths that it would shadow.
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
    entries.sort_by_cached_key(|entry| {
        let segments = entry.path.split('/');
        segments.map(|segment| segment.starts_with('{')).collect::<Vec<_>>()
    });
    entries
}

/// Registers everything that is served.
pub fn configure(config: &mut ServiceConfig) {
    for entry in table() {
        config.service(resource(entry));
    }
    for entry in beside_the_api() {
        config.service(resource(entry));
    }
    for entry in pages() {
        config.service(resource_at(vec![entry.path], entry.methods));
    }
    config.configure(docs::configure).default_service(web::to(no_path));
}

/// What is served in addition to the API and is not part of its document.
fn beside_the_api() -> Vec<Entry> {
    vec![
        Entry {
            path: "/health/live".to_owned(),
            methods: vec![
                (Method::GET, web::get().to(health::live)),
                (Method::HEAD, web::head().to(health::live)),
            ],
        },
        Entry {
            path: "/health/ready".to_owned(),
            methods: vec![
                (Method::GET, web::get().to(health::ready)),
                (Method::HEAD, web::head().to(health::ready)),
            ],
        },
        Entry {
            path: "/openapi.json".to_owned(),
            methods: vec![
                (Method::GET, web::get().to(docs::document)),
                (Method::HEAD, web::head().to(docs::document)),
            ],
        },
    ]
}

/// The pages for browsers. A trailing slash matters here, because the links of the pages are relative.
fn pages() -> Vec<Entry> {
    vec![
        Entry {
            path: "/".to_owned(),
            methods: vec![
                (Method::GET, web::get().to(start::page_of_links)),
                (Method::HEAD, web::head().to(start::page_of_links)),
            ],
        },
        Entry {
            path: "/docs".to_owned(),
            methods: vec![
                (Method::GET, web::get().to(docs::to_page)),
                (Method::HEAD, web::head().to(docs::to_page)),
            ],
        },
        Entry {
            path: "/docs/{file:.*}".to_owned(),
            methods: vec![
                (Method::GET, web::get().to(docs::file)),
                (Method::HEAD, web::head().to(docs::file)),
            ],
        },
    ]
}

/// A path with and without a trailing slash.
fn resource(entry: Entry) -> Resource {
    let paths = vec![entry.path.clone(), format!("{}/", entry.path)];
    resource_at(paths, entry.methods)
}

/// Responds to OPTIONS with the methods of the path, and so to a method that it does not have.
fn resource_at(paths: Vec<String>, methods: Vec<(Method, Route)>) -> Resource {
    let names: Vec<&str> = methods.iter().map(|(m, _)| m.as_str()).collect();
    let allow = [&names[..], &[Method::OPTIONS.as_str()]].concat().join(", ");
    let allowed = allow.clone();
    let options_route = web::method(Method::OPTIONS).to(move |request| ready(options(&request, &allowed)));
    methods
        .into_iter()
        .map(|(_, route)| route)
        .chain([options_route])
        .fold(web::resource(paths), Resource::route)
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

/// `OPTIONS *` asks about the server, not about a path.
async fn no_path(request: HttpRequest) -> HttpResponse {
    if request.method() == Method::OPTIONS && request.path() == "*" {
        return options(&request, &all_methods());
    }
    ApiError::new(ErrorCode::NotFound).error_response()
}

/// The methods that any path has.
fn all_methods() -> String {
    let entries = table();
    let methods = entries.iter().flat_map(|entry| &entry.methods);
    let mut names: Vec<&str> = Vec::new();
    for (method, _) in methods {
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
