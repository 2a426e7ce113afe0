//! What an editor is asked for, decoded from bytes: any bytes are some wishes, and near bytes are near wishes.

use taskmd::yaml::{Edit, Mapping, Value};

/// Most wishes of one input: each is a reading of the whole text by two parsers.
const WISHES_MAX: usize = 4;
/// Most items or entries of a made value.
const ITEMS_MAX: u8 = 6;
/// Most collections inside one another in a made value; the editor refuses more than 16.
const DEPTH_MAX: u8 = 18;

/// One key to set, or to remove.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The root key.
    pub key: String,
    /// What it shall say; nothing removes it.
    pub value: Option<Value>,
}

impl Wish {
    /// The wish in the editor's words. The only place that makes an [`Edit`].
    #[must_use]
    pub fn edit(&self) -> Edit {
        Edit {
            key: self.key.clone(),
            value: self.value.clone(),
        }
    }
}

/// Decodes wishes for a text that says `mapping`.
#[must_use]
pub fn wishes(bytes: &[u8], mapping: &Mapping) -> Vec<Wish> {
    let mut bytes = Bytes(bytes);
    let mut wishes = Vec::new();
    while wishes.len() < WISHES_MAX && (wishes.is_empty() || !bytes.0.is_empty()) {
        let key = bytes.key(mapping);
        let old = mapping.get(&key).map(taskmd::yaml::Node::value);
        let value = bytes.wished(old);
        wishes.push(Wish { key, value });
    }
    wishes
}

/// What is left to decode; zeros without end behind it.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((byte, rest)) => {
                self.0 = rest;
                *byte
            }
            None => 0,
        }
    }

    fn number(&mut self) -> i64 {
        i64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// A length and that many bytes.
    fn text(&mut self) -> String {
        let n_bytes = usize::from(self.byte()).min(self.0.len());
        let (text, rest) = self.0.split_at(n_bytes);
        self.0 = rest;
        String::from_utf8_lossy(text).into_owned()
    }

    /// Mostly a key that is there.
    fn key(&mut self, mapping: &Mapping) -> String {
        match (self.byte(), mapping.entries.len()) {
            (n, n_entries) if n < 0xF0 && n_entries > 0 => {
                mapping.entries[usize::from(n) % n_entries].key.clone()
            }
            (n, _) if n < 0xF8 => "new".to_owned(),
            _ => self.text(),
        }
    }

    /// Mostly the old value with something in, out or moved, for that is what people do to lists and maps.
    fn wished(&mut self, old: Option<Value>) -> Option<Value> {
        match (self.byte() % 8, old) {
            (0, _) => None,
            (1..4, Some(Value::List(items))) => Some(Value::List(self.changed(items, Self::value))),
            (1..4, Some(Value::Map(pairs))) => {
                Some(Value::Map(self.changed(pairs, |bytes, depth| {
                    (bytes.text(), bytes.value(depth))
                })))
            }
            (1..8, _) | (8.., _) => Some(self.value(0)),
        }
    }

    fn changed<T>(&mut self, mut items: Vec<T>, fresh: impl Fn(&mut Self, u8) -> T) -> Vec<T> {
        let at = usize::from(self.byte()) % (items.len() + 1);
        let is_there = at < items.len();
        match self.byte() % 5 {
            0 if is_there => items[at] = fresh(self, 1),
            1 if is_there => drop(items.remove(at)),
            2 => items.reverse(),
            3 if is_there => items.swap(0, at),
            _ => items.insert(at, fresh(self, 1)),
        }
        items
    }

    fn value(&mut self, depth: u8) -> Value {
        match self.byte() % 12 {
            0 => Value::Null,
            1 => Value::Bool(self.byte() % 2 == 0),
            2 => Value::Int(i64::from(self.byte())),
            3 => Value::Int(self.number()),
            4 => Value::Float(f64::from_bits(self.number().cast_unsigned())),
            5 => Value::Float(f64::from(self.byte()) / 8.0),
            6 | 7 if depth < DEPTH_MAX => {
                let n_items = self.byte() % ITEMS_MAX;
                Value::List((0..n_items).map(|_| self.value(depth + 1)).collect())
            }
            8 if depth < DEPTH_MAX => {
                let n_items = self.byte() % ITEMS_MAX;
                let pairs = (0..n_items).map(|_| (self.text(), self.value(depth + 1)));
                Value::Map(pairs.collect())
            }
            _ => Value::Text(self.text()),
        }
    }
}
