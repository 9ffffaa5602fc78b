//! Text to score: language, sentiment, kind, aspects.
