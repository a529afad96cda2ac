//! The header of a database file, as its first bytes have it, read without opening the database.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// The size of the header.
const SIZE: usize = 100;

/// Where the header has the mark, which SQL calls `user_version`.
pub(super) const MARK_AT: usize = 60;

/// The header of a database file.
pub(super) struct Header([u8; SIZE]);

impl Header {
    /// Reads the header; `None` if there is no file, or it is too short to be a database.
    ///
    /// No connection of this process may have the file open: when any handle of a file is closed, the process loses its
    /// POSIX locks on the file, and with them SQLite's.
    pub(super) fn read(database: &Path) -> io::Result<Option<Self>> {
        let mut bytes = [0; SIZE];
        let read = File::open(database).and_then(|mut file| file.read_exact(&mut bytes));
        match read {
            Ok(()) => Ok(Some(Self(bytes))),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether the file is a SQLite database at all.
    pub(super) fn is_database(&self) -> bool {
        self.0.starts_with(b"SQLite format 3\0")
    }

    /// Whether the database has been written with a log (WAL mode). A log exists only after the header says so.
    pub(super) fn is_with_log(&self) -> bool {
        self.0[18..20] == [2, 2]
    }

    /// The mark of the last transaction that has been moved into the file.
    pub(super) fn mark(&self) -> u32 {
        let mut mark = [0; 4];
        mark.copy_from_slice(&self.0[MARK_AT..MARK_AT + 4]);
        u32::from_be_bytes(mark)
    }
}
