//! Where in a file an entry of its front matter stands.

use super::{Document, entry_of};
use crate::task::Field;
use crate::yaml;

/// Line and column, from 1, at which a file names `text` in a field; of a file that does not, those of the field.
#[must_use]
pub fn place_of(bytes: &[u8], field: Field, text: &str) -> Option<(usize, usize)> {
    let document = Document::split(std::str::from_utf8(bytes).ok()?)?;
    let mapping = yaml::parse(document.matter()?).ok()?;
    let (_, node) = entry_of(&mapping, field)?;
    let items = node.items().unwrap_or_default().iter();
    let named = items.into_iter().find(|item| item.text() == Some(text));
    let at = named.unwrap_or(node).at;
    // The fence above the front matter is line 1 of the file.
    Some((at.line + 1, at.column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_found_where_it_stands() {
        let text = "---\nid: A\nblocked_by:\n  - B\n  - C # mine\nparent: P\n---\n";
        let place = |field, entry| place_of(text.as_bytes(), field, entry);
        assert_eq!(place(Field::DependsOn, "C"), Some((5, 5)));
        assert_eq!(place(Field::Parent, "P"), Some((6, 9)));
        assert_eq!(place(Field::DependsOn, "gone since"), Some((4, 3)));
        assert_eq!(place(Field::Title, "A"), None);
        assert_eq!(place_of(b"no front matter", Field::Parent, "P"), None);
        let flow = "---\ndepends_on: [A, B]\n---\n".as_bytes();
        assert_eq!(place_of(flow, Field::DependsOn, "B"), Some((2, 17)));
    }
}
