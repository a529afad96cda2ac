//! Random bytes, for secrets, ids and nonces.

use std::io;

/// Random bytes of the system.
pub(super) fn random<const LENGTH: usize>() -> io::Result<[u8; LENGTH]> {
    let mut random = [0_u8; LENGTH];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    Ok(random)
}

/// Random bytes as hexadecimal digits, two for each.
pub(super) fn random_hex<const LENGTH: usize>() -> io::Result<String> {
    Ok(random::<LENGTH>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}
