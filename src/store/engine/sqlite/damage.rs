//! How damage to a database file is noticed.

use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnection;

/// How thoroughly a database is checked.
#[derive(Clone, Copy)]
pub(super) enum Check {
    /// The structure of the file, within this time.
    Quick(Duration),
    /// Also whether the indexes agree with the tables.
    Whole,
}

/// What a check found.
pub(super) enum Finding {
    /// Nothing.
    Sound,
    /// Damage: the first fault.
    Damaged(String),
    /// No damage so far; the time was over.
    Unfinished,
}

/// The number of steps between two looks at the clock.
const STEPS: i32 = 100;

/// Checks the database of a connection.
pub(super) async fn check(connection: &mut SqliteConnection, check: Check) -> Result<Finding, sqlx::Error> {
    let sql = match check {
        Check::Quick(limit) => {
            // A statement cannot be ended from outside, only by itself.
            let end = Instant::now() + limit;
            let mut handle = connection.lock_handle().await?;
            handle.set_progress_handler(STEPS, move || Instant::now() < end);
            "PRAGMA quick_check(1)"
        }
        Check::Whole => "PRAGMA integrity_check(1)",
    };
    let faults = sqlx::query_scalar::<_, String>(sql).fetch_all(&mut *connection).await;
    connection.lock_handle().await?.remove_progress_handler();
    match faults {
        Ok(faults) => Ok(match faults.into_iter().find(|fault| fault != "ok") {
            Some(fault) => Finding::Damaged(fault.trim().replace('\n', ", ")),
            None => Finding::Sound,
        }),
        Err(error) if is_interruption(&error) => Ok(Finding::Unfinished),
        Err(error) => damage(&error).map(Finding::Damaged).ok_or(error),
    }
}

/// What is wrong with the file, if an error of SQLite says that it is damaged or no database at all.
pub(crate) fn damage(error: &sqlx::Error) -> Option<String> {
    const CORRUPT: u32 = 11;
    const NOT_A_DATABASE: u32 = 26;
    let is_damage = matches!(primary_code(error)?, CORRUPT | NOT_A_DATABASE);
    is_damage.then(|| message(error))
}

/// Whether SQLite found no space for what it had to write.
pub(super) fn is_full(error: &sqlx::Error) -> bool {
    const FULL: u32 = 13;
    primary_code(error) == Some(FULL)
}

fn is_interruption(error: &sqlx::Error) -> bool {
    const INTERRUPT: u32 = 9;
    primary_code(error) == Some(INTERRUPT)
}

fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let code: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

fn message(error: &sqlx::Error) -> String {
    error
        .as_database_error()
        .map_or_else(|| error.to_string(), |error| error.message().to_owned())
}
