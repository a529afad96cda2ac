//! The actors, one per record list: they put writes in order, batch them and limit how much may wait.
//!
//! Depends on the domain, the store and the shares. Other modules see only the [`Registry`]: the address of an actor
//! never leaves this module, so an actor can be stopped or replaced without anyone noticing.

mod actor;
mod error;
mod job;
mod new_lists;
mod permits;
mod queue;
mod registry;
mod reply;

pub use error::CommandError;
pub use registry::{Registry, RegistrySettings};
