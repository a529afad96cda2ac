//! Tokens: their content, how they are verified and how they are issued.

mod authenticator;
mod claims;
mod header;
mod issuer;

pub use authenticator::{Authenticator, TokenError};
pub use issuer::{IssueError, TokenIssuer};
