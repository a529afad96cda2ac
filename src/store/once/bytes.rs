//! How much saved responses occupy, from what is counted by the hour.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use sea_orm::DatabaseExecutor;

use super::{KEPT_FOR, statements};
use crate::{
    clock,
    domain::AccountId,
    store::{
        engine::{executor::Executor, read::Read},
        error::ReadError,
    },
};

/// The beginning of the hour in which a response is counted.
pub(super) fn hour_of(time: DateTime<Utc>) -> DateTime<Utc> {
    // It fails only far outside of the years that a clock shows.
    time.duration_trunc(TimeDelta::hours(1)).unwrap_or(time)
}

/// The first hour whose responses may not all have expired.
pub(super) fn first_hour(now: DateTime<Utc>) -> DateTime<Utc> {
    hour_of(now - KEPT_FOR)
}

/// Finds how many bytes the saved responses of an account occupy. Responses that have expired count until the end of
/// the hour.
pub(crate) struct SavedBytes(pub(crate) AccountId);

impl Read for SavedBytes {
    type Output = u64;

    fn account(&self) -> Option<&AccountId> {
        Some(&self.0)
    }

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<u64, ReadError> {
        let sum = statements::sum_of_bytes(database.backend(), &self.0, first_hour(clock::now()));
        let rows = database.rows(sum).await?;
        let bytes: i64 = rows.first().map_or(Ok(0), |row| row.get(0))?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }
}

/// The same of all accounts.
pub(crate) struct AllSavedBytes;

impl Read for AllSavedBytes {
    type Output = u64;

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<u64, ReadError> {
        let sum = statements::sum_of_all_bytes(database.backend(), first_hour(clock::now()));
        let rows = database.rows(sum).await?;
        let bytes: i64 = rows.first().map_or(Ok(0), |row| row.get(0))?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }
}
