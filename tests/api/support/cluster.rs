//! A private PostgreSQL cluster for the tests or benchmarks of one process, made from the installed binaries.
//!
//! A shell starts the server and stops it when its standard input closes: however the tests end, no server and no
//! folder is left behind. Its databases have an ICU collation, in which `a` and `A` lie together: the schema must not
//! depend on the database's collation.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

pub struct Cluster {
    port: u16,
    _shell: Child,
}

const SCRIPT: &str = r#"
set -e
bin=$1; port=$2; shift 2
dir=$(mktemp -d /tmp/record-lists-test-XXXXXX)
trap 'rm -rf "$dir"' EXIT
"$bin/initdb" --pgdata="$dir/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
  --locale-provider=icu --icu-locale=en-US --no-sync >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 1; }
"$bin/postgres" -D "$dir/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories="$dir" \
  "$@" >"$dir/log" 2>&1 </dev/null &
server=$!
for _ in $(seq 200); do
  "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" -U postgres && break
  sleep 0.05
done
echo ready
read -r _ || true
kill -QUIT "$server"
wait "$server" || true
"#;

impl Cluster {
    /// The cluster of this process; `None` without PostgreSQL's binaries.
    pub fn shared() -> Option<&'static Self> {
        static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
        CLUSTER.get_or_init(|| Self::with_connections(400)).as_ref()
    }

    /// A cluster of its own that takes so many connections.
    pub fn with_connections(count: u16) -> Option<Self> {
        let connections = format!("--max_connections={count}");
        Self::with_settings(&["--fsync=off", "--shared_buffers=64MB", &connections])
    }

    /// A cluster of its own with these settings.
    pub fn with_settings(settings: &[&str]) -> Option<Self> {
        binaries().map(|folder| Self::start(&folder, settings))
    }

    fn start(binaries: &Path, settings: &[&str]) -> Self {
        let port = free_port();
        let mut shell = shell_as_ordinary_user()
            .args(["-c", SCRIPT, "cluster"])
            .arg(binaries)
            .arg(port.to_string())
            .args(settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut line = String::new();
        let output = shell.stdout.take().expect("a pipe");
        BufReader::new(output).read_line(&mut line).expect("a line");
        assert_eq!(line, "ready\n", "the PostgreSQL cluster did not start");
        Self {
            port,
            _shell: shell,
        }
    }

    /// The address of a database of the cluster.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

/// The server refuses to run as root: the tests lend it the user that Debian made for it.
pub fn shell_as_ordinary_user() -> Command {
    let id = Command::new("id").arg("-u").output();
    let is_root = id.is_ok_and(|id| id.stdout == b"0\n");
    if is_root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", "sh"]);
        command
    } else {
        Command::new("sh")
    }
}

/// Where `initdb` and `postgres` are.
fn binaries() -> Option<PathBuf> {
    let configured = std::env::var_os("RECORD_LISTS_TEST_PG_BIN").map(PathBuf::from);
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin")));
    let path = std::env::var_os("PATH").unwrap_or_default();
    configured
        .into_iter()
        .chain(debian)
        .chain(std::env::split_paths(&path))
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}
