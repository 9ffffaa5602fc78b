//! Which language a text is in.

/// The BCP 47 name of the language that the letters suggest, by
/// [`whichlang`](https://docs.rs/whichlang), which knows sixteen.
pub(crate) fn by_letters(text: &str) -> &'static str {
    match whichlang::detect_language(text) {
        whichlang::Lang::Nld => "nl",
        whichlang::Lang::Eng => "en",
        whichlang::Lang::Ara => "ar",
        whichlang::Lang::Cmn => "zh",
        whichlang::Lang::Deu => "de",
        whichlang::Lang::Fra => "fr",
        whichlang::Lang::Hin => "hi",
        whichlang::Lang::Ita => "it",
        whichlang::Lang::Jpn => "ja",
        whichlang::Lang::Kor => "ko",
        whichlang::Lang::Por => "pt",
        whichlang::Lang::Rus => "ru",
        whichlang::Lang::Spa => "es",
        whichlang::Lang::Swe => "sv",
        whichlang::Lang::Tur => "tr",
        whichlang::Lang::Vie => "vi",
    }
}
