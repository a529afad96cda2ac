//! From a token to a caller: which keys count, which claims are needed, what the caller may do.
//!
//! Knows nothing of HTTP. A token's text and its claims never reach the log, with one exception: the issuer of a
//! properly signed token that comes from the wrong place.

mod authenticator;
mod claims;
mod development;
mod header;
mod issuer;
mod jwk;
mod keys;
mod principal;
mod public_key;
mod scope;
mod settings;

pub use authenticator::{Authenticator, TokenError};
pub use development::development_secret;
pub use issuer::{IssueError, TokenIssuer};
pub use keys::KeyError;
pub use principal::{Principal, Scopes};
pub use scope::{MANAGE, Manage, ManageOrRead, ScopeRule};
pub use settings::{AuthSettings, KeyFile, Secret};
