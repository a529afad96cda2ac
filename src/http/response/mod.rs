//! Responses: response and error values, links, pages and media types.

pub mod api_response;
pub mod error;
mod error_code;
pub mod format;
pub mod hal;
pub mod links;
pub mod origin;
pub mod paging;
pub(crate) mod rate_limit;
pub mod slices;
pub mod tally;
