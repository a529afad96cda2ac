//! What the kernel knows about the memory of a process.

/// The most memory that the process ever had, in KiB.
pub fn peak_of(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let peak = status.lines().find_map(|line| {
        let size = line.strip_prefix("VmHWM:")?;
        size.split_whitespace().next()?.parse().ok()
    });
    peak.expect("a size in KiB")
}
