//! Text of whoever wrote a file, as it may stand in a terminal.

use unicode_width::UnicodeWidthChar;

/// As many columns of a text as there is room for, on one line, and without what turns its direction or is obeyed
/// (CVE-2021-42574 and its like).
pub(super) fn plain(text: &str, columns_max: usize) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || turns {
            plain.extend(c.escape_unicode());
        } else {
            plain.push(c);
        }
    }
    if columns(&plain) <= columns_max {
        return plain;
    }
    let mut n_columns = 1;
    let fits = |c: &char| {
        n_columns += width(*c);
        n_columns <= columns_max
    };
    let mut short: String = plain.chars().take_while(fits).collect();
    short.push('…');
    short
}

/// How many columns a text takes.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

fn width(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// How many columns the terminal has that standard output is; none where it is none.
pub(super) fn terminal_columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    (size.ws_col > 0).then_some(size.ws_col.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_is_shown() {
        for (text, n_columns, shown) in [
            ("One", 3, "One"),
            ("One", 2, "O…"),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("a\nb\u{1b}[2J", 99, r"a\u{a}b\u{1b}[2J"),
            ("\u{202e}evil\u{61c}", 99, r"\u{202e}evil\u{61c}"),
            ("e\u{301}e\u{301}", 2, "e\u{301}e\u{301}"),
        ] {
            assert_eq!(plain(text, n_columns), shown, "{text:?}");
        }
    }
}
