//! `[score.onnx]`: the model of one's own, made ready.

use score::Second;
use settings::Settings;

/// Whether the time bound holds: a stream must go on, a file can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// The time bound of the settings.
    Stream,
    /// None, so that the same file always comes out the same.
    File,
}

/// The second model of the settings, tried and ready, if there is one.
///
/// # Errors
/// Its files can't be used: [`settings::Problems`] with the key at fault.
#[cfg(feature = "onnx")]
pub(crate) fn load(settings: &Settings, pace: Pace) -> Result<Option<Second>, settings::Problems> {
    let Some(onnx) = &settings.score.onnx else {
        return Ok(None);
    };
    let options = onnx::Options {
        name: onnx.model.file_stem().map_or_else(
            || "onnx".to_owned(),
            |stem| stem.to_string_lossy().into_owned(),
        ),
        labels: onnx.labels.clone(),
        max_tokens: onnx.max_tokens,
        batch: onnx.batch,
    };
    let (model, tokenizer) = (
        read("model", &onnx.model)?,
        read("tokenizer", &onnx.tokenizer)?,
    );
    let classifier =
        onnx::Classifier::from_bytes(&model, &tokenizer, &options).map_err(|error| {
            let file = match error.key() {
                "model" | "labels" => format!("{} ", onnx.model.display()),
                "tokenizer" => format!("{} ", onnx.tokenizer.display()),
                _ => String::new(),
            };
            problem(error.key(), &format!("{file}{error}"))
        })?;
    Ok(Some(Second {
        model: Box::new(classifier),
        rules: rules(onnx, pace),
    }))
}

/// The second model of the settings: none, since without the feature `onnx` settings
/// that name one are refused when they are read.
#[cfg(not(feature = "onnx"))]
pub(crate) fn load(_: &Settings, _: Pace) -> Result<Option<Second>, settings::Problems> {
    Ok(None)
}

#[cfg(feature = "onnx")]
fn rules(onnx: &settings::Onnx, pace: Pace) -> score::Rules {
    let max_latency = std::time::Duration::from_millis(onnx.latency_ms());
    let bounds = score::Bounds {
        below_confidence: onnx.confidence(),
        max_share: onnx.share(),
        max_latency: (pace == Pace::Stream).then_some(max_latency),
    };
    score::Rules {
        uncertain: (onnx.which == settings::Use::Uncertain).then_some(bounds),
        languages: onnx.languages.clone(),
        batch: onnx.batch,
    }
}

#[cfg(feature = "onnx")]
fn read(key: &str, path: &std::path::Path) -> Result<Vec<u8>, settings::Problems> {
    std::fs::read(path)
        .map_err(|error| problem(key, &format!("can't read {}: {error}", path.display())))
}

#[cfg(feature = "onnx")]
fn problem(key: &str, message: &str) -> settings::Problems {
    settings::Problems(vec![settings::Problem {
        key: format!("score.onnx.{key}"),
        line: None,
        message: message.to_owned(),
    }])
}
