//! One actor per record list: order, batches, and bounds on what may wait.
//!
//! Knows the domain and the store. Callers see the [`Registry`] alone: no address of an actor leaves this module, so
//! that an actor can be stopped or replaced without anyone noticing.

mod actor;
mod error;
mod job;
mod new_lists;
mod permits;
mod queue;
mod registry;
mod reply;

pub use error::CommandError;
pub use permits::Room;
pub use registry::{Registry, RegistrySettings};
