//! Routes: those of the operations, and those that are served in addition to the API.

use actix_web::{
    HttpResponse, Resource, ResponseError, Route,
    http::{
        Method,
        header::{self, HeaderValue},
    },
    web::{self, ServiceConfig},
};

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
        let method = (operation.method(), operation.route());
        let known = entries.iter_mut().find(|entry| entry.path == operation.path());
        match known {
            Some(entry) => entry.methods.push(method),
            None => entries.push(Entry {
                path: operation.path().to_owned(),
                methods: vec![method],
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
    config.configure(docs::configure).default_service(web::to(not_found));
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
            methods: vec![(Method::GET, web::get().to(docs::document))],
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

/// Responds to a wrong method with the list of allowed methods.
fn resource_at(paths: Vec<String>, methods: Vec<(Method, Route)>) -> Resource {
    let names: Vec<&str> = methods.iter().map(|(m, _)| m.as_str()).collect();
    let allow = names.join(", ");
    methods
        .into_iter()
        .fold(web::resource(paths), |resource, (_, route)| resource.route(route))
        .default_service(web::to(move || {
            let allow = allow.clone();
            async move { method_not_allowed(&allow) }
        }))
}

async fn not_found() -> HttpResponse {
    ApiError::new(ErrorCode::NotFound).error_response()
}

fn method_not_allowed(allow: &str) -> HttpResponse {
    let error = ApiError::new(ErrorCode::MethodNotAllowed);
    match HeaderValue::from_str(allow) {
        Ok(allow) => error.with_header(header::ALLOW, allow),
        Err(_) => error,
    }
    .error_response()
}
