//! What systemd passes to a service and is told by it. Other supervisors that use its interface do the same. Without
//! one, nothing happens.

pub mod credentials;
mod notify;
mod sockets;
mod supervision;

pub use self::{
    notify::{reloading, stopping},
    sockets::{SocketError, Sockets},
    supervision::supervise,
};
