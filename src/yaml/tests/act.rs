//! What an edit is to do, done to values instead of texts: the answer that the editor's text must give.

use super::generated::{Step, value};
use crate::yaml::Value;
use proptest::prelude::*;
use serde_yaml::Value as Second;

/// What to do at a place of a front matter.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Set(Value),
    Remove,
    /// A new entry, or a new item in front of this one.
    Insert(Value, usize),
    Reverse,
}

pub(super) fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => value().prop_map(Act::Set),
        3 => Just(Act::Remove),
        3 => (value(), any::<usize>()).prop_map(|(value, at)| Act::Insert(value, at)),
        1 => Just(Act::Reverse),
    ]
}

/// Values as either parser has them, changed the way an edit should change them.
pub(super) trait Tree: Sized + Clone + PartialEq {
    fn of(value: &Value) -> Self;
    fn items(&mut self) -> Option<&mut Vec<Self>>;
    fn at(&mut self, key: &str) -> Option<&mut Self>;
    fn put(&mut self, key: &str, value: Option<Self>);

    fn child(&mut self, step: &Step) -> Option<&mut Self> {
        match step {
            Step::Key(key) => self.at(key),
            Step::Item(n) => self.items()?.get_mut(*n),
        }
    }

    /// Does this at the end of the path; `last` is its last step.
    fn act(&mut self, path: &[Step], act: &Act) -> Option<()> {
        let (last, above) = path.split_last()?;
        let parent = above
            .iter()
            .try_fold(&mut *self, |tree, step| tree.child(step))?;
        match (act, last) {
            (Act::Set(value), step) => *parent.child(step)? = Self::of(value),
            (Act::Remove, Step::Key(key)) => {
                parent.at(key)?;
                parent.put(key, None);
            }
            (Act::Remove, Step::Item(n)) => drop(parent.items()?.remove(*n)),
            (Act::Reverse, step) => parent.child(step)?.items()?.reverse(),
            (Act::Insert(value, at), step) => {
                let holder = parent.child(step)?;
                match holder.items() {
                    Some(items) => items.insert(at % (items.len() + 1), Self::of(value)),
                    None => holder.put("new", Some(Self::of(value))),
                }
            }
        }
        Some(())
    }
}

impl Tree for Value {
    fn of(value: &Value) -> Value {
        value.clone()
    }

    fn items(&mut self) -> Option<&mut Vec<Value>> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    fn at(&mut self, key: &str) -> Option<&mut Value> {
        match self {
            Value::Map(pairs) => pairs
                .iter_mut()
                .find(|pair| pair.0 == key)
                .map(|pair| &mut pair.1),
            _ => None,
        }
    }

    fn put(&mut self, key: &str, value: Option<Value>) {
        if let Value::Map(pairs) = self {
            pairs.retain(|pair| pair.0 != key);
            pairs.extend(value.map(|value| (key.to_owned(), value)));
        }
    }
}

impl Tree for Second {
    fn of(value: &Value) -> Second {
        match value {
            Value::Null => Second::Null,
            Value::Bool(truth) => Second::Bool(*truth),
            Value::Int(number) => Second::Number((*number).into()),
            Value::Float(number) => Second::Number((*number).into()),
            Value::Text(text) => Second::String(text.clone()),
            Value::List(values) => Second::Sequence(values.iter().map(Second::of).collect()),
            Value::Map(pairs) => {
                let pairs = pairs.iter();
                Second::Mapping(
                    pairs
                        .map(|(key, value)| (key.as_str().into(), Second::of(value)))
                        .collect(),
                )
            }
        }
    }

    fn items(&mut self) -> Option<&mut Vec<Second>> {
        match self {
            Second::Tagged(tagged) => tagged.value.items(),
            _ => self.as_sequence_mut(),
        }
    }

    fn at(&mut self, key: &str) -> Option<&mut Second> {
        match self {
            Second::Tagged(tagged) => tagged.value.at(key),
            _ => self.get_mut(key),
        }
    }

    fn put(&mut self, key: &str, value: Option<Second>) {
        if let Some(mapping) = self.as_mapping_mut() {
            mapping.shift_remove(key);
            mapping.extend(value.map(|value| (key.into(), value)));
        }
    }
}
