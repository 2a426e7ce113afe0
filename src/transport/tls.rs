//! TLS: the certificate and its key, read again when their files change.
//!
//! A certificate is renewed every few weeks, and no connection should be lost for it: those that come get the new one,
//! those that are there keep theirs.

use crate::config::TlsFiles;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

/// The name of HTTP/2 in the handshake (RFC 9113, section 3.2).
pub const HTTP_2: &[u8] = b"h2";
/// The name of HTTP/1.1 there (RFC 7301, section 6).
pub const HTTP_1: &[u8] = b"http/1.1";

/// Why TLS cannot be had: one line for the one who gave the files.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read `{path}`: {error}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Anybody can read the key.
    #[error("the key `{path}` can be read by everybody; use chmod 600", path = path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// A file holds nothing of the kind.
    #[error("there is no {what} in PEM in `{path}`", path = path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
    },
    /// The two are of no use together.
    #[error("the certificate `{certificate}` and the key `{key}` do not go together: {text}",
            certificate = files.certificate.display(), key = files.key.display())]
    Unusable {
        /// The files.
        files: TlsFiles,
        /// Why.
        text: String,
    },
}

/// The certificate as it is now.
#[derive(Debug)]
pub struct Certificate {
    files: TlsFiles,
    now: RwLock<(Arc<CertifiedKey>, [Stamp; 2])>,
}

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// [`TlsError`], when they cannot be read or used.
    pub fn read(files: TlsFiles) -> Result<Self, TlsError> {
        let stamps = stamps(&files)?;
        let now = RwLock::new((Arc::new(certified(&files)?), stamps));
        Ok(Self { files, now })
    }

    /// What a connection is to be agreed upon with.
    ///
    /// # Errors
    /// rustls', when the library has none of the protocol's versions.
    pub fn config(self: &Arc<Self>) -> Result<Arc<rustls::ServerConfig>, rustls::Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(self.clone());
        config.alpn_protocols = vec![HTTP_2.to_vec(), HTTP_1.to_vec()];
        Ok(Arc::new(config))
    }

    /// Reads the files again if they have changed. Returns whether another certificate holds now.
    ///
    /// # Errors
    /// [`TlsError`], when they cannot be used: between the two halves of a renewal, most of all. What was, holds.
    pub fn refresh(&self) -> Result<bool, TlsError> {
        let stamps = stamps(&self.files)?;
        if self.now.read().unwrap_or_else(PoisonError::into_inner).1 == stamps {
            return Ok(false);
        }
        let certified = Arc::new(certified(&self.files)?);
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = (certified, stamps);
        Ok(true)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _client: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let now = self.now.read().unwrap_or_else(PoisonError::into_inner);
        Some(now.0.clone())
    }
}

/// By which one sees that a file is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    n_bytes: u64,
    modified: Option<SystemTime>,
}

fn stamps(files: &TlsFiles) -> Result<[Stamp; 2], TlsError> {
    let stamp = |path: &Path| {
        let metadata = metadata(path)?;
        Ok(Stamp {
            device: metadata.dev(),
            inode: metadata.ino(),
            n_bytes: metadata.len(),
            modified: metadata.modified().ok(),
        })
    };
    Ok([stamp(&files.certificate)?, stamp(&files.key)?])
}

fn metadata(path: &Path) -> Result<Metadata, TlsError> {
    fs::metadata(path).map_err(|error| TlsError::Unreadable {
        path: path.to_owned(),
        error,
    })
}

fn certified(files: &TlsFiles) -> Result<CertifiedKey, TlsError> {
    /// Anybody may read.
    const OTHERS_READ: u32 = 0o004;
    if metadata(&files.key)?.permissions().mode() & OTHERS_READ != 0 {
        let path = files.key.clone();
        return Err(TlsError::Exposed { path });
    }
    let missing = |path: &Path, what| TlsError::Missing {
        path: path.to_owned(),
        what,
    };
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or_else(|| missing(&files.certificate, "certificate"))?;
    let key =
        PrivateKeyDer::from_pem_file(&files.key).map_err(|_| missing(&files.key, "private key"))?;
    let unusable = |error: rustls::Error| TlsError::Unusable {
        files: files.clone(),
        text: error.to_string(),
    };
    CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).map_err(unusable)
}
