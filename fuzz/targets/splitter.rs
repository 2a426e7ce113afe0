//! A file is parted into front matter and body, and put together again with another of either.
//!
//! Input: a file's text, then behind a byte FF the new front matter, then behind another the new body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use taskmd::task::document::Document;
use taskmd_fuzz::{below_gap, halves, quickly, unix};

fuzz_target!(|input: &[u8]| {
    let (text, rest) = halves(input);
    let (matter, body) = halves(rest);
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let Some(document) = quickly(input.len(), || Document::split(text)) else {
        return;
    };
    puts_back(text, &document);
    if let Ok(matter) = std::str::from_utf8(matter) {
        takes_matter(&document, matter);
    }
    if let Ok(body) = std::str::from_utf8(body) {
        takes_body(&document, body);
    }
});

/// What was taken out and put back changes no byte.
fn puts_back(text: &str, document: &Document<'_>) {
    let (matter, body) = (document.matter(), document.body());
    assert!(text.ends_with(body));
    assert!(matter.is_none_or(|matter| text.contains(matter)));
    assert_eq!(document.with_matter(matter.unwrap_or("")), text);
    let has_one_line_end = document.newline() == "\n" || !body.replace("\r\n", "").contains('\n');
    if has_one_line_end {
        assert_eq!(document.with_body(body), text);
    }
}

fn takes_matter(document: &Document<'_>, matter: &str) {
    let holds_fence = matter.split('\n').any(|line| line.trim_end() == "---");
    if holds_fence || matter.len() > taskmd::yaml::TEXT_BYTES_MAX {
        return;
    }
    let text = document.with_matter(matter);
    let read = Document::split(&text).expect("a front matter without a fence inside is closed");
    let written = read.matter().unwrap_or("");
    assert_eq!(
        written.trim_end_matches(['\r', '\n']),
        matter.trim_end_matches(['\r', '\n'])
    );
    assert_eq!(below_gap(read.body()), below_gap(document.body()));
}

fn takes_body(document: &Document<'_>, body: &str) {
    let text = document.with_body(body);
    // Without a front matter, a body that starts with a fence or a byte order mark reads as something else.
    let may_differ = document.matter().is_none() && body.starts_with(['-', '\u{feff}']);
    if may_differ {
        return;
    }
    let read = Document::split(&text).expect("a body does not open a front matter");
    assert_eq!(read.matter(), document.matter());
    assert_eq!(unix(below_gap(read.body())), unix(below_gap(body)));
}
