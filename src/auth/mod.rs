//! From a token to a caller: which keys count, which claims are needed, what the caller may do.
//!
//! Knows nothing of HTTP. A token's text and its claims never reach the log, with one exception: the issuer of a
//! properly signed token that comes from the wrong place.

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
