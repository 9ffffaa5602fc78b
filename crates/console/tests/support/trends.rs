//! What is said of brands over weeks, on pages and for programs.

use serde_json::Value;

use crate::support::{Console, at, insight};

/// A brand in which nothing rises by itself and of which little is heard.
fn quiet() -> Value {
    let mut quiet = insight("quiet", "depot");
    quiet["aspects"] = Value::Array(Vec::new());
    quiet["rising"] = Value::Array(Vec::new());
    quiet["campaigns"] = Value::Array(Vec::new());
    quiet["coverage"]["is_too_little"] = true.into();
    quiet
}

#[test]
fn what_is_said_of_a_brand_over_weeks_is_told() {
    let console = Console::reading();
    assert!(
        console
            .get("/trends")
            .body
            .contains("does `ophef run insight` run?")
    );
    assert_eq!(console.get("/trends/acme").status, 404);
    console.tell(&insight("acme", "depot"));
    console.tell(&quiet());
    let page = console.get("/trends/acme").body;
    for text in [
        "700 mentions in seven days; of customers&#39; own, 20% are negative; in the seven before 10%.",
        "Complaints about price are more than their past explains, since Sun 1 Mar 22:30: in 31 of 200 mentions, where 1.2% was expected.",
        "<li>app and site: from Sun 1 Mar 09:00 to Sun 1 Mar 14:00</li>",
        "<th scope=\"row\">depot</th><td class=\"number\">16.0×</td><td class=\"number\">40</td><td class=\"number\">2.5</td><td class=\"number\">75%</td>",
        "<th scope=\"row\">price</th><td class=\"number\">61</td><td class=\"number\">7</td><td class=\"number\">4</td><td class=\"number\">3</td><td><span class=\"pill s2\">rises</span></td>",
        "<th scope=\"row\">depot depot</th><td class=\"number\">5</td>",
        "<dt>Complaints this week</dt><dd>61</dd>",
        "<strong>50%</strong>",
        "<td class=\"number\">3</td><td class=\"number\">7</td><td>they do</td>",
        "<dt>This week and the three before</dt><dd>1,234</dd>",
        "<dt>Loyal advocates</dt><dd>3.1%</dd>",
        "12.5% of the mentions say it in a picture or film",
        "Silent far longer than usual: TikTok.",
        "Only a sample is seen of: Instagram.",
        "2 mentions came too late to be counted.",
        "aria-label=\"Mentions a day\"",
    ] {
        assert!(page.contains(text), "no {text}: {page}");
    }
    assert!(page.len() < 100_000, "{} bytes", page.len());
    let dutch = console.get("/trends/acme?lang=nl").body;
    assert!(
        dutch.contains("wordt er meer over prijs geklaagd dan te verwachten was: in 31 van de 200 berichten, tegen verwacht 1,2\u{a0}%."),
        "{dutch}"
    );
    assert!(dutch.contains("12,5\u{a0}% van de berichten"), "{dutch}");
    let calm = console.get("/trends/quiet").body;
    assert!(
        calm.contains("No aspect&#39;s complaints are more than their past explains."),
        "{calm}"
    );
    assert!(calm.contains("There are too few mentions to judge the mood by."));
}

#[test]
fn what_campaigns_brought_and_what_was_said_of_them_is_told() {
    let console = Console::reading();
    console.tell(&insight("acme", "depot"));
    let page = console.get("/trends/acme").body;
    for text in [
        "<li>The campaign depot backfires since Sun 1 Mar 22:30: 31 of 40 mentions of it were negative, where 12% was expected; and it had 240 clicks since then, where 61.5 are usual in the same hours.</li>",
        "<p class=\"fault\">depot oud backfired from Mon 23 Feb 18:00 to Mon 23 Feb 19:40: 30 of 41 mentions of it were negative, where 12% was expected; and it had 9,000 impressions since then, with no day before to hold them against.</p>",
        "<h3>1. depot <span class=\"pill s3\">backfires</span></h3>",
        "<dt>Impressions</dt><dd>12,000</dd>",
        "<dt>Conversions</dt><dd>10</dd>",
        "<dt>Engagement rate</dt><dd>4.00%</dd>",
        "<dt>Click-through</dt><dd>2.58%</dd>",
        "<dt>Conversion</dt><dd>3.23%</dd>",
        "<dt>Spend</dt><dd>EUR\u{a0}1,048.50, depot\u{a0}2.00</dd>",
        "<th scope=\"row\">before</th><td class=\"number\">10% (8% – 12%)</td><td class=\"number\">70</td><td class=\"number\">700</td>",
        "<th scope=\"row\">during</th><td class=\"number\"><span class=\"pill s0\">too few to judge</span> 25% (9% – 53%)</td><td class=\"number\">3</td><td class=\"number\">12</td>",
        "<th scope=\"row\">after</th><td class=\"number\">–</td><td class=\"number\">0</td><td class=\"number\">0</td>",
        // Conversions without clicks have no rate.
        "<th scope=\"row\">Facebook</th><td class=\"number\">0</td><td class=\"number\">0</td><td class=\"number\">–</td><td class=\"number\">0</td><td class=\"number\">–</td><td class=\"number\">1</td><td class=\"number\">–</td>",
        "<th scope=\"row\">10,000 to 100,000</th><td>yes</td><td class=\"number\">2</td><td class=\"number\">21,000</td><td class=\"number\">742</td><td class=\"number\">50</td><td class=\"number\">70% (56% – 81%)</td>",
        "<td class=\"number\">5</td><td class=\"number\"><span class=\"pill s0\">too few to judge</span> 60% (23% – 88%)</td><td><code>depot</code></td>",
        "aria-label=\"Share of negatives by day\"",
    ] {
        assert!(page.contains(text), "no {text}: {page}");
    }
    let dutch = console.get("/trends/acme?lang=nl").body;
    for text in [
        "De campagne depot werkt averechts sinds zo 1 mrt 22:30: 31 van de 40 berichten erover waren negatief, waar 12\u{a0}% te verwachten was; en er waren sindsdien 240 kliks, tegen gewoonlijk 61,5 in dezelfde uren.",
        "<dt>Doorklikratio</dt><dd>2,58\u{a0}%</dd>",
        "<span class=\"pill s0\">te weinig</span>",
    ] {
        assert!(dutch.contains(text), "no {text}: {dutch}");
    }
    // A summary of a version that knew of no campaigns.
    let mut none = insight("acme", "depot");
    for field in ["campaigns", "influence"] {
        none.as_object_mut().unwrap().remove(field);
    }
    console.tell(&none);
    let page = console.get("/trends/acme").body;
    for text in [
        "No totals of campaigns came for this brand.",
        "<code>POST /v1/campaign-events</code> or <code>ophef.campaign-events.v1</code>",
        "No partner and no account with 10,000 followers or more posted in 28 days.",
        "<code>\"role\": \"partner\"</code>",
    ] {
        assert!(page.contains(text), "no {text}: {page}");
    }
    assert!(!page.contains("Share of negatives by day"));
}

#[test]
fn what_is_said_of_all_brands_is_told() {
    let console = Console::reading();
    console.tell(&insight("acme", "depot"));
    console.tell(&quiet());
    let list = console.get("/trends").body;
    assert!(
        list.contains("more than their past explains: 1 of 2."),
        "{list}"
    );
    let [acme, quiet] =
        ["acme", "quiet"].map(|brand| list.find(&format!("/trends/{brand}\"")).unwrap());
    assert!(acme < quiet, "what rises comes first");
    assert!(
        list.contains("<span class=\"pill s3\">backfires: depot</span>"),
        "{list}"
    );
    // What is over backfires no more.
    assert!(!list.contains("depot oud"), "{list}");
    // The one rises at acme alone; the other too little at each, and so at both.
    assert!(list.contains("<th scope=\"row\">depot overal</th><td class=\"number\">8.0×</td><td class=\"number\">12</td><td class=\"number\">2</td><td class=\"number\">50%</td>"), "{list}");
    assert!(!list.contains("<th scope=\"row\">depot</th>"), "{list}");
    assert!(list.contains("<th scope=\"row\">price</th><td class=\"number\">61</td><td class=\"number\">7</td><td class=\"number\">1</td>"), "{list}");
    let json = console.get("/api/v1/trends/acme").json();
    assert_eq!(
        (json["share_of_voice"].as_f64(), &json["insight"]["brand"]),
        (Some(0.5), &"acme".into())
    );
    assert_eq!(console.get("/api/v1/trends/nobody").status, 404);
    let all = console.get("/api/v1/trends").json();
    assert_eq!(all["brands"][0]["rising_aspects"][0], "price");
    assert_eq!(
        (&all["rising"][0]["term"], &all["rising"][0]["count"]),
        (&"depot overal".into(), &12.into())
    );
    assert_eq!(all["aspects"][0]["rising"], 1);
    assert_eq!(all["brands"][1]["is_too_little"], true);
    // What was told more than a day ago isn't of the same time.
    let mut old = insight("quiet", "depot");
    old["at"] = serde_json::to_value(at(-1_500)).unwrap();
    console.tell(&old);
    let all = console.get("/api/v1/trends").json();
    assert_eq!(all["rising"].as_array().unwrap().len(), 0);
}
