//! File systems of a test's own, which can fill up, hang or lose their power. They need the rights of root.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// A mounted file system, unmounted when dropped.
pub struct Mount {
    folder: TempDir,
    image: Option<PathBuf>,
}

impl Mount {
    /// Memory that is full after so many MiB; `None` without the rights.
    pub fn memory(mebibytes: u32) -> Option<Self> {
        let folder = TempDir::new().ok()?;
        let size = format!("size={mebibytes}m");
        let arguments = ["-t", "tmpfs", "-o", &size, "none"];
        mount(&arguments, folder.path()).then_some(Self { folder, image: None })
    }

    /// An ext4 file system on a disk of its own, of so many MiB, open to every user; `None` without the rights or
    /// the programs.
    pub fn disk(mebibytes: u64) -> Option<Self> {
        let folder = TempDir::new().ok()?;
        let image = folder.path().with_extension("disk");
        let file = fs::File::create(&image).ok()?;
        file.set_len(mebibytes * 1024 * 1024).ok()?;
        let mount = Self {
            folder,
            image: Some(image.clone()),
        };
        let is_made = runs(Command::new("mkfs.ext4").arg("-q").arg(&image));
        (is_made && mount.connect() && runs(Command::new("chmod").arg("777").arg(mount.path()))).then_some(mount)
    }

    /// What is in another folder, through a file system in user space; `None` without the rights or `bindfs`.
    pub fn in_user_space(of: &Path) -> Option<Self> {
        let folder = TempDir::new().ok()?;
        runs(Command::new("bindfs").arg(of).arg(folder.path())).then_some(Self { folder, image: None })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Fills it up to the last byte; the file that does.
    pub fn fill(&self) -> PathBuf {
        let path = self.path().join("ballast");
        let mut file = fs::File::create(&path).expect("a file");
        for size in [64 * 1024, 512, 1] {
            let block = vec![0; size];
            while file.write_all(&block).is_ok() {}
        }
        path
    }

    /// Brings what was written so far to the disk.
    pub fn flush(&self) {
        let flushed = runs(Command::new("sync").arg("--file-system").arg(self.path()));
        assert!(flushed, "the disk cannot be flushed");
    }

    /// Cuts the disk's power: what was written and not flushed is lost, and nothing more is written. The last moment of
    /// which the disk knows: a flush that is under way then may be told that it was done, and was not.
    pub fn cut_power(&self) -> Instant {
        // FS_IOC_SHUTDOWN, without a flush of the file system's journal.
        let script = "import fcntl, os, struct, sys\n\
                      folder = os.open(sys.argv[1], os.O_RDONLY)\n\
                      print('ready', flush=True)\n\
                      sys.stdin.readline()\n\
                      fcntl.ioctl(folder, 0x8004587d, struct.pack('I', 2))";
        let mut python = Command::new("python3");
        let mut switch = Switch::ready(python.args(["-c", script]).arg(self.path()));
        let last = Instant::now();
        assert!(switch.release(), "the disk cannot be shut down");
        last
    }

    /// The power is back. Nobody may have a file open.
    pub fn restore_power(&self) {
        let is_free = (0..600).any(|_| {
            let unmounted = runs(Command::new("umount").arg(self.path()));
            if !unmounted {
                std::thread::sleep(Duration::from_millis(50));
            }
            unmounted
        });
        assert!(is_free, "the disk is in use");
        assert!(self.connect(), "the disk cannot be mounted again");
    }

    /// The disk takes nothing more, and whoever writes waits, until what is given back is dropped.
    pub fn freeze(&self) -> Frozen {
        // It thaws also when this process ends early: the shell reads until nobody can write any more.
        let script = "trap '' HUP INT TERM; fsfreeze --freeze \"$0\" && echo ready && cat; fsfreeze --unfreeze \"$0\"";
        let mut shell = Command::new("sh");
        Frozen(Switch::ready(shell.args(["-c", script]).arg(self.path())))
    }

    fn connect(&self) -> bool {
        let image = self.image.as_deref().and_then(Path::to_str);
        image.is_some_and(|image| mount(&["-o", "loop", image], self.path()))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        runs(Command::new("umount").arg("--lazy").arg(self.path()));
        if let Some(image) = &self.image {
            let _ = fs::remove_file(image);
        }
    }
}

/// A disk that takes nothing.
pub struct Frozen(Switch);

impl Drop for Frozen {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// A program that has done the first part of its work, and does the second one when its input ends.
struct Switch(Child);

impl Switch {
    /// Starts the program and waits until it says that it is ready.
    fn ready(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a program");
        let mut told = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        told.read_line(&mut line).expect("a line");
        assert_eq!(line, "ready\n");
        Self(child)
    }

    /// Lets it go on, and waits for its end; whether all went well.
    fn release(&mut self) -> bool {
        drop(self.0.stdin.take());
        self.0.wait().is_ok_and(|ended| ended.success())
    }
}

fn mount(arguments: &[&str], folder: &Path) -> bool {
    runs(Command::new("mount").args(arguments).arg(folder))
}

fn runs(command: &mut Command) -> bool {
    let ended = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    ended.is_ok_and(|ended| ended.success())
}
