//! A client of the server's own that trusts one certificate: the configured one.
//!
//! `record-lists health` asks an address, which the certificate need not name, and an authority of the operator's own
//! need not be known to the system. So the name and the authority are not checked, but that the server has the very
//! certificate, and its key.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};

use super::files::{TlsError, chain};

/// What a client needs that trusts the first certificate in this file and no other.
pub(crate) fn client_config(certificate: &Path) -> Result<ClientConfig, TlsError> {
    let Some(own) = chain(certificate)?.into_iter().next() else {
        return Err(TlsError::NoCertificate(certificate.to_owned()));
    };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = OnlyOne {
        own,
        provider: Arc::clone(&provider),
    };
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|_| TlsError::FaultyCertificate(certificate.to_owned()))?;
    Ok(config
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// What is said of a server with any other certificate.
const ANOTHER: &str =
    "the server has another certificate than the file of --tls-cert; it reads that file at its start and at SIGHUP";

/// Accepts one certificate.
#[derive(Debug)]
struct OnlyOne {
    own: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for OnlyOne {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if *end_entity == self.own {
            Ok(ServerCertVerified::assertion())
        } else {
            // Other errors do not show a text of ours.
            Err(Error::General(ANOTHER.to_owned()))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
