//! Changing one record by a JSON Patch (docs/contract.md section 4.3).

mod extra_data;
mod faults;
mod identifiers;
mod operations;
mod requests;
