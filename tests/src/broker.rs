//! Apache Kafka as a child process: one node, KRaft, on free loopback ports.

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use kafka::{Connection, Mechanism, Protocol, Secret, admin};
use tempfile::TempDir;

use crate::certificates::Certificates;
use crate::disk::Disk;
use crate::properties::{
    first_of_two, properties_text, proxied_properties_text, second_of_two, secure_properties_text,
};
use crate::{Pair, Proxy};

/// How long the broker may take to answer; it takes 3 s on a quiet machine.
const START: Duration = Duration::from_secs(180);
/// Tries in case another process takes a port that was free a moment ago.
const TRIES: usize = 3;

/// A running broker. It ends with this value or with the process, whichever is
/// first, however the process ends.
#[derive(Debug)]
pub struct RealKafka {
    /// A shell that waits for the end of its input, then kills the broker.
    keeper: Child,
    folder: TempDir,
    /// The small disk that its data lies on, if it has one. Taken off before the folder.
    disk: Option<Disk>,
    open: u16,
    sasl: u16,
}

/// What a broker has beside the usual.
#[derive(Debug, Default)]
struct Extras<'a> {
    /// A listener that is reached through it.
    proxy: Option<&'a Proxy>,
    /// Its data lies on a disk of so many MiB.
    disk_mebibytes: Option<u32>,
    /// There will be a second node.
    is_first_of_two: bool,
}

impl RealKafka {
    /// The broker that all tests of a test binary share.
    ///
    /// # Panics
    /// If it can't be started; the message says what to do.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<RealKafka> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A broker of one's own, to be stopped in the middle of a test.
    ///
    /// # Panics
    /// If it can't be started; the message says what to do.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&Extras::default())
    }

    /// A broker of one's own with a listener that is reached through `proxy`. The
    /// others stay, for who isn't to notice what the proxy does.
    ///
    /// # Panics
    /// As [`RealKafka::start`].
    #[must_use]
    pub fn start_behind(proxy: &Proxy) -> Self {
        Self::start_with(&Extras {
            proxy: Some(proxy),
            ..Extras::default()
        })
    }

    /// The same with its data on a disk of its own of `mebibytes`, to be filled.
    ///
    /// # Panics
    /// As [`RealKafka::start`], and if this user may not mount a disk.
    #[must_use]
    pub fn start_on_small_disk(proxy: &Proxy, mebibytes: u32) -> Self {
        Self::start_with(&Extras {
            proxy: Some(proxy),
            disk_mebibytes: Some(mebibytes),
            ..Extras::default()
        })
    }

    /// Two nodes of one cluster, the first with the controller: when the second dies,
    /// what it leads and coordinates moves to the first.
    ///
    /// # Panics
    /// As [`RealKafka::start`].
    #[must_use]
    pub fn start_pair() -> [Self; 2] {
        let first = Self::start_with(&Extras {
            is_first_of_two: true,
            ..Extras::default()
        });
        let properties = fs::read_to_string(first.folder.path().join("server.properties"));
        let folder = TempDir::new().expect("a temporary folder");
        let [open] = free_ports();
        let text = second_of_two(&properties.unwrap(), folder.path(), open);
        let second = Self::run(folder, &text, [open, open]);
        assert!(second.is_up(), "the second node didn't start");
        [first, second]
    }

    fn start_with(extras: &Extras<'_>) -> Self {
        for _ in 0..TRIES {
            let broker = Self::spawn(extras);
            if broker.is_up() {
                return broker;
            }
            eprintln_log(broker.folder.path());
        }
        panic!(
            "Kafka didn't start within {} s; its log is above",
            START.as_secs()
        );
    }

    fn spawn(extras: &Extras<'_>) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let [open, sasl, controller, proxied] = free_ports();
        let mut text = properties_text(folder.path(), open, sasl, controller);
        if let Some(proxy) = extras.proxy {
            proxy.lead_to(proxied);
            text = proxied_properties_text(&text, proxied, proxy.port());
        }
        if extras.is_first_of_two {
            text = first_of_two(&text);
        }
        let disk = extras
            .disk_mebibytes
            .map(|size| Disk::mount(&folder.path().join("data"), size));
        let mut broker = Self::run(folder, &text, [open, sasl]);
        broker.disk = disk;
        broker
    }

    fn run(folder: TempDir, properties: &str, [open, sasl]: [u16; 2]) -> Self {
        let path = folder.path().join("server.properties");
        fs::write(path, properties).expect("a temporary file");
        let keeper = keeper(folder.path());
        Self {
            keeper,
            folder,
            disk: None,
            open,
            sasl,
        }
    }

    /// Whether the broker has ever left a transaction without its end.
    ///
    /// Apache Kafka 4.3.1 does so where the only broker is killed between the decision to
    /// commit and the markers that tell it: if it reads its transactions at the next start
    /// before it knows its partitions, it takes these for deleted, writes no markers, and
    /// completes the transaction. Then no offset of the group and no later record of the
    /// partitions can be read as committed, for ever.
    #[must_use]
    pub fn has_skipped_markers(&self) -> bool {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        log.contains("Couldn't find leader endpoint for partitions")
    }

    /// Kills the broker, as a crash would, and starts it again after `pause` with
    /// what it had written.
    ///
    /// # Panics
    /// If it doesn't come back.
    pub fn crash(&mut self, pause: Duration) {
        if let Some(mut input) = self.keeper.stdin.take() {
            input.write_all(b"keep").expect("the keeper lives");
        }
        self.keeper.wait().expect("the keeper ends");
        sleep(pause);
        self.keeper = keeper(self.folder.path());
        if !self.is_up() {
            eprintln_log(self.folder.path());
            panic!("the broker didn't come back; its log is above");
        }
    }

    /// Fills its disk for `pause`, which ends it, and starts it again with room.
    ///
    /// # Panics
    /// If it has no disk of its own, or doesn't come back.
    pub fn fill_disk(&mut self, pause: Duration) {
        let disk = self.disk.as_ref().expect("a disk of its own");
        let filler = disk.fill();
        sleep(pause);
        fs::remove_file(filler).unwrap();
        self.crash(Duration::ZERO);
    }

    fn is_up(&self) -> bool {
        let deadline = Instant::now() + START;
        let connection = self.connection();
        while Instant::now() < deadline {
            if admin::reach(&connection, Duration::from_secs(10)).is_ok() {
                return true;
            }
            sleep(Duration::from_millis(100));
        }
        false
    }

    /// How to reach it without a password.
    #[must_use]
    pub fn connection(&self) -> Connection {
        Connection::plaintext(format!("127.0.0.1:{}", self.open))
    }

    /// How to reach it through `proxy`, which it was started behind.
    #[must_use]
    pub fn connection_through(&self, proxy: &Proxy) -> Connection {
        Connection::plaintext(format!("127.0.0.1:{}", proxy.port()))
    }

    /// How to reach it as `user` with `password`.
    #[must_use]
    pub fn connection_as(&self, user: &str, password: &str) -> Connection {
        let mut connection = Connection::plaintext(format!("127.0.0.1:{}", self.sasl));
        let security = &mut connection.security;
        security.protocol = Protocol::SaslPlaintext;
        security.mechanism = Some(Mechanism::Plain);
        security.username = Some(user.to_owned());
        security.password = Some(Secret::from(password.to_owned()));
        connection
    }
}

/// A broker with TLS and access control: one listener wants a client's
/// certificate, the other a password (SCRAM), and rights are granted by ACL.
#[derive(Debug)]
pub struct SecureKafka {
    broker: RealKafka,
    tls: u16,
    scram: u16,
    certificates: Certificates,
}

impl SecureKafka {
    /// The broker that all tests of a test binary share.
    ///
    /// # Panics
    /// If it can't be started; the message says what to do.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<SecureKafka> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let certificates = Certificates::write(folder.path());
        let [open, sasl, controller] = free_ports();
        let [tls, scram] = free_ports();
        let plain = properties_text(folder.path(), open, sasl, controller);
        let text = secure_properties_text(&plain, tls, scram, &certificates);
        let broker = RealKafka::run(folder, &text, [open, sasl]);
        if !broker.is_up() {
            eprintln_log(broker.folder.path());
            panic!("Kafka didn't start; its log is above");
        }
        Self {
            broker,
            tls,
            scram,
            certificates,
        }
    }

    /// How an administrator reaches it.
    #[must_use]
    pub fn administrator(&self) -> Connection {
        self.broker.connection()
    }

    /// How to reach it over TLS with `pair`, or with no certificate of one's own.
    #[must_use]
    pub fn over_tls(&self, pair: Option<&Pair>) -> Connection {
        let mut connection = Connection::plaintext(format!("127.0.0.1:{}", self.tls));
        let security = &mut connection.security;
        security.protocol = Protocol::Ssl;
        security.ca_file = Some(self.certificates.authority.clone());
        security.certificate_file = pair.map(|pair| pair.certificate.clone());
        security.key_file = pair.map(|pair| pair.key.clone());
        connection
    }

    /// How to reach it over TLS as `user` with `password`.
    #[must_use]
    pub fn over_scram(&self, user: &str, password: &str) -> Connection {
        let mut connection = Connection::plaintext(format!("127.0.0.1:{}", self.scram));
        let security = &mut connection.security;
        security.protocol = Protocol::SaslSsl;
        security.mechanism = Some(Mechanism::ScramSha512);
        security.username = Some(user.to_owned());
        security.password = Some(Secret::from(password.to_owned()));
        security.ca_file = Some(self.certificates.authority.clone());
        connection
    }

    /// Certificates for [`SecureKafka::over_tls`]: a good one, one that has
    /// expired, one of an authority that the broker doesn't know.
    #[must_use]
    pub const fn pairs(&self) -> [&Pair; 3] {
        let certificates = &self.certificates;
        [
            &certificates.client,
            &certificates.expired,
            &certificates.foreign,
        ]
    }

    /// An authority that didn't sign the broker's certificate.
    #[must_use]
    pub fn foreign_authority(&self) -> PathBuf {
        self.certificates.foreign_authority.clone()
    }
}

impl Drop for RealKafka {
    fn drop(&mut self) {
        // The end of its input tells the keeper to kill the broker.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
        drop(self.disk.take());
    }
}

/// Formats the storage unless it is there, runs the broker, and kills it at the
/// end of the input; `keep` as input keeps the folder for another run.
/// $1 class path, $2 properties, $3 log, $4 folder.
const KEEPER: &str = r#"
if ! [ -e "$4/data/meta.properties" ]; then
    java -Xmx128m -XX:TieredStopAtLevel=1 -cp "$1" kafka.tools.StorageTool format \
        -t AAAAAAAAQACAAAAAAAAAAQ -c "$2" \
        --add-scram 'SCRAM-SHA-512=[name=ophef,password=correct horse]' \
        --add-scram 'SCRAM-SHA-512=[name=guest,password=correct horse]' \
        >"$3" 2>&1 </dev/null || exit 1
fi
java -Xmx384m -XX:TieredStopAtLevel=1 -cp "$1" kafka.Kafka "$2" >>"$3" 2>&1 </dev/null &
broker=$!
input=$(cat)
kill -9 "$broker"
wait "$broker"
[ "$input" = keep ] || rm -rf "$4"
"#;

fn keeper(folder: &Path) -> Child {
    Command::new("sh")
        .arg("-c")
        .arg(KEEPER)
        .arg("keeper")
        .arg(jars().join("*"))
        .arg(folder.join("server.properties"))
        .arg(folder.join("log"))
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh")
}

/// Ports that are free now. All are held until the last is found, so that they differ.
///
/// They lie below those that the system gives to outgoing connections (from 32,768 on):
/// while a broker is down, one of these could take its port, not least a client's that
/// tries to reach it.
fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    let random = || RandomState::new().hash_one(0) % 20_000;
    let listeners = [(); COUNT].map(|()| {
        let ports = std::iter::repeat_with(|| 12_000 + u16::try_from(random()).unwrap());
        let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok();
        ports.take(1_000).find_map(bind).expect("a free port")
    });
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the tests aren't a service with settings"
)]
fn jars() -> PathBuf {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/kafka/lib");
    let folder = std::env::var("OPHEF_KAFKA_LIB").map_or(default, PathBuf::from);
    let has_jars = fs::read_dir(&folder).is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|e| e.path().extension().is_some_and(|x| x == "jar")))
    });
    assert!(
        has_jars,
        "the tests need a real Kafka and there are no jars in {}: run `make kafka`",
        folder.display()
    );
    folder
}

fn eprintln_log(folder: &Path) {
    let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    let tail = lines[lines.len().saturating_sub(40)..].join("\n");
    let _ = writeln!(std::io::stderr(), "{tail}");
}
