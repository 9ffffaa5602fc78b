//! `/trends` and `/trends/BRAND` in a browser: every part of them, filled.

use fantoccini::Client;
use mention::EventTime;
use serde_json::{Value, json};

use crate::browser::{Browser, Driver, ask};
use crate::monitoring::{get, wait_for};
use crate::{DESK, Demo, PHONE, WITHIN, check, keep};

/// What the demo is told beside what every one is: whom the brand is compared with.
pub(crate) const CONFIG: &str =
    "[[brand]]\nslug = \"pluimvos\"\nnames = [\"Pluimvos\"]\ncompetitors = [\"Kwikzaad\"]\n";

/// The parts of a brand's page by the ids of their headings, in their order, each with what
/// is found in it: a selector, and a piece of its text.
const PARTS: [(&str, &str, &str); 9] = [
    ("days", "svg", "negative"),
    ("aspects", "tbody th", "price"),
    ("wishes", "tbody td", "avondlevering"),
    ("others", "tbody th", "Kwikzaad"),
    ("campaigns", ".fault", "tuinweek backfired from"),
    ("campaigns", "h3", "lentekriebels"),
    ("influence", "tbody th", "10,000 to 100,000"),
    ("people", "dt", "Different authors"),
    ("blind", "li", "picture or film"),
];

/// The bundled campaigns' days, with wishes and comparisons on the last of them.
pub(crate) fn recording() -> String {
    const TOWNS: [&str; 8] = [
        "Utrecht", "Gent", "Zwolle", "Breda", "Assen", "Hoorn", "Tiel", "Sneek",
    ];
    let told = sample::adverts(sample::DEFAULT_START).into_iter();
    let mut lines: Vec<String> = told.map(|told| told.line()).collect();
    let last = sample::DEFAULT_START.plus_millis(10 * EventTime::DAY_MS);
    for (number, town) in TOWNS.iter().enumerate() {
        for (kind, text) in [
            "Ik zou willen dat Pluimvos een avondlevering had",
            "Pluimvos is een stuk beter dan Kwikzaad",
        ]
        .iter()
        .enumerate()
        {
            let minute = i64::try_from(number * 2 + kind).unwrap();
            let id = format!("more-{number}-{kind}");
            let mention = json!({"id": id, "brand": "pluimvos", "platform": "facebook",
                "created_at": last.plus_millis(minute * EventTime::MINUTE_MS),
                "author": {"id": id, "followers": 90},
                "text": format!("{text}, hier in {town} tenminste")});
            lines.push(mention.to_string());
        }
    }
    lines.join("\n")
}

/// Waits until the summary tells the end of the recording.
fn wait_until_told(demo: &Demo) {
    wait_for("summary of all days", WITHIN, || {
        let (_, body) = get(demo.console, "/api/v1/trends/pluimvos")?;
        let found: Value = serde_json::from_str(&body).ok()?;
        let insight = &found["insight"];
        let named = insight["competitors"][0]["mentions"].as_u64();
        let campaigns = insight["campaigns"].as_array()?;
        let over = |one: &Value| !one["backfire"]["until"].is_null();
        // The very last may still wait for the next summary.
        (named >= Some(7) && campaigns.iter().any(over)).then_some(())
    });
}

/// Every part is there, is readable, and fits, at a desk and on a phone, by day and at
/// night; without a script, too.
pub(crate) async fn walk(driver: &Driver, demo: &Demo) {
    wait_until_told(demo);
    let url = demo.url("/trends/pluimvos");
    at_a_desk(driver, &url).await;
    on_a_phone(driver, demo, &url).await;
    without_scripts(driver, &url).await;
}

async fn at_a_desk(driver: &Driver, url: &str) {
    let client = driver.open(DESK).await;
    client.goto(url).await.unwrap();
    for (id, css, text) in PARTS {
        let script = format!(
            "return [...document.getElementById('{id}').closest('section')\
             .querySelectorAll('{css}')].map((node) => node.textContent).join(' | ')"
        );
        let said = ask(&client, &script).await;
        assert!(said.as_str().unwrap().contains(text), "{id}: {said}");
    }
    check(&client, "campaigns").await;
    show(&client, "campaigns").await;
    keep(&client, "campaigns").await;
    client.close().await.unwrap();
}

async fn on_a_phone(driver: &Driver, demo: &Demo, url: &str) {
    let client = driver.open(PHONE).await;
    for page in [&demo.url("/trends"), url] {
        client.goto(page).await.unwrap();
        check(&client, page).await;
    }
    let said = "return document.querySelector('#campaigns ~ .campaign .fault').textContent";
    let said = ask(&client, said).await;
    assert!(
        said.as_str().unwrap().contains("werkte averechts"),
        "{said}"
    );
    // What is folded away fits as well.
    let open = "document.querySelectorAll('details').forEach((one) => one.open = true); return 1";
    ask(&client, open).await;
    check(&client, "all of a brand's trends").await;
    show(&client, "campaigns").await;
    keep(&client, "phone-campaigns").await;
    client.close().await.unwrap();
}

/// What is folded away opens where no script runs.
async fn without_scripts(driver: &Driver, url: &str) {
    let client = driver
        .open(Browser {
            has_scripts: false,
            ..DESK
        })
        .await;
    client.goto(url).await.unwrap();
    crate::click(&client, ".campaign summary").await;
    let table = crate::find(&client, ".campaign details table").await;
    assert!(table.is_displayed().await.unwrap());
    assert!(table.text().await.unwrap().contains("Instagram"));
    client.close().await.unwrap();
}

/// Moves a heading to the top of the window.
async fn show(client: &Client, id: &str) {
    let script = format!("document.getElementById('{id}').scrollIntoView(); return 1");
    ask(client, &script).await;
}
