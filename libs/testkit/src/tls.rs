#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

use crate::Identity;
use crate::mail::{Duplex, Encrypt, Encrypting};

/// A certificate authority of a test's own, that nobody trusts unless told to.
#[derive(Debug)]
pub struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// One with a fresh key.
    #[expect(clippy::new_without_default, reason = "each one is another one")]
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().expect("a key is generated");
        let certificate = params.self_signed(&key).expect("it may sign itself");
        let issuer = Issuer::new(params, key);
        Self {
            certificate,
            issuer,
        }
    }

    /// Its certificate, for those who are to trust it.
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// What a server of that name or address proves itself with: certificate and key, in PEM.
    pub fn credentials(&self, name: &str) -> (String, String) {
        let (certificate, key) = self.issue(name);
        (certificate.pem(), key.serialize_pem())
    }

    fn issue(&self, name: &str) -> (Certificate, KeyPair) {
        let params = CertificateParams::new([name.to_owned()]).expect("a name or an address");
        let key = KeyPair::generate().expect("a key is generated");
        let signed = params.signed_by(&key, &self.issuer);
        (signed.expect("an authority signs"), key)
    }

    /// What a mail server of that name or address proves itself with.
    pub fn identity(&self, name: &str) -> Identity {
        let (certificate, key) = self.issue(name);
        let certificate = certificate.der().clone();
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("PKCS#8 is understood");
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|it| {
                it.with_no_client_auth()
                    .with_single_cert(vec![certificate], key)
            })
            .expect("certificate and key belong together");
        Identity(Arc::new(Acceptor(Arc::new(config).into())))
    }
}

struct Acceptor(TlsAcceptor);

impl Encrypt for Acceptor {
    fn encrypt(&self, plain: Box<dyn Duplex>) -> Encrypting<'_> {
        Box::pin(async move {
            let encrypted: Box<dyn Duplex> = Box::new(self.0.accept(plain).await?);
            Ok(encrypted)
        })
    }
}
