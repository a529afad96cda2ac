//! What the system says of a process.

use std::time::Duration;

/// The memory that the process has taken at most, in KiB.
pub fn peak_memory(pid: u32) -> u64 {
    status(pid, "VmHWM:")
}

/// How many files and sockets the process has open.
pub fn open_files(pid: u32) -> usize {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd"));
    files.expect("the process runs").count()
}

/// How many connections to this port of the machine a server has accepted and not closed.
pub fn connections(port: u16) -> usize {
    const LISTENS: &str = "0A";
    const NOBODYS: &str = "0";
    let table = std::fs::read_to_string("/proc/net/tcp").expect("the system's connections");
    let port = format!(":{port:04X}");
    let connections = table.lines().filter(|line| {
        let mut fields = line.split_whitespace();
        // The local address; the state, two further on; the file that a process has it open by, six behind that.
        let [local, state, file] = [1, 1, 5].map(|skipped| fields.nth(skipped).unwrap_or_default());
        local.ends_with(&port) && state != LISTENS && file != NOBODYS
    });
    connections.count()
}

/// How long the process has computed so far.
pub fn processor_time(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process runs");
    // Behind the name, which ends with the last bracket: the times are the 12th and 13th, in hundredths of a second.
    let (_, rest) = stat.rsplit_once(')').expect("a name");
    let ticks = rest.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.map(|tick| tick.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(10 * ticks)
}

fn status(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"));
    let status = status.expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).expect("a number")
}
