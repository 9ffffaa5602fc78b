//! Emoji and emoticons, with the feeling that each expresses.
//!
//! The valences are this project's own, −1 to 1. An emoji that isn't in the
//! table still is a token, whose weight the model learns.

/// An emoji or emoticon: `id` names it, `valence` is −100 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Symbol {
    pub(crate) id: u32,
    pub(crate) valence: i8,
}

/// Emoji by feeling.
const VALENCES: &[(i8, &str)] = &[
    (90, "❤♥😍🥰💖💕💗💓💘💝💞😻🤩🥳💛💚💙💜🧡🤍🖤🤎💯"),
    (
        70,
        "😀😃😄😁😊😇🙂🤗😘😚😙😋😎👍👏🙌💪🎉🎊✨🌟⭐🏆🥇👌🙏😸😺☺🤝🫶🔝🌈☀🌞💐🌹🌸🍀🎈🍾🥂",
    ),
    (35, "😂🤣😆😅😉😜😝😛🤪😏🔥🚀✅✔😌🤭🙃💃🕺😹"),
    (-35, "😐😑😒🙄😬😕🤔😟🤨😶😯😮🥱😪😓😲🤷🤦🫤😧❓"),
    (
        -70,
        "😞😔☹🙁😢😭😿😥😰😨😖😣😩😫😠💔👎😱🥺😦😵🤕🤒🚫⛔❌🥴🙀💩🤡🗑⚠",
    ),
    (-95, "😡🤬🤮🤢😤👿😾💀🖕"),
];

/// What an emoticon stands for.
const HAPPY: Symbol = sign('🙂', 70);
const LAUGHING: Symbol = sign('😃', 70);
const WINKING: Symbol = sign('😉', 35);
const TEASING: Symbol = sign('😛', 35);
const SAD: Symbol = sign('🙁', -70);
const CRYING: Symbol = sign('😢', -70);
const DOUBTING: Symbol = sign('😕', -35);
const HEART: Symbol = sign('❤', 90);

const fn sign(emoji: char, valence: i8) -> Symbol {
    Symbol {
        id: emoji as u32,
        valence,
    }
}

/// The emoji that `letter` is. Joiners, skin tones and variation selectors are
/// none: 👍🏽 is 👍.
pub(crate) fn emoji(letter: char) -> Option<Symbol> {
    let id = u32::from(letter);
    let is_emoji = matches!(id,
        0x2600..=0x27BF | 0x2B00..=0x2BFF | 0x1F000..=0x1F3FA | 0x1F400..=0x1FAFF);
    is_emoji.then(|| Symbol {
        id,
        valence: valence(letter),
    })
}

fn valence(letter: char) -> i8 {
    VALENCES
        .iter()
        .find(|(_, emoji)| emoji.contains(letter))
        .map_or(0, |&(valence, _)| valence)
}

/// The emoticon that `rest` begins with, and its length in bytes: eyes, perhaps
/// a tear or nose, a mouth.
pub(crate) fn emoticon(rest: &str) -> Option<(Symbol, usize)> {
    let bytes = rest.as_bytes();
    if bytes.starts_with(b"<3") {
        return Some((HEART, 2));
    }
    if bytes.starts_with(b"^^") || bytes.starts_with(b"^_^") {
        return Some((HAPPY, if bytes[1] == b'^' { 2 } else { 3 }));
    }
    let wink = match bytes.first()? {
        b':' | b'=' => false,
        b';' => true,
        _ => return None,
    };
    let tear = bytes.get(1) == Some(&b'\'');
    let nose = usize::from(matches!(bytes.get(1), Some(b'-' | b'\'' | b'^' | b'o')));
    let mouth = *bytes.get(1 + nose)?;
    let after = bytes.get(2 + nose).copied().unwrap_or(b' ');
    let symbol = match mouth {
        b')' | b']' | b'}' if wink => WINKING,
        b')' | b']' | b'}' => HAPPY,
        // A letter is a mouth only if no word goes on after it: `:D`, not `:Dan`.
        b'D' if !after.is_ascii_alphanumeric() => LAUGHING,
        b'p' | b'P' if !after.is_ascii_alphanumeric() => TEASING,
        b'(' | b'[' | b'{' if tear => CRYING,
        b'(' | b'[' | b'{' => SAD,
        b's' | b'S' if !after.is_ascii_alphanumeric() => DOUBTING,
        b'/' | b'\\' | b'|' if after != b'/' => DOUBTING,
        b'*' => sign('😘', 70),
        _ => return None,
    };
    Some((symbol, 2 + nose))
}

/// `xD` and its like, which begin with a letter.
pub(crate) fn worded_emoticon(rest: &str) -> Option<(Symbol, usize)> {
    let bytes = rest.as_bytes();
    let mouth = bytes.iter().skip(1).take_while(|&&b| b == b'D').count();
    let is_laugh = matches!(bytes.first(), Some(b'x' | b'X')) && mouth > 0;
    let after = bytes.get(1 + mouth).copied().unwrap_or(b' ');
    (is_laugh && !after.is_ascii_alphanumeric()).then_some((LAUGHING, 1 + mouth))
}
