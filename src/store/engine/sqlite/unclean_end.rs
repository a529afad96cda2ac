//! What is looked at before a database file is opened: whether its last process closed it, and whether the log beside
//! it is its own.
//!
//! SQLite applies a log to whatever file it lies beside, and moves it there. So everything here happens before the
//! first connection that may write, and leaves the files as they are.

use std::{io, path::Path, time::Duration};

use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use super::{
    backup::restore,
    damage::{self, Check, Finding},
    file_guard::FileGuard,
    files,
    header::Header,
    log_file::LogFile,
    note::Note,
};
use crate::store::engine::{connect::StoreSettings, open_error::OpenError};

/// Checks the database if it was not closed. Ends a restore that was interrupted.
pub(crate) async fn settle(guard: &FileGuard, settings: &StoreSettings) -> Result<(), OpenError> {
    let database = guard.database();
    let unreadable = |source| OpenError::unusable(database, source);
    restore::finish(guard).map_err(unreadable)?;
    let note = guard.note().map_err(unreadable)?;
    let log = files::log(database);
    if files::size(&log) > 0
        && let Some(strange) = strange_log(database, &log, note).map_err(unreadable)?
    {
        return Err(OpenError::ForeignLog {
            database: database.to_owned(),
            strange,
        });
    }
    let is_unclean = matches!(note, Note::Open(_)) || files::size(&log) > 0;
    if is_unclean && files::size(database) > 0 {
        check(database, settings).await?;
    }
    // What is known of the log stays known as long as it is the same.
    let open = if let Note::Open(moved) = note { moved } else { None };
    guard.write(Note::Open(open)).map_err(unreadable)
}

/// Why the log beside a database cannot be its own; `None` if nothing speaks against it.
pub(super) fn strange_log(database: &Path, log: &Path, note: Note) -> io::Result<Option<&'static str>> {
    let Some(log) = LogFile::read(log)? else {
        return Ok(None);
    };
    let Some(header) = Header::read(database)? else {
        return Ok(Some("the database is missing"));
    };
    if !header.is_with_log() {
        return Ok(Some("the database has never had a log"));
    }
    let mark = header.mark();
    // The transaction before the log may have been the last one in the file; none is that came after the log.
    if let Some((first, last)) = log.marks
        && !is_between(mark, first.wrapping_sub(1), last)
    {
        return Ok(Some("it has other transactions than the database"));
    }
    if let Note::Open(Some(moved)) = note
        && moved.salts == log.salts
        && !is_between(mark, moved.mark, log.marks.map_or(moved.mark, |(_, last)| last))
    {
        return Ok(Some("more of it has been moved into a database than this one has"));
    }
    Ok(None)
}

/// Whether a mark lies between two others, which may have passed the largest number on the way.
fn is_between(mark: u32, from: u32, to: u32) -> bool {
    mark.wrapping_sub(from) <= to.wrapping_sub(from)
}

/// Checks the database together with its log, on a connection that moves nothing.
async fn check(database: &Path, settings: &StoreSettings) -> Result<(), OpenError> {
    let limit = settings.check_timeout;
    match quick_check(database, settings.lock_timeout, limit).await {
        Ok(Finding::Sound) => Ok(()),
        Ok(Finding::Damaged(fault)) => Err(OpenError::damaged(database, fault)),
        Ok(Finding::Unfinished) => {
            tracing::warn!(
                database = %database.display(),
                limit = %humantime::format_duration(limit),
                "the last process did not close the database; the check of the file was not finished in time, and the \
                 server starts without"
            );
            Ok(())
        }
        Err(error) => Err(OpenError::of_sqlite(database, error)),
    }
}

async fn quick_check(database: &Path, patience: Duration, limit: Duration) -> Result<Finding, sqlx::Error> {
    let mut connection = SqliteConnectOptions::new()
        .filename(database)
        // A journal has to be rolled back first.
        .read_only(!files::journal(database).exists())
        .busy_timeout(patience)
        .disable_statement_logging()
        .connect()
        .await?;
    let finding = damage::check(&mut connection, Check::Quick(limit)).await;
    connection.close().await?;
    finding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_may_pass_the_largest_number() {
        for (mark, from, to, expected) in [
            (5, 4, 6, true),
            (4, 4, 6, true),
            (6, 4, 6, true),
            (3, 4, 6, false),
            (7, 4, 6, false),
            (0, u32::MAX, 1, true),
            (2, u32::MAX, 1, false),
            (u32::MAX - 1, u32::MAX, 1, false),
        ] {
            assert_eq!(is_between(mark, from, to), expected, "{mark} {from} {to}");
        }
    }
}
