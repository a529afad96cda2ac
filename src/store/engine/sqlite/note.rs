//! The note of a database file: one line in its lock file, which says how far the last process got.

use std::{fs::File, io, os::unix::fs::FileExt, path::Path};

use super::{files, log_file::Salts};

/// The length of the line. It always has the same, so that one call writes it over the last one: a process that is
/// killed leaves the old line or the new one.
const LENGTH: usize = 64;

/// What the last process that held the file has noted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Note {
    /// Nothing, or something of another version of the program.
    #[default]
    Nothing,
    /// It has opened the database, and not closed it.
    Open(Option<Moved>),
    /// It has closed the database.
    Closed,
    /// It has been putting the file with this mark in place. What else is there of the log belongs to the file before.
    Restoring(u32),
}

/// What is certainly in the database file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moved {
    /// The log from which it was moved.
    pub(super) salts: Salts,
    /// The mark of the last transaction that was moved.
    pub(super) mark: u32,
}

impl Note {
    /// Reads the note of a lock file.
    pub(super) fn read(lock: &File) -> io::Result<Self> {
        let mut line = [0; LENGTH];
        match lock.read_exact_at(&mut line, 0) {
            Ok(()) => Ok(str::from_utf8(&line).map_or(Self::Nothing, Self::parse)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Self::Nothing),
            Err(error) => Err(error),
        }
    }

    /// Reads the note of a database without its guard.
    pub(super) fn of(database: &Path) -> io::Result<Self> {
        match File::open(files::lock(database)) {
            Ok(lock) => Self::read(&lock),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::Nothing),
            Err(error) => Err(error),
        }
    }

    /// Writes the note over the last one.
    pub(super) fn write(self, lock: &File) -> io::Result<()> {
        lock.write_all_at(format!("{:<1$}\n", self.line(), LENGTH - 1).as_bytes(), 0)
    }

    fn line(self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Open(None) => "open".to_owned(),
            Self::Open(Some(Moved { salts, mark })) => {
                format!("open moved {:016x} {mark:08x}", u64::from_be_bytes(salts))
            }
            Self::Closed => "closed".to_owned(),
            Self::Restoring(mark) => format!("restoring {mark:08x}"),
        }
    }

    fn parse(line: &str) -> Self {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mark = |word: &str| u32::from_str_radix(word, 16).ok();
        match words.as_slice() {
            ["open"] => Self::Open(None),
            ["open", "moved", salts, moved] => {
                let salts = u64::from_str_radix(salts, 16).ok().map(u64::to_be_bytes);
                let moved = salts.zip(mark(moved)).map(|(salts, mark)| Moved { salts, mark });
                Self::Open(moved)
            }
            ["closed"] => Self::Closed,
            ["restoring", restored] => mark(restored).map_or(Self::Nothing, Self::Restoring),
            _ => Self::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(Note::read(&file).unwrap(), Note::Nothing);
        let moved = Moved {
            salts: [0, 1, 2, 3, 250, 251, 252, 253],
            mark: u32::MAX,
        };
        for note in [
            Note::Open(Some(moved)),
            Note::Closed,
            Note::Restoring(7),
            Note::Open(None),
            Note::Nothing,
        ] {
            note.write(&file).unwrap();
            assert_eq!(Note::read(&file).unwrap(), note);
        }
    }

    #[test]
    fn a_note_of_another_version_is_none() {
        let file = tempfile::tempfile().unwrap();
        for line in ["opened", "restoring", "restoring x", "closed by me"] {
            file.write_all_at(format!("{line:<63}\n").as_bytes(), 0).unwrap();
            assert_eq!(Note::read(&file).unwrap(), Note::Nothing, "{line}");
        }
    }
}
