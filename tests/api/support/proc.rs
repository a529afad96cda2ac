//! What the system says of a process.

/// The memory that the process has taken at most, in KiB.
pub fn peak_memory(pid: u32) -> u64 {
    status(pid, "VmHWM:")
}

/// How many files and connections the process has open.
pub fn open_files(pid: u32) -> usize {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd"));
    files.expect("the process runs").count()
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
