//! Front matters made of known parts, so that a test knows the bytes of every entry and item without asking a parser.

use crate::yaml::Value;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::ops::Range;

/// What may stand behind a key or a dash, up to `¦`, and the comment behind it. `~` stands for a line end and the
/// margin, `K` for a number of its own.
const LEAVES: [&str; 37] = [
    " xK",
    "   x K  z¦  # c K",
    " 'xK'",
    " 'it''s K'¦ # c K",
    " \"xK\"",
    " \"\\u00e9\\\" K\"¦ # c K",
    "",
    "¦ # c K",
    " null",
    " K",
    " 1.K",
    " 04K",
    " 0bK",
    " no",
    " 2026-01-15",
    " '2026-01-15 10:0K'",
    " >-~  one~  two K",
    " >1~  K one~~  two",
    " |~  one~  two K",
    " |-~  one # no~",
    " |2+~   K",
    " | # c K~    one~      two~",
    " one~  two~  three K¦ # c K",
    " 'one~~  two K'",
    " \"one \\~  two K\"¦ # c K",
    " []",
    " {}¦ # c K",
    " &aK x",
    " &aK",
    " !!str 5",
    " !odd xK",
    " !odd &aK 'x'¦ # c K",
    "~  xK",
    " # c K~  xK",
    " 東京 K 🦀¦ # é K",
    " https://example.org/K?b#c",
    " -K",
];
/// The same within brackets.
const FLOW_LEAVES: [&str; 9] = [
    "xK", "'xK'", "\"x, K\"", "K", "04K", "!odd xK", "&aK x", "[]", "{}",
];
const KEYS: [&str; 5] = ["kK", "kK", "kK", "'kK'", "\"kK\""];
const BETWEEN: [&str; 8] = ["", "", "", "", "~# c K", "~", "~~# c: - K~", "~  # c K"];

/// A step on the way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Item(usize),
}

/// An entry or an item, and the bytes that are its own: all but the comment that trails it.
#[derive(Clone, Debug)]
pub(super) struct Child {
    pub(super) path: Vec<Step>,
    pub(super) span: Range<usize>,
    /// The end of that comment.
    pub(super) end: usize,
    /// What kind of collection the value is, if it is one that holds something.
    pub(super) holds: Option<Holds>,
}

/// What a collection holds, and whether in lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Holds {
    pub(super) items: bool,
    pub(super) lines: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) children: Vec<Child>,
}

#[derive(Clone, Debug)]
enum Shape {
    Leaf(&'static str),
    /// A mapping in lines: what stands above each entry, its key, its value; and its indentation.
    Entries(Vec<(&'static str, &'static str, Shape)>, usize),
    /// A list in lines, and its indentation.
    Items(Vec<(&'static str, Shape)>, usize),
    Flow(Flow),
}

/// A flow collection; over several lines, with comments, or on one.
#[derive(Clone, Debug)]
enum Flow {
    Leaf(&'static str),
    Map(Vec<Flow>, bool),
    List(Vec<Flow>, bool),
}

fn flow() -> impl Strategy<Value = Flow> {
    let leaf = select(&FLOW_LEAVES[..]).prop_map(Flow::Leaf);
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            (vec(inner.clone(), 1..4), any::<bool>()).prop_map(|(all, wide)| Flow::Map(all, wide)),
            (vec(inner, 1..4), any::<bool>()).prop_map(|(all, wide)| Flow::List(all, wide)),
        ]
    })
}

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        4 => select(&LEAVES[..]).prop_map(Shape::Leaf),
        1 => flow().prop_map(Shape::Flow),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let (between, key) = (select(&BETWEEN[..]), select(&KEYS[..]));
        let entry = (between.clone(), key, inner.clone());
        prop_oneof![
            (vec(entry, 1..4), 1_usize..4).prop_map(|(all, indent)| Shape::Entries(all, indent)),
            (vec((between, inner), 1..4), 0_usize..3)
                .prop_map(|(all, indent)| Shape::Items(all, indent)),
        ]
    })
}

/// A valid front matter.
pub(super) fn written() -> impl Strategy<Value = Written> {
    let entry = (select(&BETWEEN[..]), select(&KEYS[..]), shape());
    let root = prop_oneof![
        12 => (vec(entry, 0..5), 0_usize..2).prop_map(|(all, indent)| Shape::Entries(all, indent)),
        1 => (vec(flow(), 0..4), any::<bool>()).prop_map(|(all, wide)| Shape::Flow(Flow::Map(all, wide))),
    ];
    let newline = select(&["\n", "\n", "\r\n"][..]);
    (root, newline, any::<bool>(), select(&BETWEEN[..])).prop_map(
        |(root, newline, ends_line, last)| {
            let mut writer = Writer {
                written: Written::default(),
                newline,
                n: 0,
                path: Vec::new(),
                is_behind_block: false,
            };
            writer.root(&root);
            writer.between(last, 0);
            if ends_line && !writer.written.text.is_empty() {
                writer.written.text.push_str(newline);
            }
            writer.written
        },
    )
}

struct Writer {
    written: Written,
    newline: &'static str,
    n: usize,
    path: Vec<Step>,
    is_behind_block: bool,
}

impl Writer {
    fn root(&mut self, root: &Shape) {
        match root {
            Shape::Entries(entries, column) => {
                for (n, (between, key, value)) in entries.iter().enumerate() {
                    self.between(between, *column);
                    if n > 0 || !between.is_empty() {
                        self.line(*column);
                    } else {
                        self.written.text.push_str(&" ".repeat(*column));
                    }
                    self.entry(key, value, *column);
                }
            }
            Shape::Flow(flow) => drop(self.flow(flow, 0)),
            Shape::Leaf(_) | Shape::Items(..) => unreachable!("no mapping"),
        }
    }

    fn line(&mut self, column: usize) {
        self.written.text.push_str(self.newline);
        self.written.text.push_str(&" ".repeat(column));
    }

    /// What stands above a row; behind a block scalar a comment could be its text.
    fn between(&mut self, between: &str, column: usize) {
        if !self.is_behind_block || !between.contains('#') {
            self.template(between, column);
        }
    }

    fn template(&mut self, template: &str, column: usize) {
        let margin = format!("{}{}", self.newline, " ".repeat(column));
        let number = (self.n + 1).to_string();
        self.n += 1;
        let text = template.replace('~', &margin).replace('K', &number);
        self.written.text.push_str(&text);
    }

    fn entry(&mut self, key: &str, value: &Shape, column: usize) {
        let name = format!("k{}", self.n);
        let start = self.written.text.len();
        self.written.text.push_str(&key.replace("kK", &name));
        self.written.text.push(':');
        self.n += 1;
        self.child(Step::Key(name), start, |writer| {
            writer.value(value, column, false)
        });
    }

    /// Writes a child, and notes it once its end is known.
    fn child(
        &mut self,
        step: Step,
        start: usize,
        write: impl FnOnce(&mut Writer) -> (usize, Option<Holds>),
    ) {
        self.path.push(step);
        let (end, holds) = write(self);
        self.written.children.push(Child {
            path: self.path.clone(),
            span: start..end,
            end: self.written.text.len(),
            holds,
        });
        self.path.pop();
    }

    /// Writes a value behind a colon or a dash; returns its end, and what it holds.
    fn value(&mut self, value: &Shape, column: usize, behind_dash: bool) -> (usize, Option<Holds>) {
        match value {
            Shape::Leaf(leaf) => {
                let leaf = leaf.replace("&aK", &format!("&a{}", self.n));
                self.is_behind_block =
                    leaf.starts_with([' ', '~']) && leaf[1..].starts_with(['|', '>']);
                let (own, comment) = leaf.split_once('¦').unwrap_or((&leaf, ""));
                self.template(own, column);
                let end = self.written.text.trim_end_matches(['\r', '\n', ' ']).len();
                let end = if own.is_empty() {
                    self.written.text.len()
                } else {
                    end
                };
                self.template(comment, column);
                (end, None)
            }
            Shape::Entries(entries, indent) => {
                let column = column + indent.max(&1) + usize::from(behind_dash && *indent == 1);
                for (n, (between, key, value)) in entries.iter().enumerate() {
                    if n == 0 && behind_dash {
                        let column_now = self.column();
                        self.written.text.push_str(&" ".repeat(column - column_now));
                    } else {
                        self.between(between, column);
                        self.line(column);
                    }
                    self.entry(key, value, column);
                }
                self.held(false, true)
            }
            Shape::Items(items, indent) => {
                let column = column + if behind_dash { indent.max(&2) } else { indent };
                for (n, (between, item)) in items.iter().enumerate() {
                    if n == 0 && behind_dash {
                        let column_now = self.column();
                        self.written.text.push_str(&" ".repeat(column - column_now));
                    } else {
                        self.between(between, column);
                        self.line(column);
                    }
                    let start = self.written.text.len();
                    self.written.text.push('-');
                    self.child(Step::Item(n), start, |writer| {
                        writer.value(item, column, true)
                    });
                }
                self.held(true, true)
            }
            Shape::Flow(flow) => {
                self.is_behind_block = false;
                self.written.text.push(' ');
                self.flow(flow, column)
            }
        }
    }

    fn column(&self) -> usize {
        let text = &self.written.text;
        text.len() - text.rfind('\n').map_or(0, |found| found + 1)
    }

    fn held(&self, items: bool, lines: bool) -> (usize, Option<Holds>) {
        (self.written.text.len(), Some(Holds { items, lines }))
    }

    fn flow(&mut self, flow: &Flow, column: usize) -> (usize, Option<Holds>) {
        let (all, wide, items) = match flow {
            Flow::Leaf(leaf) => {
                let leaf = leaf.replace("aK", &format!("a{}", self.n));
                self.template(&leaf, column);
                return (self.written.text.len(), None);
            }
            Flow::Map(all, wide) => (all, *wide, false),
            Flow::List(all, wide) => (all, *wide, true),
        };
        self.written.text.push(if items { '[' } else { '{' });
        let comments = self.n.is_multiple_of(2);
        for (n, inner) in all.iter().enumerate() {
            if wide {
                self.template(
                    if comments && n % 2 == 1 {
                        "~# c K~"
                    } else {
                        "~"
                    },
                    column + 4,
                );
            }
            let start = self.written.text.len();
            let step = if items {
                Step::Item(n)
            } else {
                let name = format!("k{}", self.n);
                self.written.text.push_str(&format!("{name}: "));
                self.n += 1;
                Step::Key(name)
            };
            self.child(step, start, |writer| writer.flow(inner, column + 4));
            if n + 1 < all.len() || (wide && comments) {
                self.written.text.push_str(if wide { "," } else { ", " });
            }
            if wide && comments {
                self.template(" # c K", column);
                let end = self.written.text.len();
                if let Some(child) = self.written.children.last_mut() {
                    child.end = end;
                }
            }
        }
        if wide {
            self.line(column + 2);
        }
        self.written.text.push(if items { ']' } else { '}' });
        self.held(items, false)
    }
}

/// Letters and words that mean something to some reader, and some that never should.
const BITS: &str = "a B 1 0 . : - ' \" \\ , [ ] { } & * ! | > % @ ` ? # ~ = << no Yes null 0x 1_0 12:30 2026-01-15 --- ... \
                    é 東 🦀 e5 .inf \u{FEFF} \u{0} \u{7f} \u{200b}";
const SPACED_BITS: [&str; 12] = [
    " ", " ", ": ", " #", "- ", "\n", "\r\n", "\t", "\u{85}", "\u{2028}", "\u{a0}", "x y",
];

fn scalar_text() -> impl Strategy<Value = String> {
    let bits = BITS.split(' ').filter(|bit| !bit.is_empty());
    let bits: Vec<&str> = bits.chain(SPACED_BITS).collect();
    vec(select(bits), 0..5).prop_map(|bits| bits.concat())
}

/// A value to write.
pub(super) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        6 => scalar_text().prop_map(Value::Text),
        1 => select(&["x", "y", "z", "one two", "x # c", "c"][..]).prop_map(|text| Value::Text(text.to_owned())),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => (-(1_i64 << 53)..=1 << 53).prop_map(Value::Int),
        1 => (-1e15..1e15).prop_map(Value::Float),
        1 => (-1e-5..1e-5).prop_map(Value::Float),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            4 => vec(inner.clone(), 0..4).prop_map(Value::List),
            1 => vec(inner, 0..3).prop_map(|values| {
                Value::Map(values.into_iter().enumerate().map(|(n, value)| (format!("k {n}"), value)).collect())
            }),
        ]
    })
}
