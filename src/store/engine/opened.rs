//! Which database is open, in words for the log: without a user and a password.

use std::{fmt, path::PathBuf};

use sqlx::postgres::PgConnectOptions;

/// Which database is open, and whether it was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// A SQLite file.
    File {
        /// Its absolute path.
        path: PathBuf,
        /// Whether it was missing.
        is_new: bool,
    },
    /// A database of a PostgreSQL server, which may not be there yet.
    Server {
        /// The host, or the folder of the server's socket.
        host: String,
        /// The port.
        port: u16,
        /// The name of the database.
        database: String,
    },
}

impl Opened {
    pub(super) fn server(options: &PgConnectOptions) -> Self {
        let socket = options.get_socket().map(|socket| socket.display().to_string());
        Self::Server {
            host: socket.unwrap_or_else(|| options.get_host().to_owned()),
            port: options.get_port(),
            // Without a name, the server takes that of the user.
            database: options.get_database().unwrap_or(options.get_username()).to_owned(),
        }
    }

    /// What the start did with the database.
    pub fn what_was_done(&self) -> &'static str {
        match self {
            Self::File { is_new: true, .. } => "created the database",
            Self::File { is_new: false, .. } => "opened the database",
            Self::Server { .. } => "uses the database of a server",
        }
    }
}

impl fmt::Display for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, .. } => write!(f, "{}", path.display()),
            Self::Server { host, port, database } => write!(f, "{database} on {host}:{port}"),
        }
    }
}
