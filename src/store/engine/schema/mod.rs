//! The schema: which migrations a database has, and the way to the newest version.

pub(crate) mod distribute;
pub(crate) mod migrate;
pub(crate) mod state;
