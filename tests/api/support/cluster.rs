//! A private PostgreSQL cluster for the tests or benchmarks of one process, made from the installed binaries.
//!
//! A shell starts the server and stops it when its standard input closes: however the tests end, no server and no
//! folder is left behind. Its databases have an ICU collation, in which `a` and `A` lie together: the schema must not
//! depend on the database's collation.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

pub struct Cluster {
    port: u16,
    shell: Mutex<Shell>,
}

struct Shell {
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    _process: Child,
}

const SCRIPT: &str = r#"
set -e
bin=$1; port=$2; folder=$3; shift 3
dir=$(mktemp -d "$folder/record-lists-test-XXXXXX")
trap 'rm -rf "$dir" 2>/dev/null' EXIT
"$bin/initdb" --pgdata="$dir/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
  --locale-provider=icu --icu-locale=en-US --no-sync >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 1; }
start() {
  "$bin/postgres" -D "$dir/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    "$@" >>"$dir/log" 2>&1 </dev/null &
  server=$!
  for _ in $(seq 2400); do
    "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" -U postgres && return
    kill -0 "$server" || break
    sleep 0.05
  done
  cat "$dir/log" >&2
  exit 1
}
# To the server and to all that it has started.
signal_all() {
  # One of them may be gone by now.
  kill "-$1" "$server" $(cat "/proc/$server/task/$server/children" 2>/dev/null) 2>/dev/null || true
}
stop() {
  kill -QUIT "$server" 2>/dev/null || true
  # One that is paused could not hear it.
  signal_all CONT
  wait "$server" || true
}
start "$@"
echo ready
while read -r order; do
  case $order in
    stop) stop ;;
    start) start "$@" ;;
    pause) signal_all STOP ;;
    resume) signal_all CONT ;;
  esac
  echo done
done
stop
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
        Self::in_folder(Path::new("/tmp"), settings)
    }

    /// A cluster of its own whose data is below this folder.
    pub fn in_folder(folder: &Path, settings: &[&str]) -> Option<Self> {
        binaries().map(|binaries| Self::launch(&binaries, folder, settings))
    }

    fn launch(binaries: &Path, folder: &Path, settings: &[&str]) -> Self {
        let port = free_port();
        let mut shell = shell_as_ordinary_user()
            .args(["-c", SCRIPT, "cluster"])
            .arg(binaries)
            .arg(port.to_string())
            .arg(folder)
            .args(settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut shell = Shell {
            orders: shell.stdin.take().expect("a pipe"),
            answers: BufReader::new(shell.stdout.take().expect("a pipe")),
            _process: shell,
        };
        shell.expect("ready");
        Self {
            port,
            shell: Mutex::new(shell),
        }
    }

    /// Ends the server at once, as a crash would.
    pub fn stop(&self) {
        self.order("stop");
    }

    /// Starts the server after its end.
    pub fn start(&self) {
        self.order("start");
    }

    /// Stops the server's processes where they are: connections stay open, and nothing is answered.
    pub fn pause(&self) {
        self.order("pause");
    }

    /// Lets the server's processes go on.
    pub fn resume(&self) {
        self.order("resume");
    }

    fn order(&self, order: &str) {
        let mut shell = self.shell.lock().expect("no panic");
        writeln!(shell.orders, "{order}").expect("the shell takes orders");
        shell.expect("done");
    }

    /// The address of a database of the cluster.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

impl Shell {
    #[track_caller]
    fn expect(&mut self, answer: &str) {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("a line");
        assert_eq!(line.trim_end(), answer, "the PostgreSQL cluster failed");
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

/// A program of PostgreSQL's beside these.
pub fn postgres_tool(name: &str) -> Option<PathBuf> {
    binaries().map(|folder| folder.join(name)).filter(|tool| tool.exists())
}

/// A port that nobody listens on. It is none of those that the system gives to outgoing connections: one of them could
/// take it before a server does.
pub fn free_port() -> u16 {
    static TRIED: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id().wrapping_mul(97);
    (0..20_000)
        .find_map(|_| {
            let next = first.wrapping_add(TRIED.fetch_add(1, Ordering::Relaxed));
            let port = 10_000 + u16::try_from(next % 20_000).ok()?;
            std::net::TcpListener::bind(("127.0.0.1", port)).is_ok().then_some(port)
        })
        .expect("a free port")
}
