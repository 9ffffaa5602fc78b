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
            tls: is_secure.then(|| connector(trusted())),
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
        // The server may have closed the one that there is, unnoticed so far.
        if let Some(open) = self.connection.take()
            && let Ok(answer) = self.ask_on(open, target).await
        {
            return Ok(answer);
        }
        let connection = self.connect().await?;
        self.ask_on(connection, target).await
    }

    async fn ask_on(
        &mut self,
        mut connection: SendRequest<Body>,
        target: &str,
    ) -> Result<Answer, String> {
        let mut request = Request::get(target)
            .header(header::HOST, &self.authority)
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, AGENT);
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let request = request.body(Body::empty()).map_err(told)?;
        connection.ready().await.map_err(told)?;
        let answer = connection.send_request(request).await.map_err(told)?;
        let (head, body) = answer.into_parts();
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

/// The certificates that the system trusts, as for the stream. A system without any trusts
/// nobody; the handshake says so.
fn trusted() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

fn connector(roots: RootCertStore) -> TlsConnector {
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use rustls::ServerConfig;
    use rustls::pki_types::PrivatePkcs8KeyDer;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;

    /// Answers two requests on each connection with what was asked.
    async fn serve(listener: TcpListener, acceptor: TlsAcceptor) {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Who doesn't trust the certificate breaks off.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            for _ in 0..2 {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap().to_lowercase();
                let length = head.len();
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{head}");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    }

    #[tokio::test]
    async fn a_server_with_a_trusted_certificate_is_asked_again_and_again() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(pair.signing_key.serialize_der());
        let server = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![pair.cert.der().clone()], key.into())
            .unwrap();
        let listener = TcpListener::bind(("localhost", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut serving = Tasks::default();
        serving.spawn("server", serve(listener, Arc::new(server).into()));

        let base = format!("https://localhost:{port}");
        let mut client = Client::new(&base, Some(&Token::from("secret".to_owned()))).unwrap();
        let Err(fault) = client.get("/a").await else {
            unreachable!("nobody vouches for it");
        };
        assert!(fault.contains("certificate"), "{fault}");

        let mut roots = RootCertStore::empty();
        roots.add(pair.cert.der().clone()).unwrap();
        client.tls = Some(connector(roots));
        // Twice on one connection, then on another.
        for target in ["/a?x=1", "/b", "/c"] {
            let answer = client.get(target).await.unwrap();
            let text = String::from_utf8(answer.body.to_vec()).unwrap();
            assert_eq!(answer.status, 200);
            assert!(
                text.starts_with(&format!("get {target} http/1.1\r\n")),
                "{text}"
            );
            assert!(text.contains("authorization: bearer secret\r\n"), "{text}");
            assert!(
                text.contains(&format!("host: localhost:{port}\r\n")),
                "{text}"
            );
            assert!(text.contains("user-agent: ophef/"), "{text}");
        }
    }

    #[test]
    fn only_addresses_of_the_web_are_taken() {
        assert!(Client::new("http://127.0.0.1:9", None).is_some());
        for none in ["a.example", "ftp://a.example", "https://", "https://a b"] {
            assert!(Client::new(none, None).is_none(), "{none}");
        }
    }
}
