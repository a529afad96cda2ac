//! Files with secrets, which only the service can read (`LoadCredential=`).

use std::path::{Path, PathBuf};

/// The variable that names the folder with the files.
const FOLDER: &str = "CREDENTIALS_DIRECTORY";

/// The file of a credential, if it was passed.
pub fn file(name: &str) -> Option<PathBuf> {
    let file = folder()?.join(name);
    file.is_file().then_some(file)
}

/// Whether the file is a credential. It is private whatever its mode says, which shows the access list of the service
/// as the rights of a group.
pub fn is_credential(file: &Path) -> bool {
    folder().is_some_and(|folder| file.starts_with(folder))
}

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os(FOLDER).map(PathBuf::from);
    folder.filter(|folder| folder.is_absolute())
}
