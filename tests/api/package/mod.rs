//! The Debian package: installed, used as its README says, and removed.

mod contents;
mod machine;
mod unit;

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::PathBuf,
    process::{Child, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

use self::{machine::Machine, unit::Unit};
use crate::{
    support::{assert_says, end_of, free_port, pass_over, repository_file},
    systemd::supervisor::Supervisor,
};

/// The variable that names the package.
const VARIABLE: &str = "RECORD_LISTS_TEST_PACKAGE";

const KEY: &str = "/etc/credstore/record-lists.signing-key";
const SETTINGS: &str = "/etc/record-lists/record-lists.toml";
const DATABASE: &str = "/var/lib/private/record-lists/record-lists.db";

/// The package that the test runs with; `None` where the test has to be passed over.
fn package() -> Option<PathBuf> {
    let package = std::env::var_os(VARIABLE).map(PathBuf::from);
    if package.is_none() {
        pass_over(&format!("the Debian package ({VARIABLE})"));
    }
    package
}

/// A machine with the package; `None` where the test has to be passed over.
fn installed() -> Option<Machine> {
    let package = package()?;
    let Some(machine) = Machine::new() else {
        pass_over("the right to mount an overlay");
        return None;
    };
    fs::copy(&package, machine.path("/run/record-lists.deb")).expect("the package");
    machine.run("dpkg --install /run/record-lists.deb");
    Some(machine)
}

/// A started service, killed when dropped.
struct Service(Child);

impl Service {
    fn terminate(&mut self) {
        let pid = i32::try_from(self.0.id())
            .ok()
            .and_then(Pid::from_raw)
            .expect("a process");
        kill_process(pid, Signal::TERM).expect("the process runs");
        assert!(self.0.wait().expect("an end").success());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The commands of README.Debian: those that are indented before the first heading.
fn way_in(machine: &Machine) -> String {
    let readme = fs::read_to_string(machine.path("/usr/share/doc/record-lists/README.Debian"));
    let readme = readme.expect("the README");
    let (begin, _) = readme.split_once("\nSettings\n").expect("a heading");
    let commands = begin.lines().filter_map(|line| line.strip_prefix("    "));
    commands.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_new_user_reaches_a_deleted_record_with_the_package_alone() {
    let Some(machine) = installed() else { return };
    let unit = Unit::of(&machine);
    let supervisor = Supervisor::listen(&machine.path("/run"));
    fs::set_permissions(machine.path("/run/notify"), fs::Permissions::from_mode(0o666)).expect("a mode");
    let address = format!("127.0.0.1:{}", free_port());
    let mut start = unit.start(&machine);
    start
        .env("NOTIFY_SOCKET", "/run/notify")
        .env("WATCHDOG_USEC", "2000000")
        .env("RECORD_LISTS_BIND", &address)
        .stderr(Stdio::null());
    let mut service = Service(start.spawn().expect("the program starts"));
    let ready = supervisor.wait_for("READY=1").await;
    assert_eq!(ready[1], format!("STATUS=Serving requests on {address}"));
    supervisor.wait_for("WATCHDOG=1").await;

    let commands = way_in(&machine).replace("127.0.0.1:8080", &address);
    let told = machine.run(&commands);
    let last = told.lines().last().expect("an answer");
    assert_says(last, &["\"total_records_deleted\":1"]);

    // A development start would have printed its own token, and nobody but the service can read its files.
    let about = fs::metadata(machine.path(DATABASE)).expect("a database");
    assert_eq!((about.uid(), about.mode() & 0o7777), (61_999, 0o600));
    service.terminate();
}

#[test]
fn without_its_key_the_service_does_not_start() {
    let Some(machine) = installed() else { return };
    fs::remove_file(machine.path(KEY)).expect("the key");
    let mut start = Unit::of(&machine).start(&machine);
    let output = end_of(start.stdout(Stdio::null()));
    assert!(!output.status.success());
    assert_says(
        &String::from_utf8_lossy(&output.stderr),
        &["no key is configured", "--require-key"],
    );
    assert!(!machine.path(DATABASE).exists());
}

#[test]
fn removing_keeps_what_is_the_operators_and_purging_does_not() {
    let Some(machine) = installed() else { return };
    let key = fs::read(machine.path(KEY)).expect("a key");
    assert_eq!((key.len(), mode(&machine, KEY)), (32, 0o600));
    assert_eq!(
        machine
            .run("dpkg-query -W -f '${Conffiles}' record-lists")
            .split_whitespace()
            .next(),
        Some(SETTINGS)
    );
    let state = machine.path(DATABASE);
    fs::create_dir_all(state.parent().expect("a folder")).expect("a folder");
    fs::write(&state, "data").expect("a file");
    // What was changed survives the next version, and a key that was removed does not come back.
    fs::write(machine.path(SETTINGS), "bind = \"127.0.0.1:9\"\n").expect("the settings");
    fs::remove_file(machine.path(KEY)).expect("the key");
    machine.run("dpkg --install --force-confdef --force-confold /run/record-lists.deb");
    assert_says(
        &fs::read_to_string(machine.path(SETTINGS)).expect("the settings"),
        &["127.0.0.1:9"],
    );
    assert!(!machine.path(KEY).exists());
    fs::write(machine.path(KEY), key).expect("the key");

    let kept = [KEY, SETTINGS, DATABASE];
    machine.run("dpkg --remove record-lists");
    assert!(!machine.path("/usr/bin/record-lists").exists());
    for path in kept {
        assert!(machine.path(path).exists(), "{path} is gone");
    }
    machine.run("dpkg --purge record-lists");
    for path in kept
        .into_iter()
        .chain(["/etc/record-lists", "/usr/share/doc/record-lists"])
    {
        assert!(!machine.path(path).exists(), "{path} is still there");
    }
}

/// Debian's own check of the unit, without a running systemd.
#[test]
fn the_unit_is_valid_and_leaves_the_service_little_of_the_machine() {
    let unit = repository_file("deploy/systemd/record-lists.service");
    let mut analyze = std::process::Command::new("systemd-analyze");
    analyze
        .args(["security", "--offline=true", "--threshold=25", "--no-pager"])
        .arg(&unit);
    let Ok(output) = analyze.output() else {
        pass_over("systemd-analyze");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let Some(machine) = installed() else { return };
    let socket = "/usr/share/doc/record-lists/examples/record-lists.socket";
    machine.run(&format!("cp {socket} /etc/systemd/system/"));
    // Where the program and its manual are installed, there is nothing to complain of.
    let told = machine.run("systemd-analyze verify record-lists.service record-lists.socket 2>&1");
    let ours: Vec<&str> = told.lines().filter(|line| line.contains("record-lists")).collect();
    assert!(ours.is_empty(), "{ours:?}");
}

fn mode(machine: &Machine, path: &str) -> u32 {
    let about = fs::metadata(machine.path(path));
    about.unwrap_or_else(|error| panic!("{path}: {error}")).mode() & 0o7777
}
