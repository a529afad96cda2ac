//! What is in the package.

use std::{fs, io::Read, path::Path, process::Command};

use flate2::read::{GzDecoder, ZlibDecoder};
use serde_json::Value;

use super::{installed, mode};
use crate::support::{assert_says, run, run_well};

/// Where the program lists what it was built from.
const SECTION: &str = ".dep-v0";

const DOCUMENTS: &str = "/usr/share/doc/record-lists";

#[test]
fn everything_is_where_debian_has_it() {
    let Some(machine) = installed() else { return };
    for (path, expected) in [
        ("/usr/bin/record-lists", 0o755),
        ("/etc/record-lists/record-lists.toml", 0o644),
        ("/usr/lib/systemd/system/record-lists.service", 0o644),
        ("/usr/share/man/man1/record-lists.1.gz", 0o644),
        ("/usr/share/man/man1/record-lists-client-add.1.gz", 0o644),
        ("/usr/share/bash-completion/completions/record-lists", 0o644),
        ("/usr/share/zsh/vendor-completions/_record-lists", 0o644),
        ("/usr/share/fish/vendor_completions.d/record-lists.fish", 0o644),
        ("/usr/share/doc/record-lists/copyright", 0o644),
        ("/usr/share/doc/record-lists/README.Debian", 0o644),
        ("/usr/share/doc/record-lists/examples/record-lists.socket", 0o644),
    ] {
        assert_eq!(mode(&machine, path), expected, "{path}");
    }
    machine.run("test -L /etc/systemd/system/multi-user.target.wants/record-lists.service");
    let text = unpacked(&machine.path("/usr/share/man/man1/record-lists.1.gz"));
    assert_says(&text, &[".TH record-lists"]);
    assert_says(&machine.run("record-lists --version"), &[env!("CARGO_PKG_VERSION")]);
}

/// It runs on a system with an older C library.
#[test]
fn the_program_depends_on_no_library() {
    let Some(machine) = installed() else { return };
    let dependencies = machine.run("dpkg-query -W -f '${Pre-Depends} ${Depends}' record-lists");
    assert!(!dependencies.contains("libc"), "{dependencies}");
    let linked = run(Command::new("ldd").arg(machine.path("/usr/bin/record-lists")));
    let told = [linked.stdout, linked.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(
        told.contains("statically linked") || told.contains("not a dynamic executable"),
        "{told}"
    );
}

/// Both lists may name more than is linked: what crates could use with other features.
#[test]
fn program_materials_and_licences_name_what_is_in_it() {
    let Some(machine) = installed() else { return };
    let in_program = listed_in(&machine.path("/usr/bin/record-lists"), &machine.path("/run/list"));
    let materials = fs::read_to_string(machine.path(&format!("{DOCUMENTS}/sbom.cdx.json"))).expect("the materials");
    assert!(
        !materials.contains(env!("CARGO_MANIFEST_DIR")),
        "the materials name a folder of the builder"
    );
    let materials: Value = serde_json::from_str(&materials).expect("JSON");
    assert_eq!(materials["bomFormat"], "CycloneDX");
    let materials = names(&materials["components"]);
    let licences = unpacked(&machine.path(&format!("{DOCUMENTS}/THIRD-PARTY-LICENSES.gz")));
    let linked = linked();
    assert!(linked.iter().any(|name| name.starts_with("actix-web ")), "{linked:?}");
    for name in linked {
        assert!(in_program.contains(&name), "{name} is not listed in the program");
        assert!(materials.contains(&name), "{name} is not among the materials");
        assert!(licences.contains(&format!("  {name}")), "there is no licence of {name}");
    }
    assert_says(&licences, &["Apache License", "GNU C Library", "LGPL-2.1"]);
}

/// The name and the version of every package of others that is linked into the program.
fn linked() -> Vec<String> {
    let mut tree = Command::new("cargo");
    let edges = "no-dev,no-build,no-proc-macro";
    tree.args([
        "tree",
        "--package",
        "record-lists",
        "--locked",
        "--offline",
        "--edges",
        edges,
    ])
    .args(["--prefix", "none", "--format", "{p}"])
    .current_dir(env!("CARGO_MANIFEST_DIR"));
    let tree = run_well(&mut tree);
    // Those of this workspace have a path behind the version, and what came before has a mark.
    let of_others = tree.lines().filter(|line| !line.contains(" (/"));
    let name = |line: &str| line.trim_end_matches(" (*)").replacen(" v", " ", 1);
    let mut names: Vec<String> = of_others.map(name).collect();
    names.sort();
    names.dedup();
    names
}

/// What the program itself lists. `list` is a file for a moment.
fn listed_in(program: &Path, list: &Path) -> Vec<String> {
    let mut objcopy = Command::new("objcopy");
    let dump = format!("{SECTION}={}", list.display());
    run_well(objcopy.args(["--dump-section", &dump]).arg(program).arg("/dev/null"));
    let mut text = String::new();
    let packed = fs::File::open(list).expect("the list");
    ZlibDecoder::new(packed).read_to_string(&mut text).expect("a text");
    let list: Value = serde_json::from_str(&text).expect("JSON");
    names(&list["packages"])
}

fn names(list: &Value) -> Vec<String> {
    let list = list.as_array().expect("a list");
    let name = |package: &Value| format!("{} {}", text(package, "name"), text(package, "version"));
    list.iter().map(name).collect()
}

fn text<'v>(package: &'v Value, member: &str) -> &'v str {
    package[member].as_str().expect("a text")
}

fn unpacked(file: &Path) -> String {
    let mut text = String::new();
    let packed = fs::File::open(file).expect("a file");
    GzDecoder::new(packed).read_to_string(&mut text).expect("a text");
    text
}
