//! The contract, through the public HTTP interface. The folders mirror the URLs.

mod record_lists;
mod records;
mod support;
