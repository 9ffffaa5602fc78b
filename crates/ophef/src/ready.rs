//! `ophef ready`: asks the service on this machine, for health checks in images that have
//! no other client.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, bail};

/// How long the service may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// Longest answer that is read, bytes.
const LONGEST: u64 = 64 * 1024;

/// Succeeds if `/readyz` says that the service is ready.
///
/// # Errors
/// It isn't, with its own words, or it doesn't answer.
pub(crate) fn ask(settings: &settings::Settings) -> anyhow::Result<()> {
    let listen = here(settings.http.listen);
    let no_answer = || format!("no service answers at {listen}");
    let mut stream = TcpStream::connect_timeout(&listen, PATIENCE).with_context(no_answer)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // 1.0, so that the answer ends with the connection.
    let question = format!("GET /readyz HTTP/1.0\r\nhost: {listen}\r\n\r\n");
    stream
        .write_all(question.as_bytes())
        .with_context(no_answer)?;
    let mut answer = String::new();
    let mut bounded = stream.take(LONGEST);
    bounded
        .read_to_string(&mut answer)
        .with_context(no_answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.split(' ').nth(1) != Some("200") {
        bail!("not ready: {}", body.trim().replace('\n', "; "));
    }
    Ok(())
}

/// Where a service that listens at `listen` is reached from its own machine.
fn here(listen: SocketAddr) -> SocketAddr {
    let port = listen.port();
    match listen {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => (Ipv4Addr::LOCALHOST, port).into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => (Ipv6Addr::LOCALHOST, port).into(),
        named => named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_for_all_is_reached_by_loopback() {
        for (listen, expected) in [
            ("0.0.0.0:9464", "127.0.0.1:9464"),
            ("[::]:9464", "[::1]:9464"),
            ("10.0.0.7:9464", "10.0.0.7:9464"),
        ] {
            assert_eq!(here(listen.parse().unwrap()), expected.parse().unwrap());
        }
    }

    #[test]
    fn only_a_ready_service_is_ready() {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut settings = settings::Settings::default();
        settings.http.listen = listener.local_addr().unwrap();
        let answering = std::thread::spawn(move || {
            for answer in [
                "200 OK\r\n\r\nok\n",
                "503 No\r\n\r\nscore: starting\nwatch: x\n",
            ] {
                let (mut stream, _) = listener.accept().unwrap();
                // All of it: who closes before that resets the connection.
                let mut asked = Vec::new();
                while !asked.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    stream.read_exact(&mut byte).unwrap();
                    asked.push(byte[0]);
                }
                write!(stream, "HTTP/1.0 {answer}").unwrap();
            }
        });
        ask(&settings).unwrap();
        let error = ask(&settings).unwrap_err().to_string();
        assert_eq!(error, "not ready: score: starting; watch: x");
        answering.join().unwrap();
        assert!(
            ask(&settings)
                .unwrap_err()
                .to_string()
                .contains("no service answers")
        );
    }
}
