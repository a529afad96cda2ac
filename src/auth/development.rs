//! Files of a start without keys: what an operator would configure is random, and stays in the folder of the database.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::auth::{random::random_hex, settings::Secret};

/// Reads the development secret from this folder; creates a random one the first time.
pub fn development_secret(folder: &Path) -> io::Result<Secret> {
    let path = development_file(
        folder,
        "development-jwt-secret",
        || Ok(random_hex::<32>()?.into_bytes()),
    )?;
    let text = fs::read(&path)?;
    Ok(Secret::new(&text, format!("the file {}", path.display())))
}

/// The file with this name; created with what `make` returns the first time. Only the owner may read it.
pub(super) fn development_file(
    folder: &Path,
    name: &str,
    make: impl FnOnce() -> io::Result<Vec<u8>>,
) -> io::Result<PathBuf> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let path = folder.join(name);
    if !path.exists() {
        create(&path, &make()?)?;
    }
    Ok(path)
}

/// Writes the complete file before giving it its name. If two processes start at once, one wins and both read the same
/// content. The temporary name is random, not a process id, because in containers both processes may have id 1.
fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(format!(".{}", random_hex::<8>()?));
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    let linked = fs::hard_link(&unfinished, path);
    fs::remove_file(&unfinished)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_secret_stays_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let first = development_secret(&data).unwrap();
        let second = development_secret(&data).unwrap();
        assert!(first == second);
        let mode = fs::metadata(data.join("development-jwt-secret"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
    }

    #[test]
    fn of_several_creators_one_wins() {
        let folder = tempfile::tempdir().unwrap();
        let secrets: Vec<Secret> = std::thread::scope(|scope| {
            let creators: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| development_secret(folder.path()).unwrap()))
                .collect();
            creators.into_iter().map(|creator| creator.join().unwrap()).collect()
        });
        assert!(secrets.iter().all(|secret| *secret == secrets[0]));
        assert_eq!(secrets[0].bytes().len(), 64);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
