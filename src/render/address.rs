//! Which addresses may be linked to: http, https, mailto, and those relative to the page's own site.

/// The address as a browser would understand it, if it may be linked to.
pub(super) fn safe(address: &str) -> Option<String> {
    // Browsers trim these at the ends, and leave tabs and line ends out wherever they are.
    let address = address.trim_matches(|c: char| c <= ' ');
    let address: String = address
        .chars()
        .filter(|c| !matches!(c, '\t' | '\n' | '\r'))
        .collect();
    if address.chars().any(char::is_control) {
        return None;
    }
    match scheme(&address) {
        Some(scheme) => {
            let is_safe = ["http", "https", "mailto"]
                .iter()
                .any(|safe| scheme.eq_ignore_ascii_case(safe));
            is_safe.then_some(address)
        }
        // Another site of the page's own scheme; to browsers a backslash is a slash.
        None if address.starts_with(['/', '\\']) && address[1..].starts_with(['/', '\\']) => None,
        None => Some(address),
    }
}

/// What stands before the colon, if that is a scheme.
fn scheme(address: &str) -> Option<&str> {
    let (scheme, _) = address.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    is_scheme.then_some(scheme)
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn an_address_is_what_a_browser_takes_it_for() {
        for (address, expected) in [
            ("https://a.example/b?c#d", Some("https://a.example/b?c#d")),
            ("HTTP://a", Some("HTTP://a")),
            ("mailto:a@b", Some("mailto:a@b")),
            ("", Some("")),
            ("#part", Some("#part")),
            ("/a//b", Some("/a//b")),
            ("a/b:c", Some("a/b:c")),
            ("?a:b", Some("?a:b")),
            (" \u{1}\thttps://a\n", Some("https://a")),
            ("java%0Ascript:x", Some("java%0Ascript:x")),
            ("javascript:x", None),
            ("JavaScript:x", None),
            ("java\nscript:x", None),
            ("\u{1}javascript:x", None),
            ("java\u{0}script:x", None),
            ("java\u{85}script:x", None),
            ("data:text/html,x", None),
            ("vbscript:x", None),
            ("file:///etc/passwd", None),
            ("blob:x", None),
            ("//evil.example", None),
            ("/\\evil.example", None),
            ("\\\\evil.example", None),
            ("/\t/evil.example", None),
        ] {
            assert_eq!(safe(address).as_deref(), expected, "{address:?}");
        }
    }
}
