//! Backups of a SQLite file, and restores.

pub(crate) mod copy;
pub(crate) mod make;
pub(crate) mod restore;
