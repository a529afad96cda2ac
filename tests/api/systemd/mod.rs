//! The program under systemd, which the tests play: what it passes, and what it is told.

mod credentials;
mod notify;
mod sockets;
pub mod supervisor;
