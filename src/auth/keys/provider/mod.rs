//! Keys that an identity provider publishes at a URL (docs/contract.md section 1.16).

mod address;
mod following;
mod read;

pub(in crate::auth) use self::following::Provider;
pub use self::{
    address::{Issuer, KeyUrl, UrlFault},
    read::ProviderError,
};
