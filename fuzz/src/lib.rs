//! What several targets have in common.

use decode::{Event, Format, Mapping, Options, Raw, Room, Rows, decode_as, detect};

/// Any bytes are events or a rejection, with headers and without, named and found out.
///
/// # Panics
/// If a decoder breaks a promise.
pub fn decode_any(format: Format, bytes: &[u8]) {
    let pointers = [
        ("id", "/uid"),
        ("created_at", "/when"),
        ("text", "/message/body"),
        ("author", "/user/key"),
        ("followers", "/user/fans"),
        ("platform", "/net"),
        ("rating", "/stars"),
        ("event", "/soort"),
    ];
    let pointers = pointers.map(|(field, pointer)| (field.to_owned(), pointer.to_owned()));
    let options = Options {
        mapping: Some(Mapping {
            pointers: pointers.into(),
            platform: None,
        }),
        ..Options::default()
    };
    let rooms = [(); 2].map(|()| Room::default());
    check(format, &Raw::new(bytes).with_room(&rooms[0]), &options);
    // The first line as a header, as sources of tables write it, and names of a source.
    let end = bytes.iter().position(|&byte| byte == b'\n');
    let (first, rest) = bytes.split_at(end.unwrap_or(0));
    let headers = |name: &str| match name {
        "ophef-columns" => Some(first),
        "ophef-source" => Some(&b"social.example"[..]),
        "ce_specversion" if bytes.first() == Some(&b' ') => Some(&b"1.0"[..]),
        "ce_type" => Some(&b"example.mention"[..]),
        _ => None,
    };
    let raw = Raw::with_headers(rest, &headers).with_room(&rooms[1]);
    check(format, &raw, &options);
    rows(bytes, &options);
}

/// The same bytes as a file: its rows come to an end, and none is longer than the file.
fn rows(bytes: &[u8], options: &Options) {
    let Ok(mut rows) = Rows::open(bytes, options) else {
        return;
    };
    while let Ok(Some(row)) = rows.next_row() {
        // Each byte of a cell may be escaped, and a unit of UTF-16 become three bytes.
        assert!(row.len() <= 6 * bytes.len() + 16);
    }
}

fn check(format: Format, raw: &Raw<'_>, options: &Options) {
    let _ = detect(raw, options);
    match decode_as(format, raw, options) {
        Err(rejection) => assert!(!rejection.detail.is_empty()),
        Ok(events) => events.iter().for_each(check_event),
    }
}

fn check_event(event: &Event<'_>) {
    let Event::Post(post) = event else { return };
    if let Some(rating) = post.rating
        && post.brand.is_none()
    {
        assert!(!rating.is_infinite());
    }
    // Times are printed into the mention.
    for time in [post.created_at, post.observed_at].into_iter().flatten() {
        let _ = time.to_string();
    }
}
