//! The pages in a real browser, as newcomers use them.

mod bulk_delete;
mod chromium;
mod client;
mod console;
mod console_numbers;
mod console_page;
mod console_sign_in;
mod development;
mod docs_page;
mod examples;
mod pages;
mod requests;
