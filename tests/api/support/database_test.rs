//! The frame of a test that runs on each kind of database.

use super::{Database, Fleet, Servers, TestApp, TestDatabase};

/// What a test is given.
pub trait Fixture: Sized {
    /// What it is made on: a kind of database, as a rule.
    type On;

    /// `None` where the test has to be passed over.
    async fn prepare(on: Self::On) -> Option<Self>;
}

/// The kind of database, for a test that prepares the rest itself.
impl Fixture for Database {
    type On = Self;

    async fn prepare(on: Self) -> Option<Self> {
        Some(on)
    }
}

/// A migrated and empty database.
impl Fixture for TestDatabase {
    type On = Database;

    async fn prepare(on: Database) -> Option<Self> {
        on.create().await
    }
}

/// An application with its usual settings; one with others starts with [`TestApp::on`] in the test.
impl Fixture for TestApp {
    type On = Database;

    async fn prepare(on: Database) -> Option<Self> {
        Self::start(on).await
    }
}

impl Fixture for Fleet {
    type On = Servers;

    async fn prepare(on: Servers) -> Option<Self> {
        Self::start(on).await
    }
}

/// Makes an asynchronous function a test on SQLite and one on PostgreSQL:
///
/// ```ignore
/// #[apply(database_test)]
/// async fn a_list_has_a_name(app: TestApp) {}
/// ```
///
/// The first parameter is a [`Fixture`]; `#[values(...)]` before it says what else it is made on. Parameters and cases
/// of `rstest` may follow, and a `#[tokio::test(...)]` of the test's own right after `#[apply(database_test)]`.
macro_rules! database_test {
    // With a runtime of its own.
    ($(#[doc = $line:tt])* #[tokio::test $runtime:tt] $($test:tt)*) => {
        $crate::support::database_test! { @[tokio::test $runtime] $(#[doc = $line])* $($test)* }
    };
    ($(#[$attribute:meta])* async fn $($test:tt)*) => {
        $crate::support::database_test! { @[tokio::test] $(#[$attribute])* async fn $($test)* }
    };
    // On both kinds of databases. The comments are what they are called in the names of the tests.
    (@[$($runner:tt)*] $(#[$attribute:meta])* async fn $name:ident($fixture:ident $($rest:tt)*) $body:block) => {
        $crate::support::database_test! {
            @[$($runner)*]
            $(#[$attribute])*
            async fn $name(
                #[values(
                    /// Sqlite
                    $crate::support::Database::Sqlite,
                    /// Postgres
                    $crate::support::Database::Postgres
                )]
                $fixture $($rest)*
            ) $body
        }
    };
    (
        @[$($runner:tt)*]
        $(#[$attribute:meta])*
        async fn $name:ident(
            #[values($($on:tt)*)] $($fixture:ident)+: $Fixture:ty $(, $($parameters:tt)*)?
        ) $body:block
    ) => {
        #[rstest::rstest]
        $(#[$attribute])*
        #[$($runner)*]
        async fn $name(
            #[values($($on)*)] database: <$Fixture as $crate::support::Fixture>::On $(, $($parameters)*)?
        ) {
            let Some($($fixture)+) = <$Fixture as $crate::support::Fixture>::prepare(database).await else {
                return;
            };
            $body
        }
    };
}
pub(crate) use database_test;
