//! Where the next page of a list begins.
//!
//! A cursor is opaque to a client, stands in a URL as it is, and says to which selection it belongs. In the order of the ids
//! it holds the last id, for whatever changes meanwhile, an id keeps its place. In any other order it names a
//! [cut](Cut) and a place in it.

use crate::event::Position;
use crate::name::TaskId;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Everything on which an answer to a query depends: where the log stood, and which statuses the project has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cut {
    /// Where the log stood.
    pub position: Position,
    /// Tells one list of statuses from another: they order a list and say what is done, and are no event.
    statuses: u32,
}

impl Cut {
    /// A project as it is at a position.
    #[must_use]
    pub fn new(position: Position, statuses: &[String]) -> Self {
        let mut hasher = DefaultHasher::new();
        statuses.hash(&mut hasher);
        let [a, b, c, d, ..] = hasher.finish().to_be_bytes();
        Self {
            position,
            statuses: u32::from_be_bytes([a, b, c, d]),
        }
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { epoch, seq } = self.position;
        write!(f, "{epoch}.{seq}.{:08x}", self.statuses)
    }
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The fingerprint of its selection.
    pub selection: u32,
    /// Where in it.
    pub place: Place,
}

/// A place in a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Behind this task, in the order of the ids.
    After(TaskId),
    /// Behind so many tasks of the list as it was at this cut.
    In(Cut, usize),
}

impl Cursor {
    /// Reads what [`Display`](fmt::Display) writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (selection, place) = text.split_at_checked(8)?;
        let place = match place.strip_prefix('-') {
            Some(id) => Place::After(TaskId::parse(&of_hex(id)?).ok()?),
            None => in_cut(place.strip_prefix('.')?)?,
        };
        let selection = fingerprint(selection)?;
        Some(Self { selection, place })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.selection)?;
        match &self.place {
            Place::After(id) => {
                f.write_str("-")?;
                let mut bytes = id.as_str().bytes();
                bytes.try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Place::In(cut, n_before) => write!(f, ".{cut}.{n_before}"),
        }
    }
}

fn in_cut(text: &str) -> Option<Place> {
    let parts: Vec<_> = text.split('.').collect();
    let [epoch, seq, statuses, n_before] = parts[..] else {
        return None;
    };
    let cut = Cut {
        position: Position::parse(&format!("{epoch}:{seq}"))?,
        statuses: fingerprint(statuses)?,
    };
    let is_number = n_before.bytes().all(|byte| byte.is_ascii_digit());
    let n_before = is_number.then(|| n_before.parse().ok())??;
    Some(Place::In(cut, n_before))
}

fn fingerprint(text: &str) -> Option<u32> {
    let is_hex = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(text, 16).ok())?
}

fn of_hex(text: &str) -> Option<String> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let bytes = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
        _ => None,
    });
    String::from_utf8(bytes.collect::<Option<_>>()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Epoch;

    #[test]
    fn a_cursor_is_read_as_it_is_written() {
        let epoch = Epoch::new(7);
        let statuses = ["open".to_owned(), "To Do".to_owned()];
        let cut = Cut::new(Position { epoch, seq: 3 }, &statuses);
        let id = TaskId::parse("100% of 日本 & more").unwrap();
        for place in [Place::After(id), Place::In(cut, 200)] {
            let selection = 0x0123_abcd;
            let cursor = Cursor { selection, place };
            let text = cursor.to_string();
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
            assert!(text.chars().all(is_plain), "{text}");
            assert_eq!(Cursor::parse(&text), Some(cursor));
        }
        for nonsense in [
            "",
            "TASK-001",
            "0123abcd",
            "0123abcd-",
            "0123abcd-4",
            "0123abcd-2f",
            "0123abcd-+1",
            "0123abcd-ff",
            "0123abcd.7.3.00000000",
            "0123abcd.7.3.00000000.",
            "0123abcd.7.3.00000000.-1",
            "0123abcd.7.3.00000000.1.1",
            "0123abcdé",
            "+123abcd-41",
        ] {
            assert_eq!(Cursor::parse(nonsense), None, "{nonsense}");
        }
    }
}
