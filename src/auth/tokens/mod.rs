//! Tokens: what one says, whether it counts, and how one is issued.

mod authenticator;
mod claims;
mod header;
mod issuer;

pub use authenticator::{Authenticator, TokenError};
pub use issuer::{IssueError, TokenIssuer};
