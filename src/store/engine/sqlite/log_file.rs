//! The file of the write-ahead log (`-wal`), read without opening the database: SQLite would apply it to whatever file
//! lies beside it.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use super::header::MARK_AT;

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// The log's format. The lowest bit says in which order its checksums take bytes.
const MAGIC: u32 = 0x377f_0682;

/// The random numbers of a log. They change whenever it restarts.
pub(super) type Salts = [u8; 8];

/// A log with at least one committed transaction.
pub(super) struct LogFile {
    /// The random numbers of this log.
    pub(super) salts: Salts,
    /// The marks in the first and in the last version of page 1, if the log has that page.
    pub(super) marks: Option<(u32, u32)>,
}

/// The numbers of a log file; `None` if it has no header.
pub(super) fn salts(log: &Path) -> io::Result<Option<Salts>> {
    let mut bytes = [0; HEADER];
    let is_read = read_all(&mut File::open(log)?, &mut bytes)?;
    Ok(is_read.then(|| salts_at(&bytes, 16)))
}

impl LogFile {
    /// Reads the log as far as SQLite would: up to the last commit before the first frame that is not intact. `None` if
    /// there is no file, or nothing in it counts.
    pub(super) fn read(log: &Path) -> io::Result<Option<Self>> {
        match File::open(log) {
            Ok(file) => Self::read_from(&mut BufReader::new(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read_from(log: &mut impl Read) -> io::Result<Option<Self>> {
        let mut header = [0; HEADER];
        if !read_all(log, &mut header)? {
            return Ok(None);
        }
        let magic = number_at(&header, 0);
        let page_size = number_at(&header, 8) as usize;
        let mut checksum = Checksum::new(magic & 1 == 1);
        checksum.add(&header[..24]);
        let is_known = magic & !1 == MAGIC && (512..=65536).contains(&page_size) && page_size.is_power_of_two();
        if !is_known || !checksum.is_at(&header, 24) {
            return Ok(None);
        }
        let salts = salts_at(&header, 16);
        let mut committed = None;
        let (mut first, mut last) = (None, None);
        let mut frame = vec![0; FRAME_HEADER + page_size];
        while read_all(log, &mut frame)? {
            checksum.add(&frame[..8]);
            checksum.add(&frame[FRAME_HEADER..]);
            if salts_at(&frame, 8) != salts || !checksum.is_at(&frame, 16) {
                break;
            }
            let (page, pages_after_commit) = (number_at(&frame, 0), number_at(&frame, 4));
            if page == 1 {
                last = Some(number_at(&frame, FRAME_HEADER + MARK_AT));
                first = first.or(last);
            }
            if pages_after_commit != 0 {
                committed = Some(first.zip(last));
            }
        }
        Ok(committed.map(|marks| Self { salts, marks }))
    }
}

/// Fills the buffer; `false` if the file ends before.
fn read_all(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn number_at(bytes: &[u8], at: usize) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(&bytes[at..at + 4]);
    u32::from_be_bytes(number)
}

fn salts_at(bytes: &[u8], at: usize) -> Salts {
    let mut salts = Salts::default();
    salts.copy_from_slice(&bytes[at..at + 8]);
    salts
}

/// The sum over everything that the log has so far.
struct Checksum {
    is_big_endian: bool,
    sums: (u32, u32),
}

impl Checksum {
    fn new(is_big_endian: bool) -> Self {
        Self {
            is_big_endian,
            sums: (0, 0),
        }
    }

    /// Adds bytes, a multiple of eight.
    fn add(&mut self, bytes: &[u8]) {
        for pair in bytes.chunks_exact(8) {
            let word = |at| {
                let number: u32 = number_at(pair, at);
                if self.is_big_endian {
                    number
                } else {
                    number.swap_bytes()
                }
            };
            let (first, second) = self.sums;
            let first = first.wrapping_add(word(0)).wrapping_add(second);
            let second = second.wrapping_add(word(4)).wrapping_add(first);
            self.sums = (first, second);
        }
    }

    fn is_at(&self, bytes: &[u8], at: usize) -> bool {
        self.sums == (number_at(bytes, at), number_at(bytes, at + 4))
    }
}
