//! Why tokens are refused: in words for the log, and what of it callers learn.

use thiserror::Error;

/// Why a token is refused. The texts are for the log alone and repeat nothing of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The header has something else than a token behind the word Bearer, or no such word.
    #[error("the Authorization header has no bearer token")]
    NotBearer,
    /// The header has the word twice.
    #[error("the Authorization header names its scheme twice")]
    BearerTwice,
    /// There are several headers.
    #[error("there is more than one Authorization header")]
    SeveralHeaders,
    /// It is not a JWT, or its header cannot be read.
    #[error("it is not a signed JWT")]
    Malformed,
    /// There is no such algorithm, or tokens signed with it are not supported.
    #[error("its alg is missing or not supported")]
    Algorithm,
    /// It is another kind of token.
    #[error("its typ is not that of an access token")]
    Type,
    /// It asks for an extension.
    #[error("it has crit")]
    Critical,
    /// No key has its algorithm, or none of those that have it has its key id.
    #[error("no key fits its alg and kid")]
    NoKey,
    /// The same, and a provider whose keys could not be read yet may have one.
    #[error("no key fits its alg and kid, and not all keys could be read yet")]
    KeysUnread,
    /// The signature is not that of any key that fits.
    #[error("no key that fits its alg and kid verifies its signature")]
    Signature,
    /// What is signed is not an object.
    #[error("its claims are not a JSON object")]
    Claims,
    /// A date is missing or has the wrong type.
    #[error("its exp is missing, or its exp or nbf is not a number")]
    Dates,
    /// It was valid once.
    #[error("it has expired")]
    Expired,
    /// It is not valid yet.
    #[error("its nbf has not come yet")]
    NotYetValid,
    /// It is from someone else, or does not say from whom.
    #[error("its iss is not configured")]
    Issuer,
    /// It is for someone else, or does not say for whom.
    #[error("its aud is not the configured one")]
    Audience,
    /// It names no account.
    #[error("it does not name an account in the configured claim")]
    Account,
    /// It names neither an account nor scopes, so nothing can be done with it.
    #[error("it has neither an account nor scopes in the configured claims")]
    GrantsNothing,
    /// It is one of the service's own, and its client is not registered any more.
    #[error("its client is unknown or revoked")]
    Client,
    /// It does not have the scope that the operation needs.
    #[error("it does not have the scope that the operation needs")]
    Scope,
}

/// Why a token is rejected. Callers learn no more than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// It was valid once.
    #[error("the token has expired")]
    Expired,
    /// It is valid, but has neither scopes nor an account, so nothing can be done with it.
    #[error("the token grants nothing")]
    GrantsNothing,
    /// A key for it may exist, but could not be read yet.
    #[error("the keys for the token could not be read yet")]
    KeysUnread,
    /// It was never valid.
    #[error("the token is not valid")]
    Invalid,
}

impl From<Refusal> for TokenError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Expired => Self::Expired,
            Refusal::GrantsNothing => Self::GrantsNothing,
            Refusal::KeysUnread => Self::KeysUnread,
            _ => Self::Invalid,
        }
    }
}
