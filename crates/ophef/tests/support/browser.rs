//! A real Chromium, driven by its own `WebDriver`.

use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};

use crate::monitoring::wait_for;
use crate::support::free_address;

/// The driver; it and all browsers it has started end with this value, or with the test
/// however that ends.
pub(crate) struct Driver {
    process: Child,
    url: String,
}

/// How a browser is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Browser {
    /// Width and height of the page, pixels of CSS.
    pub(crate) size: (u32, u32),
    pub(crate) is_dark: bool,
    pub(crate) has_scripts: bool,
    pub(crate) is_phone: bool,
    /// As in `Accept-Language`.
    pub(crate) language: &'static str,
}

impl Driver {
    /// The driver, or none if this machine has no Chromium. `OPHEF_REQUIRE_BROWSER` makes
    /// that a failure.
    pub(crate) fn start() -> Option<Self> {
        let has = |program: &str| {
            let mut command = Command::new(program);
            let command = command
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        if !has("chromedriver") || !has("chromium") {
            let is_required = std::env::var("OPHEF_REQUIRE_BROWSER").is_ok_and(|v| v == "1");
            assert!(!is_required, "no Chromium: run `deploy/need.sh browser`");
            eprintln!("*** SKIPPED: no Chromium. Run `deploy/need.sh browser` to have it. ***");
            return None;
        }
        let address = free_address();
        let process = Command::new("sh")
            .args(["-c", "\"$@\" </dev/null & read -r end; kill -9 0", "sh"])
            .args(["chromedriver", &format!("--port={}", address.port())])
            // Killed as a group, so that no browser outlives its driver.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_for("driver", Duration::from_secs(30), || {
            TcpStream::connect(address).ok()
        });
        let url = format!("http://{address}");
        Some(Self { process, url })
    }

    /// A new browser.
    pub(crate) async fn open(&self, browser: Browser) -> Client {
        let (width, height) = browser.size;
        let mut args = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--hide-scrollbars".to_owned(),
            format!("--window-size={width},{height}"),
            format!("--lang={}", browser.language),
        ];
        if browser.is_dark {
            args.push("--force-dark-mode".to_owned());
        }
        let mut options = json!({"args": args, "prefs": {
            "intl.accept_languages": browser.language,
            // 1 lets scripts run, 2 doesn't.
            "profile.managed_default_content_settings.javascript":
                if browser.has_scripts { 1 } else { 2 }}});
        if browser.is_phone {
            options["mobileEmulation"] = json!({"deviceMetrics":
                {"width": width, "height": height, "pixelRatio": 2.0}});
        }
        let mut capabilities = Map::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let builder = builder.capabilities(capabilities);
        let opening = builder.connect(&self.url);
        let opened = tokio::time::timeout(Duration::from_secs(60), opening).await;
        opened.expect("a browser within a minute").unwrap()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// What a script says of the page.
pub(crate) async fn ask(client: &Client, script: &str) -> Value {
    client.execute(script, Vec::new()).await.unwrap()
}
