//! Clients and keys, and the look whether they have changed.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::Mutex;

use crate::{
    auth::{OwnTokens, SealingKey, TokenIdentity, unopened},
    domain::Client,
    store::{
        ReadError, Store,
        credentials::{ReadCredentials, ReadVersion},
    },
};

/// Clients and keys as they were at one moment.
pub(super) struct Known {
    version: i64,
    /// By id.
    clients: HashMap<String, Client>,
    pub(super) tokens: OwnTokens,
}

impl Known {
    /// The client with this id, unless it is unknown or revoked.
    pub(super) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.get(id)
    }
}

/// Looks at the database for every request, but only once for all requests that come while another look is under way.
pub(super) struct Fresh {
    identity: TokenIdentity,
    /// How many looks have begun.
    begun: AtomicU64,
    /// The number of the last one that has ended.
    ended: AtomicU64,
    last: Mutex<Look>,
}

/// The last look that has ended.
#[derive(Default)]
struct Look {
    /// Its number, from 1.
    number: u64,
    result: Option<Result<Arc<Known>, ReadError>>,
    /// What the last successful look has found.
    known: Option<Arc<Known>>,
}

impl Fresh {
    pub(super) fn new(identity: TokenIdentity) -> Self {
        Self {
            identity,
            begun: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            last: Mutex::new(Look::default()),
        }
    }

    /// Clients and keys with every change that was committed before the call.
    pub(super) async fn credentials(&self, store: &Store, sealing: &SealingKey) -> Result<Arc<Known>, ReadError> {
        // A look that has begun already may have read before the last change.
        let (ended, begun) = (self.ended.load(Ordering::SeqCst), self.begun.load(Ordering::SeqCst));
        let mut last = self.last.lock().await;
        match &last.result {
            Some(result) if last.number > begun => return result.clone(),
            // Whoever has waited for a look that failed would wait as long for the next one.
            Some(Err(error)) if last.number > ended => return Err(error.clone()),
            _ => {}
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let result = self.look(last.known.as_ref(), store, sealing).await;
        if let Ok(known) = &result {
            last.known = Some(Arc::clone(known));
        }
        last.number = number;
        self.ended.store(number, Ordering::SeqCst);
        last.result = Some(result.clone());
        result
    }

    async fn look(
        &self,
        known: Option<&Arc<Known>>,
        store: &Store,
        sealing: &SealingKey,
    ) -> Result<Arc<Known>, ReadError> {
        if let Some(known) = known
            && store.read(ReadVersion).await? == known.version
        {
            return Ok(Arc::clone(known));
        }
        let credentials = store.read(ReadCredentials).await?;
        let unopened = unopened(&credentials.keys, sealing);
        let tokens = OwnTokens::new(credentials.keys, sealing, self.identity.clone());
        if !unopened.is_empty() {
            let keys = unopened.join(", ");
            tracing::error!(
                keys,
                "signing keys were encrypted with another signing key file, and sign nothing here"
            );
        }
        let clients = credentials.clients.into_iter();
        Ok(Arc::new(Known {
            version: credentials.version,
            clients: clients.map(|client| (client.id.0.clone(), client)).collect(),
            tokens,
        }))
    }
}
