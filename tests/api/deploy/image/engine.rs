//! As much of a container engine as the image needs.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use super::super::exists;
use crate::support::{Caller, pass_over, repository_file, run, run_well};

/// Mounts what an engine mounts, and starts a program as the image says: the root of the file system, the volume, user,
/// group, folder, and the program with its arguments.
const START: &str = r#"
set -e
root=$1; volume=$2; shift 2
mount --bind "$root" "$root"
mount --bind "$volume" "$root/data"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
exec python3 -c '
import json, os, sys
root, user, folder, variables, *command = sys.argv[1:]
user, group = map(int, user.split(":"))
os.chroot(root)
os.chdir(folder)
os.setgroups([])
os.setgid(group)
os.setuid(user)
os.execve(command[0], command, json.loads(variables))
' "$root" "$@"
"#;

/// An image that was built, and the file system of a container.
pub(super) struct Image {
    folder: TempDir,
    root: PathBuf,
    described: Value,
}

impl Image {
    /// Builds the image; `None` where the test has to be passed over.
    pub(super) fn build(package: &Path) -> Option<Self> {
        let folder = TempDir::new().expect("a folder");
        for program in ["buildah", "unshare", "python3"] {
            if !exists(program) {
                pass_over(program);
                return None;
            }
        }
        let (storage, state) = (folder.path().join("storage"), folder.path().join("state"));
        let options = folder.path().join("storage.conf");
        let text = format!("[storage]\ndriver = \"vfs\"\ngraphroot = {storage:?}\nrunroot = {state:?}\n");
        fs::write(&options, text).expect("a file");
        let engine = |program: &str| {
            let mut command = Command::new(program);
            command.env("CONTAINERS_STORAGE_CONF", &options);
            command
        };
        let build = repository_file("deploy/image/build");
        // Whoever writes secrets in the same shell has such a umask.
        let mut shell = engine("sh");
        shell
            .args(["-c", "umask 077; exec \"$@\"", "sh"])
            .arg(build)
            .arg(package);
        run_well(shell.args(["--tag", "record-lists"]));
        let described = run_well(engine("buildah").args(["inspect", "--type", "image", "record-lists"]));
        let described: Value = serde_json::from_str(&described).expect("a description");
        run_well(engine("buildah").args(["from", "--pull-never", "--name", "container", "record-lists"]));
        let root = run_well(engine("buildah").args(["mount", "container"]));
        let root = PathBuf::from(root.trim());
        for place in ["dev", "proc"] {
            fs::create_dir_all(root.join(place)).expect("a folder");
        }
        // A new volume has what the image has at its place, with its owner.
        let copied = run(Command::new("cp")
            .arg("-a")
            .arg(root.join("data"))
            .arg(folder.path().join("volume")));
        assert!(copied.status.success());
        // The user of the image comes in.
        run_well(Command::new("chmod").arg("711").arg(folder.path()));
        Some(Self {
            folder,
            root,
            described,
        })
    }

    /// What the image says of itself.
    pub(super) fn config(&self) -> &Value {
        &self.described["Docker"]["config"]
    }

    /// Where the volume is outside.
    pub(super) fn volume(&self) -> PathBuf {
        self.folder.path().join("volume")
    }

    /// Starts a container with these variables beside those of the image; with the known hosts, and who knows the others.
    pub(super) fn start(&self, variables: &[(&str, &str)], names: Option<(&str, IpAddr)>) -> Container<'_> {
        let (hosts, servers) = match names {
            Some((hosts, server)) => (hosts, format!("nameserver {server}\n")),
            None => ("127.0.0.1 localhost\n", String::new()),
        };
        fs::write(self.root.join("etc/hosts"), hosts).expect("a file");
        fs::write(self.root.join("etc/resolv.conf"), servers).expect("a file");
        let of_image = self.config()["Env"].as_array().expect("variables");
        let of_image = of_image.iter().filter_map(|pair| pair.as_str()?.split_once('='));
        let all = of_image.chain(variables.iter().copied());
        let variables: serde_json::Map<String, Value> =
            all.map(|(name, value)| (name.to_owned(), value.into())).collect();
        let bind: SocketAddr = variables["RECORD_LISTS_BIND"]
            .as_str()
            .expect("an address")
            .parse()
            .expect("an address");
        let log = self.folder.path().join("log");
        let file = fs::File::create(&log).expect("a file");
        let mut container = Container {
            image: self,
            variables: Value::Object(variables),
            address: SocketAddr::from(([127, 0, 0, 1], bind.port())),
            log,
            child: None,
        };
        let entry = container.entry();
        let child = container
            .command(&entry, &[])
            .stdout(Stdio::null())
            .stderr(file)
            .spawn();
        container.child = Some(child.expect("the container starts"));
        container
    }
}

/// A program that runs in an image, killed when dropped.
pub(super) struct Container<'i> {
    image: &'i Image,
    variables: Value,
    address: SocketAddr,
    log: PathBuf,
    child: Option<Child>,
}

impl Container<'_> {
    fn entry(&self) -> String {
        self.image.config()["Entrypoint"][0]
            .as_str()
            .expect("a program")
            .to_owned()
    }

    /// What starts a program as the first process of its own.
    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let config = self.image.config();
        let text = |name: &str| config[name].as_str().expect("a text");
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", START, "sh"])
            .arg(&self.image.root)
            .arg(self.image.volume())
            .args([text("User"), text("WorkingDir"), &self.variables.to_string(), program])
            .args(arguments);
        command
    }

    /// Runs the program of the image with other arguments, to its end; what it prints.
    pub(super) fn run(&self, arguments: &[&str]) -> String {
        run_well(&mut self.command(&self.entry(), arguments))
    }

    /// Waits until the check of the image finds the service in health.
    pub(super) async fn healthy(&mut self) {
        let check = self.image.config()["Healthcheck"]["Test"].as_array().expect("a check");
        let check: Vec<_> = check.iter().filter_map(Value::as_str).collect();
        assert_eq!(check[0], "CMD");
        let mut last: Option<Output> = None;
        for _ in 0..200 {
            let output = run(&mut self.command(check[1], &check[2..]));
            if output.status.success() {
                return;
            }
            last = Some(output);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("it is not healthy: {last:?}\n{}", self.log());
    }

    /// Someone who calls, without a token.
    pub(super) fn caller(&self) -> Caller {
        Caller::new(&reqwest::Client::new(), self.address, None)
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("a log")
    }

    /// Sends the signal of the image; whether the program ends well within this time.
    pub(super) fn stop(&mut self, within: Duration) -> bool {
        let child = self.child.as_mut().expect("a process");
        let signal = self.image.config()["StopSignal"].as_str().expect("a signal");
        // The process in its own space, not what waits for it.
        let id = child.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).expect("children");
        run_well(Command::new("kill").args(["-s", signal.trim_start_matches("SIG"), children.trim()]));
        for _ in 0..within.as_millis() / 20 {
            if let Some(ended) = child.try_wait().expect("a state") {
                return ended.success();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
