//! Authentication: from a token to a caller and what the caller may do.
//!
//! Independent of HTTP. Tokens and their claims never appear in the log, with one exception: the issuer of a correctly
//! signed token, if that issuer is not configured.

mod keys;
mod principal;
mod scope;
mod settings;
mod tokens;

pub use keys::{KeyError, development_secret};
pub use principal::{Principal, Scopes};
pub use scope::{MANAGE, Manage, ManageOrRead, ScopeRule};
pub use settings::{AuthSettings, KeyFile, Secret};
pub use tokens::{Authenticator, IssueError, TokenError, TokenIssuer};
