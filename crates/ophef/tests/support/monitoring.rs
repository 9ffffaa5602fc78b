//! Prometheus and Alertmanager as child processes, with the configuration under
//! `deploy/`, and a receiver of webhooks.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::free_address;

/// How long a process may take to answer.
const START: Duration = Duration::from_secs(60);

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of the project.
pub(crate) fn read(path: &str) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A process that ends with this value, or with the test however that ends.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Process {
    /// Runs `command` in a shell that kills it at the end of its own input.
    pub(crate) fn start(command: &[&str], log: &Path) -> Self {
        let log = std::fs::File::create(log).unwrap();
        let child = Command::new("sh")
            .args(["-c", "\"$@\" </dev/null & read -r end; kill -9 $!", "sh"])
            .args(command)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        Self(child.unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Status and body that `address` answers to a GET.
pub(crate) fn get(address: SocketAddr, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .ok()?;
    // 1.0, so that the body comes in one piece.
    write!(stream, "GET {path} HTTP/1.0\r\nhost: localhost\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

/// Looks until there is something, for at most that long.
pub(crate) fn wait_for<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + within;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "no {what} within {within:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// One alert that was delivered.
#[derive(Debug, Clone)]
pub(crate) struct Delivered {
    pub(crate) at: Instant,
    pub(crate) receiver: String,
    pub(crate) alert: Value,
}

impl Delivered {
    pub(crate) fn label(&self, name: &str) -> &str {
        self.alert["labels"][name].as_str().unwrap_or_default()
    }

    pub(crate) fn annotation(&self, name: &str) -> &str {
        self.alert["annotations"][name].as_str().unwrap_or_default()
    }

    pub(crate) fn is_firing(&self) -> bool {
        self.alert["status"] == "firing"
    }
}

/// Takes webhooks, and answers the links of the alerts as Grafana would.
#[derive(Debug, Clone)]
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    delivered: Arc<Mutex<Vec<Delivered>>>,
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            delivered: Arc::default(),
        };
        let own = receiver.clone();
        // It ends with the process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = own.answer(stream);
            }
        });
        receiver
    }

    pub(crate) fn delivered(&self) -> Vec<Delivered> {
        self.delivered.lock().unwrap().clone()
    }

    fn answer(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream);
        let mut first = String::new();
        reader.read_line(&mut first)?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let path = first.split(' ').nth(1).unwrap_or_default();
        let status = if first.starts_with("POST") {
            self.take(path, &body);
            "200 OK"
        } else if is_served(path) {
            "200 OK"
        } else {
            "404 Not Found"
        };
        let mut stream = reader.into_inner();
        write!(
            stream,
            "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
    }

    fn take(&self, path: &str, body: &[u8]) {
        let message: Value = serde_json::from_slice(body).unwrap_or_default();
        let mut delivered = self.delivered.lock().unwrap();
        for alert in message["alerts"].as_array().into_iter().flatten() {
            delivered.push(Delivered {
                at: Instant::now(),
                receiver: path.trim_start_matches('/').to_owned(),
                alert: alert.clone(),
            });
        }
    }
}

/// A runbook that there is, or a dashboard asked for with variables that it has.
fn is_served(path: &str) -> bool {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if let Some(book) = path.strip_prefix("/runbooks/") {
        return root().join("docs/runbooks").join(book).is_file();
    }
    let Some(name) = path.strip_prefix("/d/ophef-") else {
        return false;
    };
    let file = root().join(format!("deploy/grafana/dashboards/{name}.json"));
    let Ok(text) = std::fs::read_to_string(file) else {
        return false;
    };
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let names: BTreeSet<&str> = variables
        .iter()
        .filter_map(|v| v["name"].as_str())
        .collect();
    let mut asked = query.split('&').filter(|part| !part.is_empty());
    asked.all(|part| {
        let name = part
            .strip_prefix("var-")
            .and_then(|part| part.split_once('='));
        name.is_some_and(|(name, value)| names.contains(name) && !value.is_empty())
    })
}

/// Prometheus and Alertmanager.
#[derive(Debug)]
pub(crate) struct Monitoring {
    pub(crate) prometheus: SocketAddr,
    pub(crate) alertmanager: SocketAddr,
    _processes: [Process; 2],
}

impl Monitoring {
    /// Starts both for the services at these addresses, with the files under `deploy/`;
    /// only addresses and waiting times are others.
    pub(crate) fn start(
        folder: &Path,
        services: &[(&str, SocketAddr)],
        console: SocketAddr,
        to: &Receiver,
    ) -> Self {
        let (prometheus, alertmanager) = (free_address(), free_address());
        let mut config = read("deploy/prometheus/prometheus.yml")
            .replace("_interval: 5s", "_interval: 1s")
            .replace(
                "http://localhost:3000/public/runbooks",
                &format!("http://{}/runbooks", to.address),
            )
            .replace("http://localhost:3000", &format!("http://{}", to.address))
            .replace("http://localhost:8484", &format!("http://{console}"))
            .replace("alertmanager:9093", &alertmanager.to_string());
        for (service, address) in services {
            let before = config.len();
            config = config.replace(&format!("\"{service}:9464\""), &format!("\"{address}\""));
            assert_ne!(before, config.len(), "{service} isn't scraped");
        }
        // A quarter of an hour of silence in a quarter of a minute.
        let rules = read("deploy/prometheus/rules.yml")
            .replace("[15m])) or vector(0)", "[15s])) or vector(0)");
        std::fs::write(folder.join("prometheus.yml"), config).unwrap();
        std::fs::write(folder.join("rules.yml"), rules).unwrap();
        let shipped = read("deploy/alertmanager/alertmanager.yml");
        let (routes, receivers) = shipped.split_once("\nreceivers:\n").unwrap();
        let mut config = routes
            .replace("group_wait: 5s", "group_wait: 1s")
            .replace("group_interval: 1m", "group_interval: 2s")
            .replace("templates: [templates/*.tmpl]", "")
            + "\nreceivers:\n";
        for line in receivers.lines() {
            if let Some(name) = line.strip_prefix("  - name: ") {
                config += &format!(
                    "  - name: {name}\n    webhook_configs: [{{ url: \"http://{}/{name}\" }}]\n",
                    to.address
                );
            }
        }
        std::fs::write(folder.join("alertmanager.yml"), config).unwrap();
        let path = |name: &str| folder.join(name).display().to_string();
        let of_alertmanager = Process::start(
            &[
                "prometheus-alertmanager",
                &format!("--config.file={}", path("alertmanager.yml")),
                &format!("--storage.path={}", path("alerts")),
                &format!("--web.listen-address={alertmanager}"),
                "--cluster.listen-address=",
            ],
            &folder.join("alertmanager.log"),
        );
        let of_prometheus = Process::start(
            &[
                "prometheus",
                &format!("--config.file={}", path("prometheus.yml")),
                &format!("--storage.tsdb.path={}", path("series")),
                &format!("--web.listen-address={prometheus}"),
                "--enable-feature=exemplar-storage",
            ],
            &folder.join("prometheus.log"),
        );
        for address in [prometheus, alertmanager] {
            wait_for("answer", START, || {
                get(address, "/-/ready").filter(|(status, _)| *status == 200)
            });
        }
        Self {
            prometheus,
            alertmanager,
            _processes: [of_alertmanager, of_prometheus],
        }
    }

    /// What Prometheus answers to an expression: the series found.
    pub(crate) fn query(&self, expression: &str) -> Vec<Value> {
        let path = format!("/api/v1/query?query={}", encoded(expression));
        let (status, body) = get(self.prometheus, &path).unwrap_or_default();
        assert_eq!(status, 200, "{expression}: {body}");
        let answer: Value = serde_json::from_str(&body).unwrap();
        answer["data"]["result"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    }

    /// Exemplars of a metric's buckets in the last ten minutes.
    pub(crate) fn exemplars(&self, metric: &str) -> Vec<Value> {
        let path = format!("/api/v1/query_exemplars?query={metric}&start=0&end=9999999999");
        let (_, body) = get(self.prometheus, &path).unwrap_or_default();
        let answer: Value = serde_json::from_str(&body).unwrap_or_default();
        answer["data"].as_array().cloned().unwrap_or_default()
    }

    /// Alerts that Alertmanager holds back because of others.
    pub(crate) fn inhibited(&self) -> Vec<Value> {
        let (_, body) = get(self.alertmanager, "/api/v2/alerts").unwrap_or_default();
        let alerts: Value = serde_json::from_str(&body).unwrap_or_default();
        let alerts = alerts.as_array().cloned().unwrap_or_default();
        let is_inhibited = |alert: &Value| {
            let by = alert["status"]["inhibitedBy"].as_array();
            by.is_some_and(|by| !by.is_empty())
        };
        alerts.into_iter().filter(is_inhibited).collect()
    }
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02X}");
        }
    }
    out
}
