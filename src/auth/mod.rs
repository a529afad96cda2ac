//! Authentication: from a token to a caller and what the caller may do.
//!
//! Independent of HTTP. Tokens never appear in the log. Of a refused token, its algorithm, key id, issuer and audience do,
//! cut short.

mod development;
mod keys;
mod own_tokens;
mod principal;
mod random;
mod scope;
mod settings;
mod tokens;

pub use development::development_secret;
pub use keys::{Issuer, KeyDescription, KeyError, KeyRemark, KeyUrl, ProviderError, Unusable, UrlFault};
pub use own_tokens::{
    ClientSecret, DEVELOPMENT_SEALING_KEY, Failed, InvalidScope, OwnTokens, SealingKey, SealingKeyError, SigningFault,
    TokenIdentity, check_registered, development_sealing_key, granted, new_client_id, new_signing_key, own_kid,
    unopened,
};
pub use principal::{Principal, Scopes};
pub use scope::{MANAGE, Manage, ManageOrRead, ManageOrWrite, RequiredScopes, ScopeFault, ScopeRule};
pub use settings::{AuthSettings, KeyFile, Secret};
pub use tokens::{Authenticator, ClaimNames, IssueError, Refusal, TokenError, TokenIssuer};
