//! Background jobs: what the service does without a request.

mod deleted_lists;
mod expired_responses;
mod idle_lists;
mod runner;

use actix_rt::task::JoinHandle;

use crate::{record_list::Registry, store::Store};

/// The jobs of a running service. They end when this is dropped.
pub(crate) struct Jobs(Vec<JoinHandle<()>>);

impl Jobs {
    /// Starts the jobs. Must be called within an actix system.
    pub(crate) fn start(store: &Store, lists: &Registry) -> Self {
        Self(vec![
            actix_rt::spawn(idle_lists::stop(lists.clone())),
            actix_rt::spawn(expired_responses::purge(store.clone())),
            actix_rt::spawn(deleted_lists::purge(store.clone())),
        ])
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        for job in &self.0 {
            job.abort();
        }
    }
}
