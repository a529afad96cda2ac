//! Clients and signing keys of the token endpoint: few, changed by operators, and read whole.

mod clients;
mod keys;
mod read;
pub mod statements;

pub use self::{
    clients::{AddClient, RevokeClient, Revoked},
    keys::{AddFirstKey, RotateKeys, Rotated},
    read::{ReadClients, ReadCredentials, ReadVersion},
};
