//! A network that fails when it is told to: a TCP proxy between clients and a broker.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, Ordering};
use std::thread::sleep;
use std::time::Duration;

/// How often a pump looks whether the network has changed.
const LOOK: Duration = Duration::from_millis(20);
/// What a slow network carries at once, bytes, with [`SLOWNESS`] between two: 80 kB/s
/// each way, less than the load needs.
const SLOW_BYTES: usize = 8 * 1024;
const SLOWNESS: Duration = Duration::from_millis(100);

/// What becomes of what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// It arrives.
    Open,
    /// Connections are closed, and new ones as soon as they are made.
    Cut,
    /// Nothing arrives and nothing is said: connections stay, and what was sent
    /// arrives when the network is open again.
    Stalled,
    /// What is asked arrives, the answers are lost. Those connections end when the
    /// network changes, since their streams have holes.
    HalfOpen,
    /// It arrives late, and little at a time.
    Slow,
}

const NETWORKS: [Network; 5] = [
    Network::Open,
    Network::Cut,
    Network::Stalled,
    Network::HalfOpen,
    Network::Slow,
];

/// A proxy on a loopback port. It ends with this value.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    /// Index into [`NETWORKS`].
    network: AtomicU8,
    /// Port that connections lead to; 0 until it is known.
    to: AtomicU16,
    is_over: AtomicBool,
}

impl Proxy {
    /// A proxy that leads nowhere yet.
    ///
    /// # Panics
    /// If there is no free port or no thread.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            network: AtomicU8::new(0),
            to: AtomicU16::new(0),
            is_over: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || shared.listen(&listener));
        Self { port, state }
    }

    /// The port that it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Has connections lead to `port`.
    pub fn lead_to(&self, port: u16) {
        self.state.to.store(port, Ordering::Release);
    }

    /// Changes the network.
    pub fn set(&self, network: Network) {
        let index = NETWORKS.iter().position(|&other| other == network).unwrap();
        let index = u8::try_from(index).unwrap();
        self.state.network.store(index, Ordering::Release);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::Release);
    }
}

impl State {
    fn network(&self) -> Network {
        NETWORKS[usize::from(self.network.load(Ordering::Acquire))]
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    fn listen(self: &Arc<Self>, listener: &TcpListener) {
        while !self.is_over() {
            let Ok((client, _)) = listener.accept() else {
                sleep(LOOK);
                continue;
            };
            if self.network() == Network::Cut {
                continue;
            }
            let to = self.to.load(Ordering::Acquire);
            // A broker that is down: the client sees its connection closed.
            let Ok(broker) = TcpStream::connect((Ipv4Addr::LOCALHOST, to)) else {
                continue;
            };
            for (from, to, is_answer) in [(&client, &broker, false), (&broker, &client, true)] {
                let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                let shared = Arc::clone(self);
                std::thread::spawn(move || {
                    // Either way the connection is over, and both ends are told.
                    let _ = shared.pump(&from, &to, is_answer);
                    let _ = from.shutdown(Shutdown::Both);
                    let _ = to.shutdown(Shutdown::Both);
                });
            }
        }
    }

    /// Carries what `from` sends to `to` until the connection ends.
    fn pump(
        &self,
        mut from: &TcpStream,
        mut to: &TcpStream,
        is_answer: bool,
    ) -> std::io::Result<()> {
        from.set_nonblocking(false)?;
        from.set_read_timeout(Some(LOOK))?;
        to.set_nodelay(true)?;
        let mut buffer = vec![0; 64 * 1024];
        let mut has_lost = false;
        while !self.is_over() {
            let network = self.network();
            let longest = match network {
                Network::Cut => break,
                Network::Stalled => {
                    sleep(LOOK);
                    continue;
                }
                Network::Slow => {
                    sleep(SLOWNESS);
                    SLOW_BYTES
                }
                Network::Open | Network::HalfOpen => buffer.len(),
            };
            let is_lossy = is_answer && network == Network::HalfOpen;
            if has_lost && !is_lossy {
                break;
            }
            match from.read(&mut buffer[..longest]) {
                Ok(0) => break,
                Ok(_) if is_lossy => has_lost = true,
                Ok(count) => to.write_all(&buffer[..count])?,
                Err(error) if is_timeout(error.kind()) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends back what it is sent, on a free port.
    fn echo() -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                std::thread::spawn(move || std::io::copy(&mut &stream, &mut &stream));
            }
        });
        port
    }

    fn connect(proxy: &Proxy) -> TcpStream {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).unwrap();
        let patience = Duration::from_secs(2);
        stream.set_read_timeout(Some(patience)).unwrap();
        stream
    }

    /// What comes back of one letter: itself, or why none does.
    fn ask(mut stream: &TcpStream, letter: u8) -> Result<u8, ErrorKind> {
        stream.write_all(&[letter]).map_err(|error| error.kind())?;
        let mut answer = [0];
        let read = stream.read_exact(&mut answer);
        read.map(|()| answer[0]).map_err(|error| error.kind())
    }

    #[test]
    fn the_network_fails_as_it_is_told() {
        let proxy = Proxy::start();
        proxy.lead_to(echo());
        let stream = connect(&proxy);
        assert_eq!(ask(&stream, b'a'), Ok(b'a'));
        proxy.set(Network::Slow);
        assert_eq!(ask(&stream, b'b'), Ok(b'b'));

        proxy.set(Network::Stalled);
        sleep(20 * LOOK);
        assert!(is_timeout(ask(&stream, b'c').unwrap_err()));
        proxy.set(Network::Open);
        let mut late = [0];
        (&stream).read_exact(&mut late).unwrap();
        assert_eq!(late, *b"c");

        proxy.set(Network::HalfOpen);
        sleep(20 * LOOK);
        assert!(is_timeout(ask(&stream, b'd').unwrap_err()));
        proxy.set(Network::Open);
        sleep(20 * LOOK);
        // Its stream has a hole: it was closed.
        assert!(!is_timeout(ask(&stream, b'e').unwrap_err()));

        let stream = connect(&proxy);
        assert_eq!(ask(&stream, b'f'), Ok(b'f'));
        proxy.set(Network::Cut);
        sleep(20 * LOOK);
        assert!(!is_timeout(ask(&stream, b'g').unwrap_err()));
        assert!(ask(&connect(&proxy), b'h').is_err());
        proxy.set(Network::Open);
        assert_eq!(ask(&connect(&proxy), b'i'), Ok(b'i'));
    }
}
