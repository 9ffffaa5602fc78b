//! Asking a server for JSON over HTTP/1.1, with TLS and without: one request at a time, on
//! one connection for as long as the server keeps it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Request, Uri, header};
use bytes::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use service::tasks::Tasks;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::Token;

/// How long one answer may take, its connection included.
const WITHIN: Duration = Duration::from_secs(20);
/// Longest answer, bytes: forty posts of the longest kind with all that stands around them
/// have a tenth of it.
const BODY_MAX: usize = 4 * 1024 * 1024;
/// Who asks: instances ask clients to say so.
const AGENT: &str = concat!("ophef/", env!("CARGO_PKG_VERSION"));

/// A server, and the connection to it if there is one.
pub(crate) struct Client {
    host: String,
    port: u16,
    /// What the `host` header says.
    authority: HeaderValue,
    authorization: Option<HeaderValue>,
    tls: Option<TlsConnector>,
    connection: Option<SendRequest<Body>>,
    /// What moves the bytes of that connection.
    moving: Tasks,
}

/// What a server answers.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// A header, if it is a text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Client {
    /// The server at `base`: `https://HOST` or `http://HOST`, perhaps with a port. `None` if
    /// that isn't an address.
    pub(crate) fn new(base: &str, token: Option<&Token>) -> Option<Self> {
        let uri: Uri = base.parse().ok()?;
        let is_secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return None,
        };
        let authorization = match token {
            Some(token) => {
                let mut value =
                    HeaderValue::from_str(&format!("Bearer {}", token.expose())).ok()?;
                value.set_sensitive(true);
                Some(value)
            }
            None => None,
        };
        let authority = uri.authority()?;
        Some(Self {
            host: uri.host()?.trim_matches(['[', ']']).to_owned(),
            port: uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 }),
            authority: HeaderValue::from_str(authority.as_str()).ok()?,
            authorization,
            tls: is_secure.then(connector),
            connection: None,
            moving: Tasks::default(),
        })
    }

    /// Asks for `target`, a path with its query.
    ///
    /// # Errors
    /// What stood in the way; another try may succeed.
    pub(crate) async fn get(&mut self, target: &str) -> Result<Answer, String> {
        let answer = tokio::time::timeout(WITHIN, self.ask(target)).await;
        let answer = answer.unwrap_or_else(|_| Err("no answer in time".to_owned()));
        if answer.is_err() {
            self.connection = None;
        }
        answer
    }

    async fn ask(&mut self, target: &str) -> Result<Answer, String> {
        let mut request = Request::get(target)
            .header(header::HOST, &self.authority)
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, AGENT);
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let request = request.body(Body::empty()).map_err(told)?;
        // The server may have closed the one that there is.
        let open = self.connection.take().filter(|open| !open.is_closed());
        let mut connection = match open {
            Some(open) => open,
            None => self.connect().await?,
        };
        connection.ready().await.map_err(told)?;
        let (head, body) = connection
            .send_request(request)
            .await
            .map_err(told)?
            .into_parts();
        let body = to_bytes(Body::new(body), BODY_MAX).await;
        let body = body.map_err(|_| format!("an answer of over {BODY_MAX} bytes, or cut short"))?;
        self.connection = Some(connection);
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        })
    }

    async fn connect(&mut self) -> Result<SendRequest<Body>, String> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await;
        let stream = stream.map_err(told)?;
        match &self.tls {
            None => self.shake_hands(stream).await,
            Some(tls) => {
                let name = ServerName::try_from(self.host.clone()).map_err(told)?;
                let stream = tls.connect(name, stream).await.map_err(told)?;
                self.shake_hands(stream).await
            }
        }
    }

    async fn shake_hands<S>(&mut self, stream: S) -> Result<SendRequest<Body>, String>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(told)?;
        // The one before ends with its tasks.
        self.moving = Tasks::default();
        self.moving.spawn("connection", async move {
            // Who sends on it is told.
            let _ = connection.await;
        });
        Ok(sender)
    }
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// TLS by the certificates that the system trusts, as for the stream.
fn connector() -> TlsConnector {
    let mut roots = RootCertStore::empty();
    // A system without certificates trusts nobody; the handshake says so.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}
