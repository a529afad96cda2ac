//! A private PgBouncer in transaction mode between the applications under test and a PostgreSQL cluster, where
//! `RECORD_LISTS_TEST_POOLER=pgbouncer` asks for one. The tests' own sessions go past it.
//!
//! It ends with the tests, as the cluster does. A database gets fewer sessions than its applications have connections,
//! so that a session belongs to one of them after the other; prepared statements are not translated.

use std::{
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::Duration,
};

use super::cluster::{free_port, shell_as_ordinary_user};

pub struct Pooler {
    port: u16,
    _shell: Child,
}

/// Sessions of each database and role, fewer than one application's connections.
const SESSIONS: u8 = 4;

const SCRIPT: &str = r#"
set -e
pgbouncer=$1; settings=$2
dir=$(mktemp -d /tmp/record-lists-pooler-XXXXXX)
trap 'rm -rf "$dir"' EXIT
printf '%s\n' "$settings" >"$dir/pgbouncer.ini"
echo '"postgres" ""' >"$dir/users"
cd "$dir"
"$pgbouncer" pgbouncer.ini >log 2>&1 </dev/null &
pooler=$!
read -r _ || true
# Older versions do not end by a signal that a shell lets its children ignore; there is nothing to lose.
kill -KILL "$pooler"
{ wait "$pooler" || true; } 2>/dev/null
"#;

/// Whether the applications under test reach PostgreSQL through a pooler.
pub fn is_asked_for() -> bool {
    match std::env::var("RECORD_LISTS_TEST_POOLER").as_deref() {
        Ok("pgbouncer") => true,
        Ok(other) => panic!("RECORD_LISTS_TEST_POOLER is {other:?}; only pgbouncer is known"),
        Err(_) => false,
    }
}

/// What docs/operating.md asks for behind a pooler, and nothing without one.
pub fn statement_cache() -> Option<usize> {
    is_asked_for().then_some(0)
}

impl Pooler {
    /// The pooler in front of the tests' shared cluster; `None` without PgBouncer.
    pub fn shared(to: u16) -> Option<&'static Self> {
        static POOLER: OnceLock<Option<Pooler>> = OnceLock::new();
        POOLER.get_or_init(|| Self::before(to)).as_ref()
    }

    /// A pooler in front of the server at this port; `None` without PgBouncer.
    pub fn before(to: u16) -> Option<Self> {
        binary().map(|pgbouncer| Self::start(pgbouncer, to))
    }

    fn start(pgbouncer: PathBuf, to: u16) -> Self {
        let port = free_port();
        let shell = shell_as_ordinary_user()
            .args(["-c", SCRIPT, "pooler"])
            .arg(&pgbouncer)
            .arg(settings(port, to, knows_prepared_statements(&pgbouncer)))
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        let answers = (0..2_400).any(|_| {
            std::thread::sleep(Duration::from_millis(25));
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        assert!(answers, "PgBouncer did not start");
        Self { port, _shell: shell }
    }

    pub fn port(&self) -> u16 {
        self.port
    }
}

fn settings(port: u16, to: u16, knows_prepared_statements: bool) -> String {
    // Roles that a test makes are asked for. Sessions that nobody uses go soon: each test has a database of its own.
    let mut settings = format!(
        "[databases]\n\
         * = host=127.0.0.1 port={to} auth_user=postgres\n\
         [pgbouncer]\n\
         listen_addr = 127.0.0.1\n\
         listen_port = {port}\n\
         unix_socket_dir =\n\
         auth_type = trust\n\
         auth_file = users\n\
         auth_query = SELECT usename, passwd FROM pg_shadow WHERE usename = $1\n\
         pool_mode = transaction\n\
         default_pool_size = {SESSIONS}\n\
         max_client_conn = 900\n\
         server_idle_timeout = 2\n\
         server_login_retry = 1\n"
    );
    if knows_prepared_statements {
        settings.push_str("max_prepared_statements = 0\n");
    }
    settings
}

/// From version 1.21 on it can keep prepared statements apart. Older ones refuse the setting.
fn knows_prepared_statements(pgbouncer: &PathBuf) -> bool {
    let output = Command::new(pgbouncer).arg("--version").output();
    let output = output.expect("PgBouncer tells its version").stdout;
    let text = String::from_utf8_lossy(&output);
    let mut numbers = text.split([' ', '.', '\n']).filter_map(|word| word.parse().ok());
    let version: (u32, u32) = (numbers.next().expect("a version"), numbers.next().expect("a version"));
    version >= (1, 21)
}

/// Where `pgbouncer` is; Debian's folder for it is not on everyone's path.
fn binary() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join("pgbouncer"))
        .find(|file| file.exists())
}
