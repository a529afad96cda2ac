//! The authorization server: issues tokens to registered clients and knows which of them still count (docs/contract.md
//! section 1.17).
//!
//! It reads clients and keys whole, and keeps them in memory. Whether they have changed is looked up for every request
//! that needs them, so a revoked client is refused from the next request on, by every process of the database.

mod attempts;
mod fresh;
mod token_request;

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use thiserror::Error;

pub use self::token_request::{IssuedToken, TokenFault, TokenRequest};

use self::{
    attempts::Attempts,
    fresh::{Fresh, Known},
};
use crate::{
    auth::{
        ClientSecret, Failed, Principal, Refusal, SealingKey, TokenIdentity, granted, new_signing_key, own_kid,
        unopened,
    },
    clock,
    domain::TOKEN_LIFETIME,
    store::{
        ReadError, Store, StoreError, WriteError,
        credentials::{AddFirstKey, ReadCredentials},
    },
};

/// Issues and verifies the service's own tokens.
pub struct AuthorizationServer {
    store: Store,
    sealing: SealingKey,
    fresh: Fresh,
    attempts: Attempts,
    cool_down: Duration,
    is_prepared: AtomicBool,
}

/// Why the keys cannot be prepared.
#[derive(Debug, Error)]
pub enum PrepareError {
    /// The file has another key than the one with which the database's signing keys were encrypted.
    #[error(
        "the signing key file is not the one that the signing keys in the database ({0}) were encrypted with; start with \
         that file, or run `record-lists keys rotate --discard` with this one, which refuses all tokens issued so far"
    )]
    WrongFile(String),
    /// No key can be made.
    #[error(transparent)]
    Failed(#[from] Failed),
    /// The key cannot be stored.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The keys cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why a token does not identify a caller.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OwnTokenError {
    /// The token is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Whether it counts cannot be found out.
    #[error(transparent)]
    Unknown(#[from] ReadError),
}

impl AuthorizationServer {
    /// Uses the keys that `sealing` opens. A key that the server publishes may be kept by others for `cool_down`.
    pub fn new(store: Store, sealing: SealingKey, identity: TokenIdentity, cool_down: Duration) -> Self {
        Self {
            fresh: Fresh::new(identity),
            store,
            sealing,
            attempts: Attempts::default(),
            cool_down,
            is_prepared: AtomicBool::new(false),
        }
    }

    /// Creates the first key if there is none, and checks that the file opens the keys. Until then, nothing is issued and
    /// verified.
    pub async fn prepare(&self) -> Result<(), PrepareError> {
        let mut keys = self.store.read(ReadCredentials).await?.keys;
        if keys.all().is_empty() {
            let first = new_signing_key(&self.sealing)?;
            self.store.transact(AddFirstKey(first)).await?;
            keys = self.store.read(ReadCredentials).await?.keys;
        }
        match unopened(&keys, &self.sealing).as_slice() {
            [] => {
                self.is_prepared.store(true, Ordering::Release);
                Ok(())
            }
            unopened => Err(PrepareError::WrongFile(unopened.join(", "))),
        }
    }

    /// Whether the keys are there.
    pub fn is_prepared(&self) -> bool {
        self.is_prepared.load(Ordering::Acquire)
    }

    async fn known(&self) -> Result<Arc<Known>, ReadError> {
        if self.is_prepared() {
            return self.fresh.credentials(&self.store, &self.sealing).await;
        }
        let cause = "the signing keys are not prepared yet".to_owned();
        Err(StoreError::Unavailable(cause).into())
    }

    /// How long others may keep the keys that are published.
    pub fn cool_down(&self) -> Duration {
        self.cool_down
    }

    /// The caller with a token of the service's own; `None` for any other token.
    pub async fn authenticate(&self, token: &str) -> Result<Option<Arc<Principal>>, OwnTokenError> {
        let Some(kid) = own_kid(token) else {
            return Ok(None);
        };
        let known = self.known().await?;
        let principal = match known.tokens.verify(token, &kid, clock::now()) {
            // Another service of this kind may have signed it.
            Err(Refusal::NoKey) => return Ok(None),
            verified => verified?,
        };
        let client = known.client(&principal.client).ok_or(Refusal::Client)?;
        // The id of a client is never used for another account.
        if client.account != principal.account {
            return Err(Refusal::Client.into());
        }
        Ok(Some(principal))
    }

    /// Issues a token to the client that the request names, if the secret is the client's. `peer` is where the request
    /// comes from.
    pub async fn issue(&self, request: &TokenRequest, peer: Option<IpAddr>) -> Result<IssuedToken, TokenFault> {
        let known = self.known().await?;
        let found = request.credentials.iter().find_map(|(id, secret)| {
            let client = known.client(id);
            let is_its_own = ClientSecret::sent(secret).is(client.map(|client| client.secret_hash));
            client.filter(|_| is_its_own)
        });
        let Some(client) = found else {
            let id = request.credentials.first().map_or("", |(id, _)| id);
            return Err(if self.attempts.may_fail_again(id, peer) {
                TokenFault::WrongCredentials
            } else {
                TokenFault::TooManyAttempts
            });
        };
        let scope = granted(&client.scope, request.scope.as_deref())?;
        let lifetime = request.lifetime.unwrap_or(TOKEN_LIFETIME).min(TOKEN_LIFETIME);
        let token = known.tokens.issue(client, &scope, clock::now(), lifetime)?;
        Ok(IssuedToken {
            token,
            lifetime,
            client: client.clone(),
            scope,
        })
    }

    /// The public keys as a JSON Web Key Set.
    pub async fn key_set(&self) -> Result<serde_json::Value, ReadError> {
        let known = self.known().await?;
        Ok(known.tokens.key_set(clock::now()))
    }
}
