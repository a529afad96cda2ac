//! Swagger UI in a real browser, as a newcomer uses it: open the page, give a token, press Execute.

mod bulk_delete;
mod chromium;
mod client;
mod development;
mod docs_page;
mod examples;
mod pages;
mod requests;
