//! What the database needs before the first request, and what becomes of it.

use std::{future::pending, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, timeout},
};

use super::StartError;
use crate::{
    authorization_server::{AuthorizationServer, PrepareError},
    demo::{self, Seed},
    record_list::Registry,
    store::{DatabaseUrl, NotReady, Store},
};

/// Pause between two attempts to prepare a database that was not available at startup.
const DATABASE_RETRY: Duration = Duration::from_secs(1);

/// How often the log repeats why the database cannot be used.
const REPEAT: Duration = Duration::from_secs(30);

/// How long startup waits for the database.
const DATABASE_PATIENCE: Duration = Duration::from_secs(1);

/// How long one attempt to prepare the database may take, including migrations.
const PREPARATION_LIMIT: Duration = Duration::from_secs(120);

/// What became of the preparation; `None` as long as it is not known.
pub(super) type Prepared = Option<Result<(), Arc<PrepareError>>>;

/// Waits until the preparation has failed for good.
pub(super) async fn failure(mut prepared: watch::Receiver<Prepared>) {
    let has_failed = |prepared: &Prepared| matches!(prepared, Some(Err(_)));
    if prepared.wait_for(has_failed).await.is_err() {
        pending::<()>().await;
    }
}

/// Why the preparation fails.
enum Unprepared {
    /// Later it may not.
    NotReady(NotReady),
    /// For good.
    Keys(PrepareError),
}

impl From<NotReady> for Unprepared {
    fn from(error: NotReady) -> Self {
        Self::NotReady(error)
    }
}

impl From<PrepareError> for Unprepared {
    fn from(error: PrepareError) -> Self {
        match error {
            PrepareError::WrongFile(_) => Self::Keys(error),
            error => Self::NotReady(NotReady::Away(error.to_string())),
        }
    }
}

impl From<Unprepared> for StartError {
    fn from(error: Unprepared) -> Self {
        match error {
            Unprepared::NotReady(error) => error.into(),
            Unprepared::Keys(error) => Self::SigningKeys(Arc::new(error)),
        }
    }
}

/// What the database needs before the first request.
pub(super) struct Preparation {
    pub(super) store: Store,
    pub(super) lists: Registry,
    pub(super) authorization_server: Option<Arc<AuthorizationServer>>,
    pub(super) migrate: bool,
    pub(super) demo: Seed,
}

impl Preparation {
    /// Prepares the database. A file must be usable at once. If a server is not available, tries again until it is;
    /// until then, requests get a 503. Returns what tells when the database is ready.
    pub(super) async fn start(self, database: &DatabaseUrl) -> Result<watch::Receiver<Prepared>, StartError> {
        let (tell, prepared) = watch::channel(None);
        match database {
            DatabaseUrl::Sqlite(_) => {
                self.run().await?;
                tell.send_replace(Some(Ok(())));
            }
            DatabaseUrl::Postgres(_) => {
                let preparation = actix_rt::spawn(async move {
                    let result = self.run_until_done().await;
                    tell.send_replace(Some(result.map_err(Arc::new)));
                });
                // An available server is ready before the first request; one that does not respond does not block
                // startup.
                let _ = timeout(DATABASE_PATIENCE, preparation).await;
                if let Some(Err(error)) = &*prepared.borrow() {
                    return Err(StartError::SigningKeys(Arc::clone(error)));
                }
            }
        }
        Ok(prepared)
    }

    /// Prepares the database within a time limit, because the server may stop responding halfway.
    async fn run_in_time(&self) -> Result<(), Unprepared> {
        let silent = || NotReady::Away("no response within the time limit".to_owned());
        timeout(PREPARATION_LIMIT, self.run())
            .await
            .unwrap_or_else(|_| Err(silent().into()))
    }

    async fn run_until_done(self) -> Result<(), PrepareError> {
        let mut last: Option<(NotReady, Instant)> = None;
        loop {
            let error = match self.run_in_time().await {
                Ok(()) => break,
                Err(Unprepared::Keys(error)) => return Err(error),
                Err(Unprepared::NotReady(error)) => error,
            };
            let is_known = last
                .as_ref()
                .is_some_and(|(known, at)| *known == error && at.elapsed() < REPEAT);
            if !is_known {
                tracing::warn!(%error, "the database is not ready; retrying until it is");
                last = Some((error, Instant::now()));
            }
            tokio::time::sleep(DATABASE_RETRY).await;
        }
        if last.is_some() {
            tracing::info!("the database is ready");
        }
        Ok(())
    }

    async fn run(&self) -> Result<(), Unprepared> {
        self.store.prepare(self.migrate).await?;
        if let Some(server) = &self.authorization_server {
            server.prepare().await?;
        }
        demo::seed(&self.store, &self.lists, self.demo)
            .await
            .map_err(|error| NotReady::Away(error.to_string()))?;
        Ok(())
    }
}
