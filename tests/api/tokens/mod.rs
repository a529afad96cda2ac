//! Tokens of identity providers and keys that change (docs/contract.md sections 1.6 and 1.16). Who is let in at all is
//! in `access`.

mod claims;
pub mod keys;
mod providers;
mod refusals;
mod reload;
mod start;
