//! The key of a server that was started without one.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use super::Secret;

const FILE: &str = "development-jwt-secret";

/// The development secret in this folder; a new random one the first time. Only the owner may read the file.
pub fn development_secret(folder: &Path) -> io::Result<Secret> {
    fs::create_dir_all(folder)?;
    let path = folder.join(FILE);
    if !path.exists() {
        create(folder, &path)?;
    }
    let text = fs::read(&path)?;
    Ok(Secret::new(&text, path.display().to_string()))
}

/// Writes the file whole before it has its name: of two processes that start at once, one wins and both read the
/// same secret.
fn create(folder: &Path, path: &Path) -> io::Result<()> {
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let text: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let unfinished = folder.join(format!("{FILE}.{}", std::process::id()));
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(text.as_bytes())?;
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
        let mode = fs::metadata(data.join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
    }
}
