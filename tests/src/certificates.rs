//! Authorities and certificates, made anew for each broker that asks for them.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType,
    date_time_ymd,
};

/// A certificate and its key, in files.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The certificate, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
}

/// Files of one authority and what it signed.
#[derive(Debug)]
pub(crate) struct Certificates {
    /// The authority's own certificate, PEM.
    pub(crate) authority: PathBuf,
    /// For the broker: key and certificate in one file, as Kafka reads them.
    pub(crate) broker: PathBuf,
    /// For a client.
    pub(crate) client: Pair,
    /// For a client, and no longer valid.
    pub(crate) expired: Pair,
    /// For a client, signed by another authority.
    pub(crate) foreign: Pair,
    /// That other authority.
    pub(crate) foreign_authority: PathBuf,
}

impl Certificates {
    /// Writes them into `folder`.
    pub(crate) fn write(folder: &Path) -> Self {
        let own = authority("Authority of the tests");
        let foreign = authority("Another authority of the tests");
        let client = |issuer: &Issuer, name: &str, is_expired: bool| {
            let (certificate, key) = signed(issuer, name, is_expired);
            Pair {
                certificate: save(folder, &format!("{name}.pem"), &certificate),
                key: save(folder, &format!("{name}.key"), &key),
            }
        };
        let (certificate, key) = signed(&own, "broker", false);
        Self {
            authority: save(folder, "authority.pem", &own.pem()),
            broker: save(folder, "broker.pem", &format!("{key}{certificate}")),
            client: client(&own, "client", false),
            expired: client(&own, "expired", true),
            foreign: client(&foreign, "foreign", false),
            foreign_authority: save(folder, "foreign-authority.pem", &foreign.pem()),
        }
    }
}

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Issuer {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Certificate and key of `name` at the loopback address, PEM.
fn signed(issuer: &Issuer, name: &str, is_expired: bool) -> (String, String) {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    params.subject_alt_names = vec![SanType::IpAddress(loopback)];
    if is_expired {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    (certificate.pem(), key.serialize_pem())
}

fn save(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("a temporary file");
    path
}
