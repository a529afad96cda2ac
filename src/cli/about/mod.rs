//! What the program says about itself, without any setting.

pub(super) mod completions;
pub(super) mod man;
pub(super) mod openapi;
