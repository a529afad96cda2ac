//! A batch of deletions of one list: together, and one by one where one of them makes the transaction fail.

use std::sync::Arc;

use fail::fail_point;

use super::{
    delete::{Batch, DeletionCommand, DeletionResult},
    lanes::BatchResult,
};
use crate::store::{ListKey, Store, StoreError, WriteError};

impl Store {
    /// Carries out a batch of deletions of one list; a result per deletion, in order.
    ///
    /// They share one transaction, and may share it with other lists. Where one of them makes it fail by itself, each
    /// gets its own, so that it fails alone. Whoever wants the order of two batches of a list kept hands over the
    /// second one when the first one is answered.
    pub async fn delete_records(
        &self,
        list: ListKey,
        commands: Vec<DeletionCommand>,
    ) -> Vec<DeletionResult> {
        fail_point!("store");
        let together = Batch {
            list: list.clone(),
            commands: commands.clone(),
        };
        match self.delete_batch(together).await {
            Ok(results) => results,
            Err(WriteError::Store(StoreError::Data(_) | StoreError::Bug(_)))
                if commands.len() > 1 =>
            {
                let mut results: Vec<DeletionResult> = Vec::with_capacity(commands.len());
                for command in commands {
                    // Those behind one that found the database gone would wait as long again, and in vain.
                    let gone = results.last().and_then(unavailable);
                    results.push(match gone {
                        Some(error) => Err(error),
                        None => self.delete_one(list.clone(), command).await,
                    });
                }
                results
            }
            Err(error) => commands.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    async fn delete_one(&self, list: ListKey, command: DeletionCommand) -> DeletionResult {
        let alone = Batch {
            list,
            commands: vec![command],
        };
        let inner = Arc::clone(&self.inner);
        let deleted = self.on_runtime(async move { inner.delete_alone(Arc::new(alone)).await });
        let mut results = deleted.await?;
        results
            .pop()
            .unwrap_or(Err(StoreError::Bug("a deletion without an outcome").into()))
    }

    async fn delete_batch(&self, batch: Batch) -> BatchResult {
        let inner = Arc::clone(&self.inner);
        self.on_runtime(inner.delete(Arc::new(batch))).await
    }
}

/// The error of a write that found the database gone or held up.
fn unavailable(result: &DeletionResult) -> Option<WriteError> {
    match result {
        Err(
            error @ WriteError::Store(
                StoreError::Unavailable(_) | StoreError::Blocked(_) | StoreError::ReadOnly,
            ),
        ) => Some(error.clone()),
        _ => None,
    }
}
