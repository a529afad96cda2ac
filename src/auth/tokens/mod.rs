//! Tokens: their content, how they are verified and how they are issued.

mod authenticator;
mod claims;
mod header;
mod issuer;
mod new_keys;
mod refusal;
mod refusal_log;
mod verifier;

pub use authenticator::{Authenticator, ClaimNames};
pub use issuer::{IssueError, TokenIssuer};
pub use refusal::{Refusal, TokenError};

pub(super) use self::{header::kid_of, verifier::Verifier};
