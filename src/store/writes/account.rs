//! Writes to an account: those that create a list.

use futures_util::future::BoxFuture;

use super::{
    lock::LockedAccount,
    trace::{self, Trace},
};
use crate::{
    domain::{AccountId, Limits},
    store::{
        engine::{
            transact::{Fate, Transact},
            transaction::Transaction,
        },
        error::WriteError,
        list_key::ListKey,
        once::{self, Once, Written},
    },
};

/// A write to an account.
pub trait AccountWrite: Send + Sync + 'static {
    /// What the caller gets after the commit.
    type Output: Send + Sync + 'static;

    /// Carries out the write under the account's lock; see [`ListWrite::apply`](super::list::ListWrite::apply).
    fn apply(&self, account: &LockedAccount<'_>) -> impl Future<Output = Result<Self::Output, WriteError>> + Send;

    /// The trace that proves that the write was committed and returned `output`.
    fn trace(&self, output: &Self::Output) -> Trace;
}

/// The transaction of a write to an account.
pub(crate) struct WriteToAccount<W: AccountWrite> {
    pub(crate) account: AccountId,
    pub(crate) write: W,
    pub(crate) once: Option<Once<W::Output>>,
    pub(crate) limits: Limits,
    /// How many lists the account has, if that is not to be counted in the transaction.
    pub(crate) lists: Option<u64>,
}

impl<W: AccountWrite> WriteToAccount<W> {
    fn scope(&self) -> ListKey {
        ListKey::outside_lists(self.account.clone())
    }
}

impl<W: AccountWrite> Transact for WriteToAccount<W> {
    type Output = Written<W::Output>;

    fn run<'t>(&'t self, transaction: &'t Transaction) -> BoxFuture<'t, Result<Self::Output, WriteError>> {
        Box::pin(async move {
            let account = LockedAccount::take(transaction, &self.account, self.limits, self.lists).await?;
            let write = self.write.apply(&account);
            once::carry_out(transaction, &self.scope(), self.once.as_ref(), write).await
        })
    }

    fn account(&self) -> Option<&AccountId> {
        Some(&self.account)
    }

    fn has_written(output: &Self::Output) -> bool {
        matches!(output, Written::Now(_))
    }

    fn fate<'t>(
        &'t self,
        output: &'t Self::Output,
        transaction: &'t Transaction,
    ) -> BoxFuture<'t, Result<Fate, WriteError>> {
        Box::pin(async move {
            let Written::Now(output) = output else {
                return Ok(Fate::Committed);
            };
            LockedAccount::take(transaction, &self.account, self.limits, self.lists).await?;
            let trace = self.write.trace(output);
            let saved = self.once.as_ref().map(|once| (once.claimed(), (once.render)(output)));
            trace::fate(transaction, &self.scope(), saved, trace).await
        })
    }
}
