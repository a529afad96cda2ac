//! The development secret: the key of a server that was started without one.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use crate::auth::settings::Secret;

const FILE: &str = "development-jwt-secret";

/// Reads the development secret from this folder; creates a random one the first time. Only the owner may read the
/// file.
pub fn development_secret(folder: &Path) -> io::Result<Secret> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let path = folder.join(FILE);
    if !path.exists() {
        create(folder, &path)?;
    }
    let text = fs::read(&path)?;
    Ok(Secret::new(&text, format!("the file {}", path.display())))
}

/// Writes the complete file before giving it its name. If two processes start at once, one wins and both read the same
/// secret. The temporary name is random, not a process id, because in containers both processes may have id 1.
fn create(folder: &Path, path: &Path) -> io::Result<()> {
    let unfinished = folder.join(format!("{FILE}.{}", random_hex::<8>()?));
    let text = random_hex::<32>()?;
    let mut file = OpenOptions::new()
        .create_new(true)
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

fn random_hex<const LENGTH: usize>() -> io::Result<String> {
    let mut random = [0_u8; LENGTH];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
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
