//! Public keys of the supported kinds, from PEM files and key sets.
//!
//! The library accepts any curve, any key length and certificates. A key that is accepted here can verify signatures;
//! an unusable one would otherwise only be noticed when tokens fail.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, Jwk},
};

/// A public key and the only algorithm that it is used with.
pub(super) struct PublicKey {
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
    /// The bytes that distinguish it from other keys.
    pub(super) material: Vec<u8>,
}

/// The bytes before the point of a P-256 key in a SubjectPublicKeyInfo (RFC 5480), including the `04` that marks the
/// point as uncompressed.
const P256_PREFIX: [u8; 27] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];

/// The bytes before an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410).
const ED25519_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

impl PublicKey {
    /// An RSA key of 2048 to 8192 bits, from its modulus and exponent in big-endian order.
    pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        // Some key sets put the sign byte of a big integer in front, which the library does not accept.
        let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
        let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
        let is_strong = (2048..=8192).contains(&bits(modulus));
        // An exponent of 1 would make every text its own signature. AWS-LC accepts up to 33 bits.
        let is_usable = is_odd(modulus) && is_odd(exponent) && (2..=33).contains(&bits(exponent));
        (is_strong && is_usable).then(|| Self {
            algorithm: Algorithm::RS256,
            decoding: DecodingKey::from_rsa_raw_components(modulus, exponent),
            material: [modulus, exponent].concat(),
        })
    }

    /// A P-256 key, from its coordinates of 32 bytes each.
    pub(super) fn p256(x: &[u8], y: &[u8]) -> Option<Self> {
        (x.len() == 32 && y.len() == 32).then(|| {
            let point = [&[0x04], x, y].concat();
            Self {
                algorithm: Algorithm::ES256,
                decoding: DecodingKey::from_ec_der(&point),
                material: point,
            }
        })
    }

    /// An Ed25519 key, from its 32 bytes.
    pub(super) fn ed25519(key: &[u8]) -> Option<Self> {
        (key.len() == 32).then(|| Self {
            algorithm: Algorithm::EdDSA,
            decoding: DecodingKey::from_ed_der(key),
            material: key.to_vec(),
        })
    }

    /// The one public key in a PEM file.
    pub(super) fn from_pem(pem: &[u8]) -> Option<Self> {
        let text = str::from_utf8(pem).ok()?;
        let (label, body) = single_block(text)?;
        match label {
            "RSA PUBLIC KEY" => Self::rsa_from_pem(pem),
            "PUBLIC KEY" => {
                let der = BASE64_STANDARD.decode(body).ok()?;
                if let Some(point) = der.strip_prefix(&P256_PREFIX) {
                    let (x, y) = point.split_at_checked(32)?;
                    Self::p256(x, y)
                } else if let Some(key) = der.strip_prefix(&ED25519_PREFIX) {
                    Self::ed25519(key)
                } else {
                    Self::rsa_from_pem(pem)
                }
            }
            _ => None,
        }
    }

    /// Lets the library extract modulus and exponent; it rejects a key that is not RSA.
    fn rsa_from_pem(pem: &[u8]) -> Option<Self> {
        let key = DecodingKey::from_rsa_pem(pem).ok()?;
        match Jwk::from_decoding_key(&key, None).ok()?.algorithm {
            AlgorithmParameters::RSA(key) => {
                let number = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).ok();
                Self::rsa(&number(&key.n)?, &number(&key.e)?)
            }
            _ => None,
        }
    }
}

/// The label and base64 text of a PEM file that contains one block.
fn single_block(text: &str) -> Option<(&str, String)> {
    let (_, block) = text.split_once("-----BEGIN ")?;
    let (label, rest) = block.split_once("-----")?;
    let (body, after) = rest.split_once("-----END ")?;
    let body = body.split_ascii_whitespace().collect();
    (!after.contains("-----BEGIN ")).then_some((label, body))
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let start = number.iter().position(|byte| *byte != 0);
    number.get(start.unwrap_or(number.len())..).unwrap_or(&[])
}

/// The length in bits of a number without leading zero bytes.
fn bits(number: &[u8]) -> usize {
    number
        .first()
        .map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 1024-bit RSA key, a P-384 key, a key of another 256-bit curve and an X25519 key: well formed, but not
    /// supported.
    const OTHERS: [&str; 4] = [
        "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQD27j0mGaBdGLGb2LULOP6XN1X7yZXhqi3fUV4wivNPkqzgqt/i86lnHwL1\
         ASe8lJfsU4P49AxaAATQiKQq4mnpHZadLHoteu6CyxMaMjcPd31F723ilJ3rjaniMz8lVSkdijqYLJRGGlw1Xv51799eQzT0\
         YMIk+Jbl8kNeQHop/wIDAQAB",
        "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEfT0k+KSehErSKBoVdBnHIlfZ4dRbh4w56I8U2cAJT5rtBLLm95PCWXJVACYxTngt\
         cv14Z3QHJNmQfZbXef0hABPL1f6GEE2iPxNehLMxQUIqo3E6tkRq6a4zxHAaJlc2",
        "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAE6MD9T+SuoVLyfY3tgu/J9oMELOyoYFBB1Qq8YR+fxyoAH+gXpUE2kcwjOUAAaZHO\
         Ni52R1wHo7CmURYfdHoErA==",
        "MCowBQYDK2VuAyEA1x9oV4is9mQ6L4S4KlyF2W91Fg25uQHgsJCGn1wK5WE=",
    ];

    fn fixture(name: &str) -> Vec<u8> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/keys");
        std::fs::read(format!("{folder}/{name}")).unwrap()
    }

    #[test]
    fn the_kind_of_a_key_decides_the_algorithm() {
        for (name, expected) in [
            ("rsa.pub.pem", Some(Algorithm::RS256)),
            ("ec.pub.pem", Some(Algorithm::ES256)),
            ("ed25519.pub.pem", Some(Algorithm::EdDSA)),
            ("rsa.pem", None),
            ("ec.pem", None),
            ("ed25519.pem", None),
            ("README.md", None),
        ] {
            let key = PublicKey::from_pem(&fixture(name));
            assert_eq!(key.map(|key| key.algorithm), expected, "{name}");
        }
    }

    #[test]
    fn keys_that_could_verify_nothing_are_refused() {
        for pem in OTHERS {
            let pem = format!("-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n");
            assert!(PublicKey::from_pem(pem.as_bytes()).is_none(), "{pem}");
        }
        let two = [fixture("rsa.pub.pem"), fixture("ec.pub.pem")].concat();
        assert!(PublicKey::from_pem(&two).is_none());
        let both = [fixture("rsa.pem"), fixture("rsa.pub.pem")].concat();
        assert!(PublicKey::from_pem(&both).is_none());
    }

    #[test]
    fn weak_rsa_numbers_are_refused() {
        let modulus = |bytes: usize| [vec![0x80], vec![0xff; bytes - 1]].concat();
        let long = [vec![0], modulus(256)].concat();
        let short = [vec![0], modulus(255)].concat();
        for (modulus, exponent, expected) in [
            (modulus(256), vec![1, 0, 1], true),
            (modulus(1024), vec![3], true),
            (long, vec![0, 3], true),
            (short, vec![3], false),
            (modulus(255), vec![1, 0, 1], false),
            (modulus(1025), vec![1, 0, 1], false),
            (modulus(256), vec![1], false),
            (modulus(256), vec![], false),
            (modulus(256), vec![2], false),
            (modulus(256), vec![0xff; 5], false),
            (vec![], vec![3], false),
        ] {
            let key = PublicKey::rsa(&modulus, &exponent);
            assert_eq!(key.is_some(), expected, "{} {exponent:?}", modulus.len());
        }
    }
}
