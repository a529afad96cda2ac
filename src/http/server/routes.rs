//! The one table of routes. The OpenAPI document lists the same operations; a test compares the two.

use actix_web::{
    HttpResponse, Resource, ResponseError, Route,
    http::{
        Method,
        header::{self, HeaderValue},
    },
    web::{self, ServiceConfig},
};

use crate::http::{
    deletions::list::{list_deletions, list_record_list_deletions},
    pages::{docs, health, start},
    record_lists::{create::create_record_list, get::get_record_list},
    records::{
        bulks::{
            create::bulk_create_records,
            delete::{bulk_delete_records, bulk_delete_records_by_post},
        },
        list::list_records,
    },
    response::error::{ApiError, ErrorCode},
};

/// A path and what can be done there.
struct Entry {
    path: &'static str,
    methods: Vec<(Method, Route)>,
}

/// Every resource of the API. A path with a parameter stands behind the paths that it would swallow.
fn table() -> Vec<Entry> {
    vec![
        Entry {
            path: "/record-lists",
            methods: vec![(Method::POST, web::post().to(create_record_list))],
        },
        Entry {
            path: "/record-lists/{record_list_id}",
            methods: vec![(Method::GET, web::get().to(get_record_list))],
        },
        Entry {
            path: "/record-lists/{record_list_id}/deletions",
            methods: vec![(Method::GET, web::get().to(list_record_list_deletions))],
        },
        Entry {
            path: "/deletions",
            methods: vec![(Method::GET, web::get().to(list_deletions))],
        },
        Entry {
            path: "/record-lists/{record_list_id}/records",
            methods: vec![(Method::GET, web::get().to(list_records))],
        },
        Entry {
            path: "/record-lists/{record_list_id}/records/bulks",
            methods: vec![
                (Method::DELETE, web::delete().to(bulk_delete_records)),
                (Method::POST, web::post().to(bulk_create_records)),
            ],
        },
        Entry {
            path: "/record-lists/{record_list_id}/records/bulks/delete",
            methods: vec![(Method::POST, web::post().to(bulk_delete_records_by_post))],
        },
    ]
}

/// Method and path of every operation of the API.
pub fn operations() -> Vec<(Method, &'static str)> {
    table()
        .into_iter()
        .flat_map(|entry| {
            let path = entry.path;
            entry
                .methods
                .into_iter()
                .map(move |(method, _)| (method, path))
        })
        .collect()
}

/// Adds everything that is served.
pub fn configure(config: &mut ServiceConfig) {
    for entry in table() {
        config.service(resource(entry));
    }
    for entry in beside_the_api() {
        config.service(resource(entry));
    }
    for entry in pages() {
        config.service(resource_at(vec![entry.path.to_owned()], entry.methods));
    }
    config
        .configure(docs::configure)
        .default_service(web::to(not_found));
}

/// What is served beside the API and not part of its document.
fn beside_the_api() -> Vec<Entry> {
    vec![
        Entry {
            path: "/health/live",
            methods: vec![
                (Method::GET, web::get().to(health::live)),
                (Method::HEAD, web::head().to(health::live)),
            ],
        },
        Entry {
            path: "/health/ready",
            methods: vec![
                (Method::GET, web::get().to(health::ready)),
                (Method::HEAD, web::head().to(health::ready)),
            ],
        },
        Entry {
            path: "/openapi.json",
            methods: vec![(Method::GET, web::get().to(docs::document))],
        },
    ]
}

/// What people look at in a browser. A slash at the end counts here: the pages' links are relative.
fn pages() -> Vec<Entry> {
    vec![
        Entry {
            path: "/",
            methods: vec![
                (Method::GET, web::get().to(start::page_of_links)),
                (Method::HEAD, web::head().to(start::page_of_links)),
            ],
        },
        Entry {
            path: "/docs",
            methods: vec![
                (Method::GET, web::get().to(docs::to_page)),
                (Method::HEAD, web::head().to(docs::to_page)),
            ],
        },
        Entry {
            path: "/docs/{file:.*}",
            methods: vec![
                (Method::GET, web::get().to(docs::file)),
                (Method::HEAD, web::head().to(docs::file)),
            ],
        },
    ]
}

/// A path with and without a slash at its end.
fn resource(entry: Entry) -> Resource {
    let paths = vec![entry.path.to_owned(), format!("{}/", entry.path)];
    resource_at(paths, entry.methods)
}

/// Answers a wrong method with those that there are.
fn resource_at(paths: Vec<String>, methods: Vec<(Method, Route)>) -> Resource {
    let names: Vec<&str> = methods.iter().map(|(m, _)| m.as_str()).collect();
    let allow = names.join(", ");
    methods
        .into_iter()
        .fold(web::resource(paths), |resource, (_, route)| {
            resource.route(route)
        })
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
