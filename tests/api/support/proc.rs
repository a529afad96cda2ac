//! What the system says of a process.

use std::time::Duration;

/// The memory that the process has taken at most, in KiB.
pub fn peak_memory(pid: u32) -> u64 {
    status(pid, "VmHWM:")
}

/// How many sockets the process has open: its connections and those it listens at, without the files of its database,
/// which it opens and closes by itself.
pub fn open_sockets(pid: u32) -> usize {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd")).expect("the process runs");
    files
        .filter_map(|file| std::fs::read_link(file.ok()?.path()).ok())
        .filter(|target| target.to_string_lossy().starts_with("socket:"))
        .count()
}

/// How many connections to this port of the machine are open at the server's side, those included that wait to be
/// accepted and those that only the client has closed.
pub fn connections(port: u16) -> usize {
    const ESTABLISHED: &str = "01";
    const CLOSED_BY_THE_CLIENT: &str = "08";
    let table = std::fs::read_to_string("/proc/net/tcp").expect("the system's connections");
    let port = format!(":{port:04X}");
    // A line each: its number, the local address, the remote one, the state, and more.
    let connections = table.lines().map(str::split_whitespace);
    connections
        .filter(|connection| {
            let [local, _, state] = [1, 2, 3].map(|place| connection.clone().nth(place));
            local.is_some_and(|local| local.ends_with(&port))
                && matches!(state, Some(ESTABLISHED | CLOSED_BY_THE_CLIENT))
        })
        .count()
}

/// How long the process has computed so far.
pub fn processor_time(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process runs");
    // Behind the name, which ends with the last bracket: the times are the 12th and 13th, in hundredths of a second.
    let (_, rest) = stat.rsplit_once(')').expect("a name");
    let ticks = rest.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks
        .map(|tick| tick.parse::<u64>().expect("a number"))
        .sum();
    Duration::from_millis(10 * ticks)
}

fn status(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"));
    let status = status.expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    number
        .and_then(|number| number.parse().ok())
        .expect("a number")
}
