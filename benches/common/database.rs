//! Fresh databases, for all benchmarks.

use std::path::Path;

use crate::cluster::Cluster;

/// A database that nobody has used. It is deleted when this is dropped.
pub(crate) enum Database {
    Sqlite(tempfile::TempDir),
    Postgres(Cluster),
}

impl Database {
    /// A file in the folder for the benchmark's results, which is on disk; a folder for temporary files may be in
    /// memory.
    pub(crate) fn sqlite(folder: &Path) -> Self {
        Self::Sqlite(tempfile::tempdir_in(folder).expect("a folder"))
    }

    /// A server with settings for a small machine; `None` if the binaries of PostgreSQL are missing.
    pub(crate) fn postgres() -> Option<Self> {
        let settings = ["--max_connections=200", "--shared_buffers=512MB", "--max_wal_size=4GB"];
        Cluster::with_settings(&settings).map(Self::Postgres)
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite://{}", folder.path().join("bench.db").display()),
            Self::Postgres(cluster) => cluster.url("postgres"),
        }
    }
}
