//! What systemd makes of the unit of the service.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown, symlink},
    process::Command,
};

use super::machine::Machine;

/// A user that systemd could have made up.
const USER: u32 = 61_999;

/// Where systemd puts the credentials.
const CREDENTIALS: &str = "/run/credentials/record-lists.service";

pub struct Unit(String);

impl Unit {
    pub fn of(machine: &Machine) -> Self {
        let unit = fs::read_to_string(machine.path("/usr/lib/systemd/system/record-lists.service"));
        Self(unit.expect("a unit"))
    }

    /// The values of a setting, in their order.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let value = |line: &'_ str| {
            line.split_once('=')
                .filter(|(key, _)| *key == name)
                .map(|(_, value)| value.len())
        };
        let lines = self.0.lines();
        lines
            .filter_map(|line| value(line).map(|length| &line[line.len() - length..]))
            .collect()
    }

    /// The value of a setting that is there once.
    #[track_caller]
    pub fn one(&self, name: &str) -> &str {
        match self.all(name)[..] {
            [value] => value,
            ref other => panic!("{name}: {other:?}"),
        }
    }

    /// The program as systemd starts it: as a user of its own, with its folder, its credentials and its variables.
    pub fn start(&self, machine: &Machine) -> Command {
        assert_eq!(self.one("DynamicUser"), "yes");
        assert_eq!(self.one("UMask"), "0077");
        let state = self.one("StateDirectory");
        let private = format!("/var/lib/private/{state}");
        let folder = machine.path(&private);
        if !folder.exists() {
            fs::create_dir_all(&folder).expect("a folder");
            let link = machine.path(&format!("/var/lib/{state}"));
            symlink(format!("private/{state}"), link).expect("a link");
        }
        private_to_user(&folder, 0o700);
        // Of the folder of all such services, systemd shows this one what is its own.
        fs::set_permissions(machine.path("/var/lib/private"), fs::Permissions::from_mode(0o755)).expect("a mode");
        self.load_credentials(machine);
        let mut words = self.one("ExecStart").split(' ');
        let mut command = machine.command_as(&USER.to_string(), words.next().expect("a program"));
        command.args(words).env("CREDENTIALS_DIRECTORY", CREDENTIALS);
        for variable in self.all("Environment") {
            let (name, value) = variable.split_once('=').expect("a variable");
            command.env(name, value);
        }
        command
    }

    /// A credential without a file is left out.
    fn load_credentials(&self, machine: &Machine) {
        let folder = machine.path(CREDENTIALS);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        for credential in self.all("LoadCredential") {
            let (name, stored) = credential.split_once(':').expect("a name and a file");
            if let Ok(content) = fs::read(machine.path(&format!("/etc/credstore/{stored}"))) {
                let file = folder.join(name);
                fs::write(&file, content).expect("a file");
                private_to_user(&file, 0o400);
            }
        }
        private_to_user(&folder, 0o500);
    }
}

fn private_to_user(path: &std::path::Path, mode: u32) {
    chown(path, Some(USER), Some(USER)).expect("an owner");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}
