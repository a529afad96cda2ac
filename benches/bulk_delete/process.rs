//! What the operating system reports about a process.

/// A process, by its id.
#[derive(Clone, Copy)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    /// Processor time that it has used, in user and kernel mode.
    pub(crate) fn cpu_seconds(self) -> f64 {
        let stat = self.file("stat");
        // The name of the program comes first, and may contain anything.
        let (_, fields) = stat.rsplit_once(')').unwrap_or_default();
        let ticks = fields.split_whitespace().skip(11).take(2);
        ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
    }

    /// Its resident memory, in MB.
    pub(crate) fn resident(self) -> f64 {
        self.status("VmRSS:")
    }

    /// Its peak resident memory, in MB.
    pub(crate) fn most_resident(self) -> f64 {
        self.status("VmHWM:")
    }

    fn status(self, name: &str) -> f64 {
        let status = self.file("status");
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        kibibytes.expect("a number of KiB") * 1_024.0 / 1_000_000.0
    }

    fn file(self, name: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{name}", self.0)).expect("a running process")
    }
}
