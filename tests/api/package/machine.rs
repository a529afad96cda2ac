//! A machine of a test's own: the files of this one, on which everything that is changed is kept in memory.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::support::{Mount, run_well};

/// Unmounted when dropped.
pub struct Machine {
    root: TempDir,
    _changes: Mount,
}

impl Machine {
    /// `None` without the rights.
    pub fn new() -> Option<Self> {
        let changes = Mount::memory(512)?;
        let [upper, work] = ["upper", "work"].map(|name| changes.path().join(name));
        for folder in [&upper, &work] {
            std::fs::create_dir(folder).ok()?;
        }
        let options = format!("lowerdir=/,upperdir={},workdir={}", upper.display(), work.display());
        let machine = Self {
            root: TempDir::new().ok()?,
            _changes: changes,
        };
        let root = machine.path("");
        let is_mounted = mounts(&["-t", "overlay", "-o", &options, "overlay"], &root)
            && mounts(&["-t", "proc", "proc"], &machine.path("/proc"))
            && mounts(&["--bind", "/dev"], &machine.path("/dev"))
            && mounts(&["-t", "tmpfs", "none"], &machine.path("/run"));
        is_mounted.then_some(machine)
    }

    /// A file of the machine, as this one sees it.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path.trim_start_matches('/'))
    }

    /// A program on the machine, with no variables but the usual ones.
    pub fn command(&self, program: &str) -> Command {
        self.command_as("0", program)
    }

    /// The same as this user, with the file mode mask of the unit.
    pub fn command_as(&self, user: &str, program: &str) -> Command {
        let mut command = Command::new("sh");
        command
            .args(["-c", "umask 0077; exec chroot \"$@\"", "sh"])
            .arg(format!("--userspec={user}:{user}"))
            .arg(self.root.path())
            .arg(program)
            .env_clear()
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command
    }

    /// Runs a command of the shell as root; its output.
    #[track_caller]
    pub fn run(&self, command: &str) -> String {
        run_well(self.command("sh").args(["-euc", command]))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let mut unmount = Command::new("umount");
        unmount.args(["--recursive", "--lazy"]).arg(self.root.path());
        let _ = unmount.stderr(Stdio::null()).status();
    }
}

fn mounts(arguments: &[&str], folder: &Path) -> bool {
    let mut mount = Command::new("mount");
    mount.args(arguments).arg(folder).stderr(Stdio::null());
    mount.status().is_ok_and(|ended| ended.success())
}
