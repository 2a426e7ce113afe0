//! The only place that writes a `<`: elements and attributes of its lists, well nested, and text.
//!
//! HTML's own parser mends what is not nested as it likes, by copying elements, at worst a page of them for each paragraph.
//! Nothing here gives it a reason: a block never stands in a paragraph, a heading or an inline element, which are closed
//! before it, and whoever closes an element closes all that stand in it.

use super::address;

/// How deep elements stand in each other, but for the parts of a table; what is deeper is shown without its element.
pub(super) const DEPTH_MAX: usize = 64;
/// Longest that one character becomes: `&quot;`, in bytes.
const ESCAPED_BYTES_MAX: usize = 6;

/// The elements that text stands in, and no block.
const INLINE: [&str; 24] = [
    "a", "abbr", "b", "br", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q",
    "s", "samp", "small", "span", "strong", "sub", "sup", "u", "var", "input",
];
/// Blocks that no other block stands in.
const LEAVES: [&str; 7] = ["p", "h1", "h2", "h3", "h4", "h5", "h6"];
/// Blocks that blocks stand in.
const CONTAINERS: [&str; 11] = [
    "blockquote",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "li",
    "ol",
    "pre",
    "summary",
    "ul",
];
/// Of these, those that end where the next one begins.
const ITEMS: [&str; 3] = ["dd", "dt", "li"];

/// The element that raw HTML may have of this name, in any case; `None` for one that it may not.
pub(super) fn element(name: &str) -> Option<&'static str> {
    let lists = [INLINE.as_slice(), &LEAVES, &CONTAINERS, &["hr"]];
    let mut names = lists.into_iter().flatten();
    names
        .find(|known| known.eq_ignore_ascii_case(name) && **known != "input")
        .copied()
}

/// Attributes by name, with their values as they are meant; an empty one is written by its name alone.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// An element that has been opened, to be closed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opened(usize);

#[derive(Debug)]
struct Element {
    name: &'static str,
    number: usize,
    /// Opened by raw HTML, which may then close it.
    is_raw: bool,
}

/// HTML on its way.
#[derive(Debug)]
pub(super) struct Writer {
    html: String,
    n_bytes_max: usize,
    is_full: bool,
    open: Vec<Element>,
    n_opened: usize,
}

impl Writer {
    pub(super) fn new(n_bytes_max: usize) -> Self {
        Self {
            html: String::new(),
            n_bytes_max,
            is_full: false,
            open: Vec::new(),
            n_opened: 0,
        }
    }

    /// Was there something for which there was no room?
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    /// How long it is.
    pub(super) fn n_bytes(&self) -> usize {
        self.html.len()
    }

    /// All of it, with its end.
    pub(super) fn finish(mut self) -> String {
        self.close_to(0);
        self.html
    }

    /// Opens an element of Markdown's.
    pub(super) fn open(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
    ) -> Option<Opened> {
        self.begin(name);
        let has_room = self.open.len() < DEPTH_MAX;
        has_room.then(|| self.push(name, attributes, false))
    }

    /// Opens an element of raw HTML's.
    pub(super) fn open_raw(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.begin(name);
        if self.open.len() < DEPTH_MAX {
            self.push(name, attributes, true);
        }
    }

    /// Opens a link, unless its address is none that may be linked to, or this is one already.
    pub(super) fn link(&mut self, href: &str, title: &str, is_raw: bool) -> Option<Opened> {
        self.begin("a");
        let href = address::safe(href)?;
        if self.is_in("a") || self.open.len() >= DEPTH_MAX {
            return None;
        }
        let attributes = [
            ("href", href.as_str()),
            ("rel", "noopener noreferrer nofollow"),
            ("title", title),
        ];
        let n_attributes = attributes.len() - usize::from(title.is_empty());
        Some(self.push("a", &attributes[..n_attributes], is_raw))
    }

    /// Opens a part of a table where it may stand, however deep.
    pub(super) fn part(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
    ) -> Option<Opened> {
        let parent = self.open.last()?.name;
        let fits = match name {
            "thead" | "tbody" => parent == "table",
            "tr" => matches!(parent, "thead" | "tbody"),
            _ => parent == "tr",
        };
        fits.then(|| self.push(name, attributes, false))
    }

    /// An element without content.
    pub(super) fn void(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.begin(name);
        self.tag(name, attributes);
        if name == "hr" {
            self.html.push('\n');
        }
    }

    /// Closes an element, with all that stand in it, if it is still open.
    pub(super) fn close(&mut self, opened: Option<Opened>) {
        let Some(Opened(number)) = opened else { return };
        let is_it = |element: &Element| element.number == number;
        if let Some(at) = self.open.iter().rposition(is_it) {
            self.close_to(at);
        }
    }

    /// Closes the innermost element of this name, if raw HTML has opened it and nothing of Markdown's stands in it.
    pub(super) fn close_raw(&mut self, name: &str) {
        let is_end = |element: &Element| !element.is_raw || element.name == name;
        if let Some(at) = self.open.iter().rposition(is_end)
            && self.open[at].is_raw
        {
            self.close_to(at);
        }
    }

    /// Is an element of this name open?
    pub(super) fn is_in(&self, name: &str) -> bool {
        self.open.iter().any(|element| element.name == name)
    }

    /// Text, of which every character is meant.
    pub(super) fn text(&mut self, text: &str) {
        if self.fits(text.len()) {
            escape(text, "<>&", &mut self.html);
        }
    }

    /// Text of raw HTML's, in which `&` begins a reference to a character; to no tag, ever.
    pub(super) fn raw_text(&mut self, text: &str) {
        if self.fits(text.len()) {
            escape(text, "<>", &mut self.html);
        }
    }

    /// Closes what an element of this name may not stand in.
    fn begin(&mut self, name: &'static str) {
        if INLINE.contains(&name) {
            return;
        }
        let is_closed = |element: &Element| {
            let is_twin = ITEMS.contains(&name) && (element.name == "li") == (name == "li");
            INLINE.contains(&element.name)
                || LEAVES.contains(&element.name)
                || is_twin && element.is_raw && ITEMS.contains(&element.name)
        };
        while self.open.last().is_some_and(is_closed) {
            self.close_to(self.open.len() - 1);
        }
    }

    fn push(&mut self, name: &'static str, attributes: Attributes<'_>, is_raw: bool) -> Opened {
        self.tag(name, attributes);
        let number = self.n_opened;
        self.n_opened += 1;
        self.open.push(Element {
            name,
            number,
            is_raw,
        });
        Opened(number)
    }

    fn tag(&mut self, name: &str, attributes: Attributes<'_>) {
        // No element is left out of the stack: the end is near, and whoever reads on is told.
        let n_bytes: usize = attributes.iter().map(|(_, value)| value.len()).sum();
        let fits = self.fits(n_bytes);
        self.html.push('<');
        self.html.push_str(name);
        for (attribute, value) in attributes.iter().filter(|_| fits) {
            self.html.push(' ');
            self.html.push_str(attribute);
            if !value.is_empty() {
                self.html.push_str("=\"");
                escape(value, "<>&\"", &mut self.html);
                self.html.push('"');
            }
        }
        self.html.push('>');
    }

    fn fits(&mut self, n_bytes: usize) -> bool {
        self.is_full |= self.html.len() + n_bytes * ESCAPED_BYTES_MAX > self.n_bytes_max;
        !self.is_full
    }

    /// Closes the elements from this one of the stack on.
    fn close_to(&mut self, at: usize) {
        while self.open.len() > at {
            let Some(element) = self.open.pop() else {
                return;
            };
            self.html.push_str("</");
            self.html.push_str(element.name);
            self.html.push('>');
            if !INLINE.contains(&element.name) {
                self.html.push('\n');
            }
        }
    }
}

/// Writes text, with these of `<`, `>`, `&` and `"` as references.
fn escape(text: &str, special: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' if special.contains('&') => html.push_str("&amp;"),
            '"' if special.contains('"') => html.push_str("&quot;"),
            // No parser takes it as it is.
            '\0' => html.push('\u{fffd}'),
            c => html.push(c),
        }
    }
}
