//! Background jobs: what the service does without a request.

mod database;
mod deleted_lists;
mod expired_deletions;
mod expired_responses;
mod idle_lists;
mod runner;

use std::{sync::Arc, time::Duration};

use actix_rt::task::JoinHandle;

use crate::{
    auth::Authenticator,
    metrics::{BackgroundMetrics, DatabaseMetrics},
    record_list::Registry,
    store::Store,
};

/// The jobs of a running service. They end when this is dropped.
pub(crate) struct Jobs(Vec<JoinHandle<()>>);

impl Jobs {
    /// Starts the jobs. Must be called within an actix system. Without `deletions_retention`, the audit trail is kept
    /// for good, and without `of_database` nobody wants to know of the database.
    pub(crate) fn start(
        store: &Store,
        lists: &Registry,
        authenticator: &Arc<Authenticator>,
        deletions_retention: Option<Duration>,
        metrics: &BackgroundMetrics,
        of_database: Option<&DatabaseMetrics>,
    ) -> Self {
        let mut jobs = vec![
            actix_rt::spawn(idle_lists::stop(lists.clone())),
            actix_rt::spawn(expired_responses::purge(store.clone(), metrics.clone())),
            actix_rt::spawn(deleted_lists::purge(store.clone(), metrics.clone())),
            actix_rt::spawn(Arc::clone(authenticator).follow_providers(metrics.clone())),
        ];
        if let Some(retention) = deletions_retention {
            jobs.push(actix_rt::spawn(expired_deletions::expire(
                store.clone(),
                retention,
                metrics.clone(),
            )));
        }
        if let Some(metrics) = of_database {
            jobs.push(actix_rt::spawn(database::watch(store.clone(), metrics.clone())));
        }
        Self(jobs)
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        for job in &self.0 {
            job.abort();
        }
    }
}
