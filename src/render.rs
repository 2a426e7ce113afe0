//! Markdown as HTML that does nothing: what a page may show of a task's body.
//!
//! Safe by construction, not by cleaning: every `<` of the result is written by [`writer`], for an element and attributes of
//! its list; all else is escaped text. What Markdown says comes as events, raw HTML in it as [`raw`] tags, and both go
//! through the same stack, so the result is always well nested, at most [`writer::DEPTH_MAX`] deep, and never costs a browser's
//! parser more than its length. [`address`] says what may be linked to; images become links, for no request is to leave the page.
//! What it refuses to know: front matters, tasks, and who asks.

mod address;
mod raw;
mod writer;

use pulldown_cmark::{
    Alignment, BlockQuoteKind, CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd,
};
use std::collections::HashMap;
use std::ops::Range;
use writer::Writer;

/// What follows where the result would be longer than it may be.
const REST: &str = "<p>The rest is too long to be shown.</p>\n";
/// Longest name of a programming language, in bytes.
const LANGUAGE_BYTES_MAX: usize = 32;

/// Renders Markdown with GitHub's tables, task lists, strikethrough, alerts and footnotes; once the result has about
/// `n_bytes_max` bytes it ends, and says so.
///
/// A task list's box says by `data-task` which one it is, from 0, and by `data-at` where its `[ ]` stands in the Markdown,
/// counted as JavaScript's `slice` counts.
#[must_use]
pub fn html(markdown: &str, n_bytes_max: usize) -> String {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_GFM
        | Options::ENABLE_FOOTNOTES;
    let mut page = Page {
        markdown,
        writer: Writer::new(n_bytes_max),
        pending: Vec::new(),
        raw: None,
        alignments: Vec::new(),
        n_cells: 0,
        footnotes: HashMap::new(),
        n_boxes: 0,
        counted: (0, 0),
    };
    for (event, range) in Parser::new_ext(markdown, options).into_offset_iter() {
        page.show(event, range);
        if page.writer.is_full() {
            let mut html = page.writer.finish();
            html.push_str(REST);
            return html;
        }
    }
    page.writer.finish()
}

/// A page on its way.
struct Page<'a> {
    markdown: &'a str,
    writer: Writer,
    /// What each of Markdown's elements that has begun still needs at its end.
    pending: Vec<Pending>,
    /// A block of raw HTML, whose lines come one by one.
    raw: Option<String>,
    /// The columns of the table.
    alignments: Vec<Alignment>,
    /// Cells of the table's row so far.
    n_cells: usize,
    /// The number of each footnote, in the order in which they are met.
    footnotes: HashMap<String, usize>,
    n_boxes: usize,
    /// So many bytes of the Markdown are so many of JavaScript's units.
    counted: (usize, usize),
}

/// What an element of Markdown is in the result.
struct Pending {
    /// What is to be closed, the first that was opened.
    element: Option<writer::Opened>,
    /// What is shown if it turns out to be empty: an image's address.
    otherwise: Option<String>,
    /// How long the result was when its content began.
    start: usize,
}

impl<'a> Page<'a> {
    fn show(&mut self, event: Event<'a>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(end) => self.end(end),
            Event::Text(text) => match &mut self.raw {
                Some(raw) => raw.push_str(&text),
                None => self.writer.text(&text),
            },
            Event::Html(html) => match &mut self.raw {
                Some(raw) => raw.push_str(&html),
                None => raw::show(&html, &mut self.writer),
            },
            Event::InlineHtml(html) => raw::show(&html, &mut self.writer),
            Event::Code(code) => {
                let opened = self.writer.open("code", &[]);
                self.writer.text(&code);
                self.writer.close(opened);
            }
            // Never, without its option: as it was written.
            Event::InlineMath(text) | Event::DisplayMath(text) => self.writer.text(&text),
            Event::FootnoteReference(name) => {
                let number = self.footnote(&name);
                self.footnote_mark(&number);
            }
            Event::SoftBreak => self.writer.text("\n"),
            Event::HardBreak => {
                self.writer.void("br", &[]);
                self.writer.text("\n");
            }
            Event::Rule => self.writer.void("hr", &[]),
            Event::TaskListMarker(is_checked) => self.task_box(is_checked, range.start),
        }
    }

    fn start(&mut self, tag: Tag<'a>) {
        let mut otherwise = None;
        let element = match tag {
            Tag::Paragraph => self.writer.open("p", &[]),
            Tag::Heading { level, .. } => {
                let names = ["h1", "h2", "h3", "h4", "h5", "h6"];
                self.writer.open(names[level as usize - 1], &[])
            }
            Tag::BlockQuote(None) => self.writer.open("blockquote", &[]),
            Tag::BlockQuote(Some(kind)) => self.alert(kind),
            Tag::CodeBlock(kind) => self.code_block(&kind),
            Tag::HtmlBlock => {
                self.raw = Some(String::new());
                None
            }
            Tag::List(None) => self.writer.open("ul", &[]),
            Tag::List(Some(1)) => self.writer.open("ol", &[]),
            Tag::List(Some(start)) => self.writer.open("ol", &[("start", &start.to_string())]),
            Tag::Item => self.writer.open("li", &[]),
            Tag::FootnoteDefinition(name) => {
                let number = self.footnote(&name);
                let opened = self.writer.open("div", &[("data-footnote", &number)]);
                self.footnote_mark(&number);
                opened
            }
            Tag::Table(alignments) => {
                self.alignments = alignments;
                self.writer.open("table", &[])
            }
            Tag::TableHead => self.row("thead"),
            Tag::TableRow => self.row("tbody"),
            Tag::TableCell => self.cell(),
            Tag::Emphasis => self.writer.open("em", &[]),
            Tag::Strong => self.writer.open("strong", &[]),
            Tag::Strikethrough => self.writer.open("del", &[]),
            Tag::Link {
                link_type: LinkType::Email,
                dest_url,
                title,
                ..
            } => self
                .writer
                .link(&format!("mailto:{dest_url}"), &title, false),
            Tag::Link {
                dest_url, title, ..
            } => self.writer.link(&dest_url, &title, false),
            Tag::Image {
                dest_url, title, ..
            } => {
                let link = self.writer.link(&dest_url, &title, false);
                otherwise = Some(dest_url.into_string());
                link
            }
            // Never, without their options: their content alone.
            Tag::Superscript
            | Tag::Subscript
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::MetadataBlock(_) => None,
        };
        self.pending.push(Pending {
            element,
            otherwise,
            start: self.writer.n_bytes(),
        });
    }

    fn end(&mut self, end: TagEnd) {
        if let Some(raw) = self.raw.take() {
            raw::show(&raw, &mut self.writer);
        }
        let Some(pending) = self.pending.pop() else {
            return;
        };
        if let Some(address) = pending.otherwise
            && self.writer.n_bytes() == pending.start
        {
            self.writer.text(&address);
        }
        self.writer.close(pending.element);
        if end == TagEnd::Table {
            self.alignments.clear();
        }
    }

    /// GitHub's `> [!NOTE]`, with its name for where no stylesheet shows it.
    fn alert(&mut self, kind: BlockQuoteKind) -> Option<writer::Opened> {
        let (kind, name) = match kind {
            BlockQuoteKind::Note => ("note", "Note"),
            BlockQuoteKind::Tip => ("tip", "Tip"),
            BlockQuoteKind::Important => ("important", "Important"),
            BlockQuoteKind::Warning => ("warning", "Warning"),
            BlockQuoteKind::Caution => ("caution", "Caution"),
        };
        let opened = self.writer.open("blockquote", &[("data-alert", kind)]);
        let title = self.writer.open("p", &[]);
        let strong = self.writer.open("strong", &[]);
        self.writer.text(name);
        self.writer.close(strong);
        self.writer.close(title);
        opened
    }

    fn code_block(&mut self, kind: &CodeBlockKind<'_>) -> Option<writer::Opened> {
        let language = match kind {
            CodeBlockKind::Fenced(info) => info.split([' ', '\t', ',']).next().unwrap_or(""),
            CodeBlockKind::Indented => "",
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "+#._-".contains(c);
        let is_language = !language.is_empty()
            && language.len() <= LANGUAGE_BYTES_MAX
            && language.chars().all(is_plain);
        let pre = self.writer.open("pre", &[]);
        let class = format!("language-{language}");
        let attributes = [("class", class.as_str())];
        let n_attributes = usize::from(is_language);
        self.writer.open("code", &attributes[..n_attributes]);
        pre
    }

    /// A row of the table, in its head or in its body, which begins with the first one.
    fn row(&mut self, part: &'static str) -> Option<writer::Opened> {
        self.n_cells = 0;
        // The head's one row is the head itself to Markdown; the body lasts until the table ends.
        let head = self.writer.part(part, &[]);
        let row = self.writer.part("tr", &[]);
        if part == "thead" { head } else { row }
    }

    fn cell(&mut self) -> Option<writer::Opened> {
        let name = if self.writer.is_in("thead") {
            "th"
        } else {
            "td"
        };
        let alignment = self.alignments.get(self.n_cells);
        self.n_cells += 1;
        let alignment = match alignment {
            Some(Alignment::Left) => "left",
            Some(Alignment::Center) => "center",
            Some(Alignment::Right) => "right",
            Some(Alignment::None) | None => return self.writer.part(name, &[]),
        };
        self.writer.part(name, &[("align", alignment)])
    }
}

impl Page<'_> {
    /// The number of a footnote.
    fn footnote(&mut self, name: &str) -> String {
        let next = self.footnotes.len() + 1;
        let number = match self.footnotes.get(name) {
            Some(number) => *number,
            None => *self.footnotes.entry(name.to_owned()).or_insert(next),
        };
        number.to_string()
    }

    /// A footnote's number. It is no link: an id would be a name in the page that shows this.
    fn footnote_mark(&mut self, number: &str) {
        let sup = self.writer.open("sup", &[]);
        self.writer.text(number);
        self.writer.close(sup);
    }

    fn task_box(&mut self, is_checked: bool, at: usize) {
        let (bytes, units) = self.counted;
        let (from, units) = if bytes <= at { (bytes, units) } else { (0, 0) };
        let passed = self.markdown.get(from..at).unwrap_or("");
        self.counted = (at, units + passed.encode_utf16().count());
        let (number, at) = (self.n_boxes.to_string(), self.counted.1.to_string());
        self.n_boxes += 1;
        let attributes = [
            ("type", "checkbox"),
            ("disabled", ""),
            ("data-task", &number),
            ("data-at", &at),
            ("checked", ""),
        ];
        let n_attributes = attributes.len() - usize::from(!is_checked);
        self.writer.void("input", &attributes[..n_attributes]);
        self.writer.text(" ");
    }
}

#[cfg(test)]
mod tests;
