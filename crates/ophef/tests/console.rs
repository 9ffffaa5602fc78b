//! The console as people see it: the demo's, in a real Chromium.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and says so"
)]

#[path = "support/browser.rs"]
mod browser;
#[path = "support/monitoring.rs"]
#[allow(dead_code, reason = "only its waiting and its addresses are used here")]
mod monitoring;
mod support;
#[path = "support/trends_pages.rs"]
mod trends_pages;

use std::collections::BTreeSet;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use browser::{Browser, Driver, ask};
use fantoccini::elements::Element;
use fantoccini::{Client, Locator};
use mention::Record;
use monitoring::{get, wait_for};
use sample::{PlantedKind, Week};
use serde_json::Value;
use support::{free_address, ophef};

const WITHIN: Duration = Duration::from_secs(90);
const TOKEN: &str = "a-token-for-the-tests";
/// The most that a spike's page may ask for beside itself, and that it may weigh with all of
/// it, bytes: what keeps it fast on every machine.
const PARTS: f64 = 4.0;
const WEIGHT: f64 = 100_000.0;

const DESK: Browser = Browser {
    size: (1_280, 1_500),
    is_dark: false,
    has_scripts: true,
    is_phone: false,
    language: "en",
};
const PHONE: Browser = Browser {
    size: (360, 740),
    is_dark: true,
    is_phone: true,
    language: "nl",
    ..DESK
};

/// A demo that has played its recording, or does.
struct Demo {
    child: Child,
    console: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Demo {
    fn start(lines: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let recording = folder.path().join("recording.jsonl");
        std::fs::write(&recording, lines).unwrap();
        let config = folder.path().join("ophef.toml");
        let text = format!(
            "[score]\nspans = 6\n[console]\ntoken = \"{TOKEN}\"\n\
             grafana_url = \"http://localhost:3000\"\n\
             runbooks_url = \"http://localhost:3000/public/runbooks\"\n{more}"
        );
        std::fs::write(&config, text).unwrap();
        let (console, listen) = (free_address(), free_address());
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = ophef(&["--config", config.to_str().unwrap(), "demo", "--headless"])
            .args(["--speed", "max", "--from", recording.to_str().unwrap()])
            .args(["--console", &console.to_string()])
            .args(["--listen", &listen.to_string()])
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self {
            child,
            console,
            _folder: folder,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.console)
    }

    /// The open wave's id, once all has been played.
    fn wave(&self) -> String {
        let mut last = (String::new(), 0);
        wait_for("open wave", WITHIN, || {
            let (_, body) = get(self.console, "/api/v1/spikes?open=1&kind=complaint_wave")?;
            let found: Value = serde_json::from_str(&body).ok()?;
            let spike = &found["spikes"][0];
            let now = (
                spike["id"].as_str()?.to_owned(),
                spike["observed"]["total"].as_u64()?,
            );
            let is_still = last == now && now.1 > 200;
            last = now;
            std::thread::sleep(Duration::from_millis(900));
            is_still.then(|| last.0.clone())
        })
    }

    /// A program's response.
    fn respond(&self, spike: &str, body: &str) {
        let mut stream = TcpStream::connect(self.console).unwrap();
        write!(
            stream,
            "POST /api/v1/spikes/{spike}/feedback HTTP/1.0\r\nhost: localhost\r\n\
             authorization: Bearer {TOKEN}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The bundled week up to an hour into the wave.
fn week_until_the_wave() -> String {
    let planted = sample::planted().iter();
    let wave = planted
        .clone()
        .find(|planted| planted.kind == PlantedKind::DeliveryWave);
    let until = wave
        .unwrap()
        .from(sample::DEFAULT_START)
        .plus_millis(4_500_000);
    let is_before = |line: &String| match mention::parse(line.as_bytes()) {
        Ok(Record::Mention(mention)) => mention.created_at < until,
        _ => true,
    };
    let lines = Week::new(4, sample::DEFAULT_START).filter(is_before);
    lines.flat_map(|line| [line, "\n".to_owned()]).collect()
}

/// Nothing that the checks know is wrong with the page.
async fn check(client: &Client, page: &str) {
    let faults = ask(client, include_str!("support/checks.js")).await;
    assert_eq!(faults, Value::Array(Vec::new()), "{page}");
}

/// Keeps a picture of the page, in the folder that `OPHEF_PICTURES` names if it does.
async fn keep(client: &Client, name: &str) {
    let picture = client.screenshot().await.unwrap();
    assert!(picture.len() > 10_000, "{name} is empty");
    if let Some(folder) = std::env::var_os("OPHEF_PICTURES") {
        let path: PathBuf = Path::new(&folder).join(format!("console-{name}.png"));
        std::fs::write(path, picture).unwrap();
    }
}

/// The page is small and needs little. How long it takes depends on what else the machine
/// does, so that is told and not judged: the middle of five times.
async fn check_weight(client: &Client, url: &str) {
    let mut times = Vec::new();
    let (mut weight, mut count) = (0.0, 0.0);
    for _ in 0..5 {
        client.goto(url).await.unwrap();
        let script = "const [page] = performance.getEntriesByType('navigation'); \
             const parts = performance.getEntriesByType('resource'); \
             const size = (entry) => entry.encodedBodySize + 300; \
             return [page.loadEventStart, size(page) + parts.map(size).reduce((a, b) => a + b, 0), \
             parts.length]";
        let measured = ask(client, script).await;
        times.push(measured[0].as_f64().unwrap());
        weight = measured[1].as_f64().unwrap().max(weight);
        count = measured[2].as_f64().unwrap().max(count);
    }
    times.sort_by(f64::total_cmp);
    eprintln!(
        "{url}: {:.0} ms, {count} parts, {weight:.0} bytes",
        times[2]
    );
    assert!(count <= PARTS, "{count} parts");
    assert!(weight < WEIGHT, "{weight} bytes");
}

/// By the tabulator everything is reached that can be used, in the order of the page, and
/// it shows where one is.
async fn check_keyboard(client: &Client) {
    let script = "return [...document.querySelectorAll('a[href],button,input:not([type=hidden]),\
        select,summary,[tabindex=\"0\"]')].filter((n) => n.getClientRects().length).length";
    let count = usize::try_from(ask(client, script).await.as_u64().unwrap()).unwrap();
    assert!(count > 10, "{count}");
    let mut reached = BTreeSet::new();
    let mut last = -1;
    // A field for a day has three places of its own.
    for _ in 0..3 * count {
        if reached.len() == count {
            break;
        }
        let body = client.active_element().await.unwrap();
        body.send_keys("\u{e004}").await.unwrap();
        let script = "const node = document.activeElement; \
             const style = getComputedStyle(node); \
             return [[...document.querySelectorAll('*')].indexOf(node), \
                (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) \
                    || node.type === 'date', \
                node.outerHTML.slice(0, 120)]";
        let at = ask(client, script).await;
        assert_eq!(at[1], true, "nothing shows that one is at {}", at[2]);
        let place = at[0].as_i64().unwrap();
        assert!(place >= last, "{} comes out of order", at[2]);
        last = place;
        reached.insert(place);
    }
    assert_eq!(reached.len(), count);
}

/// What somebody does at a desk: reads, signs in, responds.
async fn at_a_desk(driver: &Driver, demo: &Demo, wave: &str) {
    let client = driver.open(DESK).await;
    for (name, path) in [
        ("now", "/".to_owned()),
        ("spikes", "/spikes?q=depot".to_owned()),
        ("spike", format!("/spikes/{wave}")),
        ("unanswered", "/unanswered".to_owned()),
        ("all-trends", "/trends".to_owned()),
        ("trends", "/trends/pluimvos".to_owned()),
        ("backtest", "/backtest".to_owned()),
        ("signin", "/signin".to_owned()),
        ("missing", "/missing".to_owned()),
    ] {
        client.goto(&demo.url(&path)).await.unwrap();
        check(&client, name).await;
        if ["now", "spike", "trends"].contains(&name) {
            keep(&client, name).await;
        }
    }
    check_weight(&client, &demo.url(&format!("/spikes/{wave}"))).await;
    client.goto(&demo.url("/spikes")).await.unwrap();
    check_keyboard(&client).await;
    sign_in_and_respond(&client, demo, wave).await;
    client.close().await.unwrap();
}

async fn sign_in_and_respond(client: &Client, demo: &Demo, wave: &str) {
    let page = demo.url(&format!("/spikes/{wave}"));
    client.goto(&page).await.unwrap();
    sign_in(client, "Noor").await;
    // Whether a click has led somewhere is known only when the page is there.
    wait_in(
        client,
        &format!("return location.href === '{page}' && document.readyState === 'complete' ? 1 : 0"),
    )
    .await;
    check(client, "spike, signed in").await;
    click(client, "button[name=acknowledged]").await;
    wait_in(
        client,
        "return document.querySelector('.pairs')?.textContent.includes('Noor') ? 1 : 0",
    )
    .await;
    check_that_it_comes_by_itself(client, demo, wave).await;
}

/// Somebody else's response comes by itself: nothing is clicked or loaded here.
async fn check_that_it_comes_by_itself(client: &Client, demo: &Demo, wave: &str) {
    let active = "document.activeElement.blur(); window.mark = 'kept'; return 1";
    ask(client, active).await;
    wait_in(
        client,
        "return document.getElementById('live').hidden ? 0 : 1",
    )
    .await;
    demo.respond(wave, r#"{"assigned_to":"Webcare <b>team</b>"}"#);
    wait_in(
        client,
        "return document.querySelector('.pairs').textContent.includes('Webcare <b>team</b>') ? 1 : 0",
    )
    .await;
    assert_eq!(ask(client, "return window.mark").await, "kept");
}

/// From a spike's page, by the form that it leads to.
async fn sign_in(client: &Client, name: &str) {
    click(client, "a.button[href^='/signin']").await;
    find(client, "#name").await.send_keys(name).await.unwrap();
    find(client, "#token").await.send_keys(TOKEN).await.unwrap();
    click(client, "main button").await;
}

/// Clicks the first element that a selector finds, found again if the page was replaced
/// in between.
async fn click(client: &Client, css: &str) {
    for _ in 0..100 {
        match find(client, css).await.click().await {
            Ok(()) => return,
            Err(error) if error.is_stale_element_reference() => {}
            Err(error) => panic!("{css}: {error}"),
        }
    }
    panic!("{css}: replaced again and again");
}

/// Waits until an element says what is looked for. No script runs here: where there are
/// none in the page, there may be none of the browser's driver either.
async fn wait_for_text(client: &Client, css: &str, expected: &str) {
    let mut said = Ok(String::new());
    for _ in 0..100 {
        // Between two pages the element is stale.
        said = find(client, css).await.text().await;
        if said.as_ref().is_ok_and(|said| said.contains(expected)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{expected} isn't in {css} within ten seconds, but {said:?}");
}

/// Waits until a click has led to a page.
async fn wait_for_page(client: &Client, page: &str) {
    let url = page.parse().unwrap();
    let there = client.wait().at_most(WITHIN).for_url(&url).await;
    there.unwrap_or_else(|error| panic!("{page}: {error}"));
}

/// The first element that a selector finds, waited for.
async fn find(client: &Client, css: &str) -> Element {
    let found = client
        .wait()
        .at_most(WITHIN)
        .for_element(Locator::Css(css))
        .await;
    found.unwrap_or_else(|error| panic!("{css}: {error}"))
}

/// Waits until a script says 1.
async fn wait_in(client: &Client, script: &str) {
    for _ in 0..100 {
        // Between two pages there is none to answer.
        let said = client.execute(script, Vec::new()).await;
        if said.is_ok_and(|said| said == 1) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not within ten seconds: {script}");
}

/// What somebody sees at night in bed, in Dutch.
async fn on_a_phone(driver: &Driver, demo: &Demo, wave: &str) {
    let client = driver.open(PHONE).await;
    for (name, path) in [
        ("phone-now", "/".to_owned()),
        ("phone-spike", format!("/spikes/{wave}")),
        ("phone-spikes", "/spikes".to_owned()),
        ("phone-unanswered", "/unanswered".to_owned()),
        ("phone-all-trends", "/trends".to_owned()),
        ("phone-trends", "/trends/pluimvos".to_owned()),
    ] {
        client.goto(&demo.url(&path)).await.unwrap();
        let lang = ask(&client, "return document.documentElement.lang").await;
        assert_eq!(lang, "nl");
        let is_dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
        assert_eq!(ask(&client, is_dark).await, true);
        check(&client, name).await;
        keep(&client, name).await;
    }
    client.close().await.unwrap();
    let dark = Browser {
        is_dark: true,
        ..DESK
    };
    let client = driver.open(dark).await;
    let page = demo.url(&format!("/spikes/{wave}"));
    client.goto(&page).await.unwrap();
    check(&client, "dark").await;
    keep(&client, "dark").await;
    client.close().await.unwrap();
}

/// Everything can be read and done where no script runs.
async fn without_scripts(driver: &Driver, demo: &Demo, wave: &str) {
    let client = driver
        .open(Browser {
            has_scripts: false,
            ..DESK
        })
        .await;
    let page = demo.url(&format!("/spikes/{wave}"));
    client.goto(&demo.url("/")).await.unwrap();
    let live = find(&client, "#live").await;
    assert!(!live.is_displayed().await.unwrap(), "a script ran");
    click(&client, ".cards a").await;
    wait_for_page(&client, &page).await;
    sign_in(&client, "Sam").await;
    click(&client, "button[value=useful]").await;
    wait_for_text(&client, ".pairs", "Useful, Sam").await;
    client.close().await.unwrap();
}

#[test]
fn people_read_and_respond_in_a_real_browser() {
    let Some(driver) = Driver::start() else {
        return;
    };
    // Stopped in the middle of the bundled week's wave of complaints.
    let demo = Demo::start(&week_until_the_wave(), "");
    let wave = demo.wave();
    let campaigns = Demo::start(&trends_pages::recording(), trends_pages::CONFIG);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let work = async {
            on_a_phone(&driver, &demo, &wave).await;
            at_a_desk(&driver, &demo, &wave).await;
            without_scripts(&driver, &demo, &wave).await;
            trends_pages::walk(&driver, &campaigns).await;
        };
        let done = tokio::time::timeout(Duration::from_secs(240), work).await;
        done.expect("all of it within four minutes");
    });
}
