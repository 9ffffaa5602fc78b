//! Apache Kafka as a child process: one node, KRaft, on free loopback ports.

use std::fs;
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
use crate::{Pair, Proxy};

/// How long the broker may take to answer; it takes 3 s on a quiet machine.
const START: Duration = Duration::from_secs(90);
/// Tries in case another process takes a port that was free a moment ago.
const TRIES: usize = 3;

/// User and password of the listener that asks for them.
const USER: (&str, &str) = ("ophef", "correct horse");

/// A running broker. It ends with this value or with the process, whichever is
/// first, however the process ends.
#[derive(Debug)]
pub struct RealKafka {
    /// A shell that waits for the end of its input, then kills the broker.
    keeper: Child,
    folder: TempDir,
    open: u16,
    sasl: u16,
}

/// What a broker has beside the usual.
#[derive(Debug, Default)]
struct Extras<'a> {
    /// A listener that is reached through it.
    proxy: Option<&'a Proxy>,
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
        Self::start_with(&Extras { proxy: Some(proxy) })
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
        Self::run(folder, &text, [open, sasl])
    }

    fn run(folder: TempDir, properties: &str, [open, sasl]: [u16; 2]) -> Self {
        let path = folder.path().join("server.properties");
        fs::write(path, properties).expect("a temporary file");
        let keeper = keeper(folder.path());
        Self {
            keeper,
            folder,
            open,
            sasl,
        }
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
        assert!(self.is_up(), "the broker didn't come back");
    }

    fn is_up(&self) -> bool {
        let deadline = Instant::now() + START;
        let connection = self.connection();
        while Instant::now() < deadline {
            if admin::reach(&connection, Duration::from_secs(1)).is_ok() {
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
java -Xmx256m -XX:TieredStopAtLevel=1 -cp "$1" kafka.Kafka "$2" >>"$3" 2>&1 </dev/null &
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

fn properties_text(folder: &Path, open: u16, sasl: u16, controller: u16) -> String {
    let (user, password) = USER;
    let data = folder.join("data");
    format!(
        r#"process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{open},SASL_PLAINTEXT://127.0.0.1:{sasl},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{open},SASL_PLAINTEXT://127.0.0.1:{sasl}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{password}";
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
group.consumer.min.session.timeout.ms=1000
group.consumer.session.timeout.ms=2000
group.consumer.min.heartbeat.interval.ms=100
group.consumer.heartbeat.interval.ms=500
auto.create.topics.enable=false
log.cleaner.backoff.ms=2000
"#,
        data = data.display()
    )
}

/// The settings `plain` with one more listener at `port`, which clients reach at
/// `proxy`.
fn proxied_properties_text(plain: &str, port: u16, proxy: u16) -> String {
    let lines = plain.lines().map(|line| match line.split_once('=') {
        Some(("listeners", _)) => format!("{line},PROXIED://127.0.0.1:{port}"),
        Some(("advertised.listeners", _)) => format!("{line},PROXIED://127.0.0.1:{proxy}"),
        Some(("listener.security.protocol.map", _)) => format!("{line},PROXIED:PLAINTEXT"),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The settings `plain` with two more listeners, over TLS, and access control. The
/// guest may do nothing, whoever isn't the guest everything.
fn secure_properties_text(plain: &str, tls: u16, scram: u16, files: &Certificates) -> String {
    let more = format!(",TLS://127.0.0.1:{tls},SCRAM://127.0.0.1:{scram}");
    let broker = files.broker.display();
    let authority = files.authority.display();
    let (user, _) = USER;
    let lines = plain.lines().map(|line| match line.split_once('=') {
        Some(("listeners" | "advertised.listeners", _)) => format!("{line}{more}"),
        Some(("listener.security.protocol.map", _)) => {
            format!("{line},TLS:SSL,SCRAM:SASL_SSL")
        }
        _ => line.to_owned(),
    });
    let listeners = ["tls", "scram"].map(|listener| {
        format!(
            "listener.name.{listener}.ssl.keystore.type=PEM\n\
             listener.name.{listener}.ssl.keystore.location={broker}\n\
             listener.name.{listener}.ssl.truststore.type=PEM\n\
             listener.name.{listener}.ssl.truststore.location={authority}"
        )
    });
    let rest = format!(
        "listener.name.tls.ssl.client.auth=required\n\
         listener.name.scram.sasl.enabled.mechanisms=SCRAM-SHA-512\n\
         listener.name.scram.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;\n\
         authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n\
         super.users=User:ANONYMOUS;User:{user};User:CN=client\n"
    );
    let all = lines.chain(listeners).chain([rest]);
    all.collect::<Vec<_>>().join("\n")
}

/// Ports that are free now. All are held until the last is found, so that they
/// differ.
fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    let listeners = [(); COUNT].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
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
