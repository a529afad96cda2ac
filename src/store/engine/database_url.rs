//! The URL of a database. Its parameters take effect or are refused by name.

use std::{borrow::Cow, fmt, io::ErrorKind, path::PathBuf, str::FromStr};

use percent_encoding::percent_decode_str;
use sqlx::postgres::PgConnectOptions;
use thiserror::Error;
use url::{Url, form_urlencoded};

/// The URL of a database. It may contain a password, which `Debug` does not show.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file.
    Sqlite(SqliteFile),
    /// A PostgreSQL server.
    Postgres(String),
}

/// A SQLite file, and whether it may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteFile {
    /// The path.
    pub path: PathBuf,
    /// Whether the file is created if it is missing (`mode=rwc`, the default) or must exist (`mode=rw`).
    pub create: bool,
}

/// Why there can be no database file at a path.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SqliteFileError {
    /// The file must exist and does not.
    #[error(
        "there is no database file {}, and the database URL says mode=rw; correct the path, or leave out the mode to \
         create the file",
        .0.display()
    )]
    Missing(PathBuf),
    /// The path is that of a device, a pipe or the like.
    #[error("the database URL names {}, which is no regular file", .0.display())]
    NotAFile(PathBuf),
    /// The system does not say what is there.
    #[error("the database file {} cannot be read: {}", .0.display(), .1)]
    Unreadable(PathBuf, ErrorKind),
    /// The path is that of a folder.
    #[error("the database URL names the folder {}; name a file in it, such as record-lists.db", .0.display())]
    Folder(PathBuf),
}

/// Why a database URL cannot be used. No message quotes the URL, because it may contain a password.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DatabaseUrlError {
    /// The URL is for neither of the two databases.
    #[error("the database URL must start with sqlite:// or postgres://")]
    UnknownScheme,
    /// The URL names no file: the SQLite database would not outlive the process.
    #[error("the database URL names no file: use sqlite://path/to/file.db")]
    NoFile,
    /// SQLite cannot have a file of this name.
    #[error("the database URL names a file that is not valid UTF-8 or contains a zero byte: use another name")]
    FileName,
    /// The server could not write.
    #[error("the database URL says mode={0}, but the server writes: use mode=rwc, mode=rw or no mode")]
    Mode(&'static str),
    /// The mode is none of SQLite's.
    #[error("the database URL has an unknown mode: use mode=rwc, mode=rw (the file must exist) or no mode")]
    UnknownMode,
    /// A parameter is not supported.
    #[error("the database URL has the parameter {name}, which is not supported: remove it; {known} are supported")]
    Parameter {
        /// Its name.
        name: String,
        /// What is supported.
        known: &'static str,
    },
    /// A parameter is there twice.
    #[error("the database URL has the parameter {0} twice: remove one of them")]
    Repeated(String),
    /// The value of a parameter is not valid.
    #[error("the database URL has the parameter {0} with a value that is not valid for it")]
    Value(String),
    /// What follows a `#` would be ignored.
    #[error("the database URL has a #, after which everything is ignored: write it as %23")]
    Fragment,
    /// The URL is not valid for a PostgreSQL server.
    #[error("the database URL is not a valid postgres:// URL (one host, one port)")]
    Malformed,
}

/// The parameters of `sqlite://` URLs.
const SQLITE_PARAMETERS: &str = "mode=rwc and mode=rw";

/// The parameters of `postgres://` URLs that the driver carries out. Others it would ignore, even a misspelled `sslmode`.
const POSTGRES_PARAMETERS: [&str; 17] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        if let Some(rest) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) {
            return rest.parse().map(Self::Sqlite);
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            check_postgres(url)?;
            return Ok(Self::Postgres(url.to_owned()));
        }
        Err(DatabaseUrlError::UnknownScheme)
    }
}

impl FromStr for SqliteFile {
    type Err = DatabaseUrlError;

    /// Reads what follows `sqlite://`: the path, in which `%3F` is a question mark, and parameters.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (path, parameters) = text.split_once('?').unwrap_or((text, ""));
        let path = percent_decode_str(path).decode_utf8();
        let path = path.map_err(|_| DatabaseUrlError::FileName)?;
        if path.contains('\0') {
            return Err(DatabaseUrlError::FileName);
        }
        if path.is_empty() || path == ":memory:" {
            return Err(DatabaseUrlError::NoFile);
        }
        let mut mode = None;
        for (name, value) in form_urlencoded::parse(parameters.as_bytes()) {
            if name != "mode" {
                return Err(DatabaseUrlError::Parameter {
                    name: name.into_owned(),
                    known: SQLITE_PARAMETERS,
                });
            }
            let create = match &*value {
                "rwc" => true,
                "rw" => false,
                "ro" => return Err(DatabaseUrlError::Mode("ro")),
                "memory" => return Err(DatabaseUrlError::NoFile),
                _ => return Err(DatabaseUrlError::UnknownMode),
            };
            if mode.replace(create).is_some() {
                return Err(DatabaseUrlError::Repeated(name.into_owned()));
            }
        }
        // SQLite would take such a path for a URL of its own.
        let path = if path.starts_with("file:") {
            Cow::Owned(format!("./{path}"))
        } else {
            path
        };
        Ok(Self {
            path: path.into_owned().into(),
            create: mode.unwrap_or(true),
        })
    }
}

impl SqliteFile {
    /// Fails if the file must exist and does not, or if there is something else.
    pub fn check(&self) -> Result<(), SqliteFileError> {
        let path = || self.path.clone();
        match self.path.metadata() {
            Ok(about) if about.is_file() => Ok(()),
            Ok(about) if about.is_dir() => Err(SqliteFileError::Folder(path())),
            Ok(_) => Err(SqliteFileError::NotAFile(path())),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if self.path.as_os_str().as_encoded_bytes().ends_with(b"/") {
                    Err(SqliteFileError::Folder(path()))
                } else if self.create {
                    Ok(())
                } else {
                    Err(SqliteFileError::Missing(path()))
                }
            }
            Err(error) => Err(SqliteFileError::Unreadable(path(), error.kind())),
        }
    }
}

/// A file that is created if it is missing.
impl From<PathBuf> for SqliteFile {
    fn from(path: PathBuf) -> Self {
        Self { path, create: true }
    }
}

fn check_postgres(url: &str) -> Result<(), DatabaseUrlError> {
    let parsed = Url::parse(url).map_err(|_| DatabaseUrlError::Malformed)?;
    if parsed.fragment().is_some() {
        return Err(DatabaseUrlError::Fragment);
    }
    if parsed.host_str().is_some_and(|host| host.contains(',')) {
        return Err(DatabaseUrlError::Malformed);
    }
    let mut names = Vec::new();
    for (name, value) in parsed.query_pairs() {
        let is_option = name.starts_with("options[") && name.ends_with(']');
        if !is_option && !POSTGRES_PARAMETERS.contains(&&*name) {
            return Err(DatabaseUrlError::Parameter {
                name: if may_be_secret(&parsed, &name) {
                    "(not shown)".to_owned()
                } else {
                    name.into_owned()
                },
                known: "sslmode, sslrootcert, sslcert, sslkey, host, hostaddr, port, dbname, user, password, \
                        application_name and options",
            });
        }
        let alone = form_urlencoded::Serializer::new("postgres://localhost/?".to_owned())
            .append_pair(&name, &value)
            .finish();
        if PgConnectOptions::from_str(&alone).is_err() {
            return Err(DatabaseUrlError::Value(name.into_owned()));
        }
        if names.contains(&name) {
            return Err(DatabaseUrlError::Repeated(name.into_owned()));
        }
        names.push(name);
    }
    PgConnectOptions::from_str(url).map_err(|_| DatabaseUrlError::Malformed)?;
    Ok(())
}

/// Whether what looks like the name of a parameter may be a part of a password that has `?` or `&` in it.
fn may_be_secret(url: &Url, name: &str) -> bool {
    let is_name = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || b"_-".contains(&byte));
    let mut before = url.query_pairs().take_while(|(other, _)| other != name);
    !is_name || url.query().is_some_and(|query| query.contains('@')) || before.any(|(other, _)| other == "password")
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => write!(f, "sqlite://{}", file.path.display()),
            Self::Postgres(_) => f.write_str("postgres://***"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_files_are_carried_out_or_refused() {
        use DatabaseUrlError::{FileName, Mode, NoFile, Repeated, UnknownMode};
        let file = |path: &str, create| {
            let path = path.into();
            Ok(SqliteFile { path, create })
        };
        let parameter = |name: &str| {
            Err(DatabaseUrlError::Parameter {
                name: name.to_owned(),
                known: SQLITE_PARAMETERS,
            })
        };
        for (url, expected) in [
            ("sqlite://data/a.db", file("data/a.db", true)),
            ("sqlite:///var/a.db", file("/var/a.db", true)),
            ("sqlite:a.db", file("a.db", true)),
            ("sqlite://a.db?", file("a.db", true)),
            ("sqlite://a.db?mode=rwc", file("a.db", true)),
            ("sqlite://a.db?mode=rw", file("a.db", false)),
            (
                "sqlite://my%20data/100%25%3F.db?mode=rw",
                file("my data/100%?.db", false),
            ),
            ("sqlite://100%.db", file("100%.db", true)),
            ("sqlite://file:a.db", file("./file:a.db", true)),
            ("sqlite://a.db?mode=ro", Err(Mode("ro"))),
            ("sqlite://a.db?mode=", Err(UnknownMode)),
            ("sqlite://a.db?mode", Err(UnknownMode)),
            ("sqlite://a.db?mode=RW", Err(UnknownMode)),
            ("sqlite://a.db?mode=rw&mode=rw", Err(Repeated("mode".to_owned()))),
            ("sqlite://a.db?foo=bar", parameter("foo")),
            ("sqlite://a.db?mode=rw&cache=shared", parameter("cache")),
            ("sqlite://a.db?immutable=1", parameter("immutable")),
            ("sqlite://a.db?vfs=unix-none", parameter("vfs")),
            ("sqlite://a.db?MODE=rw", parameter("MODE")),
            ("sqlite://a%FF.db", Err(FileName)),
            ("sqlite://a%00.db", Err(FileName)),
            ("sqlite::memory:", Err(NoFile)),
            ("sqlite://%3Amemory%3A", Err(NoFile)),
            ("sqlite://a.db?mode=memory", Err(NoFile)),
            ("sqlite://", Err(NoFile)),
            ("sqlite://?mode=rw", Err(NoFile)),
        ] {
            assert_eq!(url.parse(), expected.map(DatabaseUrl::Sqlite), "{url}");
        }
    }

    #[test]
    fn urls_of_servers_are_carried_out_or_refused() {
        for url in [
            "postgres://u:p@localhost/db",
            "postgresql://localhost",
            "postgres://localhost/db?sslmode=require&application_name=a&options[search_path]=x",
            "postgres:///db?host=/var/run/postgresql&port=5433&user=u&password=p",
        ] {
            assert_eq!(url.parse(), Ok(DatabaseUrl::Postgres(url.to_owned())), "{url}");
        }
        for (url, told) in [
            ("mysql://localhost", "must start with sqlite:// or postgres://"),
            ("", "must start with sqlite:// or postgres://"),
            ("postgres://h1:5432,h2:5432/db", "one host"),
            ("postgres://h1,h2/db", "one host"),
            ("postgres://localhost/db?password=a#marked", "write it as %23"),
            (
                "postgres://localhost/db?sslmode=require&sslmode=disable",
                "the parameter sslmode twice",
            ),
            ("postgres://localhost:marked/db", "one port"),
            ("postgres://localhost/db?sslmod=marked", "the parameter sslmod,"),
            (
                "postgres://localhost/db?target_session_attrs=marked",
                "target_session_attrs",
            ),
            ("postgres://u:12?marked@localhost/db", "the parameter (not shown),"),
            ("postgres://u:1?marked&x@localhost/db", "the parameter (not shown),"),
            (
                "postgres://localhost/db?password=a&marked=b",
                "the parameter (not shown),",
            ),
            ("postgres://localhost/db?sslmode=marked", "the parameter sslmode with"),
            ("postgres://localhost/db?port=marked", "the parameter port with"),
        ] {
            let error = url.parse::<DatabaseUrl>().unwrap_err().to_string();
            assert!(error.contains(told) && !error.contains("marked"), "{url}: {error}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let url: DatabaseUrl = "postgres://u:secret@localhost/db".parse().unwrap();
        assert!(!format!("{url:?}").contains("secret"));
    }
}
