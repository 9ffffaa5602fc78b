use mention::{Label, Platform};
use sentiment::{Model, Scorer};

use super::*;

/// Says what a text begins with; a text with *poison* fails the whole batch.
#[derive(Debug, Default)]
struct Fake {
    nap: Duration,
    batches: std::sync::Arc<std::sync::Mutex<Vec<usize>>>,
}

impl Classify for Fake {
    fn name(&self) -> &str {
        "fake@1"
    }

    fn classify(&mut self, texts: &[&str]) -> Result<Vec<Probabilities>, String> {
        self.batches.lock().unwrap().push(texts.len());
        for _ in texts {
            std::thread::sleep(self.nap);
        }
        if texts.iter().any(|text| text.contains("poison")) {
            return Err("poisoned".to_owned());
        }
        let of = |text: &&str| {
            if text.starts_with("bad") {
                Probabilities::from_weights(8.0, 1.0, 1.0)
            } else {
                Probabilities::from_weights(1.0, 1.0, 1.0)
            }
        };
        Ok(texts.iter().map(of).collect())
    }
}

fn bounds() -> Bounds {
    Bounds {
        below_confidence: 1.1,
        max_share: 1.0,
        max_latency: None,
    }
}

fn rules(uncertain: Option<Bounds>) -> Rules {
    Rules {
        uncertain,
        languages: vec!["nl".to_owned()],
        batch: 8,
    }
}

fn cascade(rules: Rules, model: Fake, registry: &Registry) -> Cascade<usize> {
    Cascade::new(Box::new(model), rules, registry).unwrap()
}

fn score(confidence: f64) -> Score<'static> {
    let mut scorer = Scorer::new(std::sync::Arc::new(Model::embedded().unwrap()));
    let mut score = scorer.score(&Post::new("pakket te laat bezorgd, waardeloos"));
    assert_eq!(score.lang.as_str(), "nl");
    score.confidence = confidence;
    score.abstained = None;
    score
}

/// Puts texts through and returns number and model of each, in the order they come out.
fn pass(cascade: &mut Cascade<usize>, texts: &[&str]) -> Vec<(usize, String)> {
    let score = score(0.5);
    let mut out = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let post = Post::new(text);
        if cascade.wants(&post, &score) {
            cascade.ask(number, 10, Asked::new(&post, score.clone()));
        } else if cascade.is_holding() {
            cascade.hold(number, 10);
        } else {
            out.push((number, "not asked".to_owned()));
        }
        if cascade.is_full() {
            take(cascade, &mut out);
        }
    }
    take(cascade, &mut out);
    out
}

fn take(cascade: &mut Cascade<usize>, out: &mut Vec<(usize, String)>) {
    cascade.release(|number, score| {
        let model = score.map_or("not asked".to_owned(), |score| score.model.to_string());
        out.push((number, model));
    });
}

fn count(registry: &Registry, line: &str) -> u64 {
    let text = registry.text();
    let found = text
        .lines()
        .find_map(|l| l.strip_prefix(line)?.trim().parse().ok());
    found.unwrap_or_else(|| panic!("no {line} in {text}"))
}

#[test]
fn all_are_asked_in_batches_and_come_out_in_order() {
    let (registry, model) = (Registry::default(), Fake::default());
    let batches = std::sync::Arc::clone(&model.batches);
    let mut cascade = cascade(rules(None), model, &registry);
    let texts = ["fine"; 20];
    let out = pass(&mut cascade, &texts);
    let expected: Vec<_> = (0..20)
        .map(|number| (number, "fake@1".to_owned()))
        .collect();
    assert_eq!(out, expected);
    assert_eq!(*batches.lock().unwrap(), [8, 8, 4]);
    assert_eq!(
        count(&registry, "ophef_tier_texts_total{tier=\"second\"}"),
        20
    );
    assert_eq!(
        count(&registry, "ophef_tier_seconds_count{tier=\"second\"}"),
        3
    );
}

#[test]
fn the_share_is_never_exceeded() {
    for share in [0.0001, 0.1, 0.3, 1.0] {
        let registry = Registry::default();
        let uncertain = Bounds {
            max_share: share,
            ..bounds()
        };
        let mut cascade = cascade(rules(Some(uncertain)), Fake::default(), &registry);
        let texts = ["fine"; 1_000];
        let mut asked = 0.0;
        let mut seen = 0.0;
        let out = pass(&mut cascade, &texts);
        assert!(
            out.iter().map(|(number, _)| *number).eq(0..1_000),
            "{share}"
        );
        for (_, model) in &out {
            seen += 1.0;
            asked += if model == "fake@1" { 1.0 } else { 0.0 };
            assert!(asked <= share * seen + 1e-6, "{asked} of {seen} at {share}");
        }
        assert!(
            asked >= share * seen - 1.0 - 1e-6,
            "{asked} of {seen} at {share}"
        );
        let skipped = count(&registry, "ophef_tier_skipped_total{reason=\"share\"}");
        assert_eq!(
            skipped,
            out.iter().filter(|(_, model)| model != "fake@1").count() as u64
        );
    }
}

#[test]
fn a_saved_up_share_is_at_most_one_batch() {
    let registry = Registry::default();
    let uncertain = Bounds {
        max_share: 0.5,
        below_confidence: 0.6,
        ..bounds()
    };
    let mut cascade = cascade(rules(Some(uncertain)), Fake::default(), &registry);
    let sure = score(0.9);
    for _ in 0..1_000 {
        assert!(!cascade.wants(&Post::new("fine"), &sure));
    }
    let unsure = score(0.5);
    let burst = (0..8)
        .filter(|_| cascade.wants(&Post::new("fine"), &unsure))
        .count();
    assert_eq!(burst, 8);
    let after = (0..10)
        .filter(|_| cascade.wants(&Post::new("fine"), &unsure))
        .count();
    assert!(after <= 9, "{after}");
}

#[test]
fn a_slow_model_gets_fewer_texts_between_two_commits() {
    let registry = Registry::default();
    let nap = Duration::from_millis(10);
    let uncertain = Bounds {
        max_latency: Some(Duration::from_millis(25)),
        ..bounds()
    };
    let model = Fake {
        nap,
        ..Fake::default()
    };
    let batches = std::sync::Arc::clone(&model.batches);
    let mut cascade = cascade(rules(Some(uncertain)), model, &registry);
    let texts = ["fine"; 40];
    for interval in 1..=3 {
        let out = pass(&mut cascade, &texts);
        assert!(out.iter().map(|(number, _)| *number).eq(0..40));
        let asked: usize = batches.lock().unwrap().drain(..).sum();
        // A nap is never shorter than asked for: after the third the time is up.
        assert!((1..=3).contains(&asked), "{asked} in interval {interval}");
        let second = out.iter().filter(|(_, model)| model == "fake@1").count();
        assert_eq!(second, asked);
        cascade.begin_interval();
    }
    let late = count(&registry, "ophef_tier_skipped_total{reason=\"latency\"}");
    assert!(late >= 3 * (40 - 3), "{late}");
}

#[test]
fn a_failing_batch_keeps_its_linear_scores() {
    let registry = Registry::default();
    let mut cascade = cascade(rules(None), Fake::default(), &registry);
    let mut texts = ["fine"; 16];
    texts[3] = "poison";
    let out = pass(&mut cascade, &texts);
    let linear = score(0.5).model.to_string();
    for (number, model) in &out {
        assert_eq!(model == "fake@1", *number >= 8, "{number} {model}");
        assert!(*number >= 8 || *model == linear, "{number} {model}");
    }
    assert_eq!(count(&registry, "ophef_tier_failures_total"), 8);
    assert_eq!(
        count(&registry, "ophef_tier_texts_total{tier=\"second\"}"),
        8
    );
}

#[test]
fn only_what_the_model_may_know_better_is_asked() {
    let uncertain = Bounds {
        below_confidence: 0.6,
        ..bounds()
    };
    let rules = rules(Some(uncertain));
    let post = Post::new("tja");
    let foreign = Score {
        lang: Text::from("de"),
        abstained: Some(Abstention::UnsupportedLanguage),
        ..score(0.4)
    };
    let abstained = Score {
        abstained: Some(Abstention::TooShort),
        ..score(0.9)
    };
    let starred = Post {
        rating: Some(1.0),
        ..Post::new("tja")
    };
    let pictures = Post {
        platform: Platform::Instagram,
        ..Post::new("  ")
    };
    assert!(rules.takes(&post, &score(0.59)) && !rules.takes(&post, &score(0.6)));
    assert!(rules.takes(&post, &abstained));
    assert!(!rules.takes(&starred, &score(0.4)) && !rules.takes(&pictures, &score(0.4)));
    assert!(!rules.takes(&post, &foreign));
    let with_german = Rules {
        languages: vec!["nl".to_owned(), "de".to_owned()],
        ..rules
    };
    assert!(with_german.takes(&post, &foreign));
}

#[test]
fn a_second_score_changes_the_sentiment_and_nothing_else() {
    let registry = Registry::default();
    let mut cascade = cascade(rules(None), Fake::default(), &registry);
    let linear = Score {
        abstained: Some(Abstention::TooShort),
        ..score(0.5)
    };
    let mut seen = Vec::new();
    for text in ["bad", "no idea"] {
        cascade.ask(0, 0, Asked::new(&Post::new(text), linear.clone()));
    }
    cascade.release(|_, score| seen.extend(score));
    let [bad, unsure] = seen.try_into().unwrap();
    assert_eq!((bad.label, bad.abstained), (Label::Negative, None));
    assert!((bad.confidence - 0.8).abs() < 1e-9 && bad.model.as_str() == "fake@1");
    assert!(
        bad.aspects
            .iter()
            .all(|aspect| aspect.polarity == Label::Negative)
    );
    assert_eq!((bad.kind, &bad.lang), (linear.kind, &linear.lang));
    assert_eq!(unsure.abstained, Some(Abstention::NoEvidence));
}

#[test]
fn much_text_is_not_held_for_long() {
    let registry = Registry::default();
    let mut cascade = cascade(rules(None), Fake::default(), &registry);
    let post = Post::new("fine");
    cascade.ask(0, 10, Asked::new(&post, score(0.5)));
    assert!(!cascade.is_full());
    cascade.hold(1, MAX_HELD_BYTES);
    assert!(cascade.is_full());
    cascade.forget(|number| *number < 2);
    assert!(!cascade.is_full() && !cascade.is_holding());
}

#[test]
fn title_text_and_descriptions_are_read() {
    let post = Post {
        title: Some("Slecht"),
        ..Post::new("Nooit meer")
    };
    assert_eq!(text_of(&post), "Slecht\nNooit meer");
}
