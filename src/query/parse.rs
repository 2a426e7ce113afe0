//! The parameters of a list, read.

use super::cursor::Place;
use super::filter::{Filter, Presence, Test};
use super::when::When;
use super::{
    CONDITIONS_MAX, Cursor, Fields, Member, Order, PAGE_TASKS_DEFAULT, Query, QueryError, Search,
    Selection, Sequence,
};

fn wrong(parameter: &str, expected: impl Into<String>) -> QueryError {
    QueryError {
        parameter: parameter.to_owned(),
        expected: expected.into(),
    }
}

/// What was given so far.
#[derive(Default)]
struct Reader {
    filter: Filter,
    n_conditions: usize,
    search: Option<Search>,
    order: Option<Order>,
    limit: Option<usize>,
    cursor: Option<Cursor>,
    fields: Option<Fields>,
    has_body: Option<bool>,
}

/// Reads the parameters of a list.
pub(super) fn query(
    pairs: impl IntoIterator<Item = (String, String)>,
    limit_max: usize,
) -> Result<Query, QueryError> {
    let mut reader = Reader::default();
    for (name, value) in pairs {
        reader.take(&name, &value, limit_max)?;
    }
    let fields = reader.fields.unwrap_or(Fields::ALL);
    let query = Query {
        selection: Selection {
            filter: reader.filter,
            search: reader.search,
            order: reader.order,
        },
        limit: reader.limit.unwrap_or(PAGE_TASKS_DEFAULT.min(limit_max)),
        cursor: reader.cursor,
        fields: match reader.has_body {
            Some(false) => fields.without(Member::MarkdownBody),
            Some(true) | None => fields,
        },
    };
    let is_of_this = |cursor: &Cursor| {
        let is_kind = match (query.selection.sequence(), &cursor.place) {
            (Sequence::Id, Place::After(_)) => true,
            (Sequence::Order(_) | Sequence::Rank, Place::In(..)) => true,
            (Sequence::Id, Place::In(..)) => false,
            (Sequence::Order(_) | Sequence::Rank, Place::After(_)) => false,
        };
        is_kind && cursor.selection == query.selection.fingerprint()
    };
    if !query.cursor.as_ref().is_none_or(is_of_this) {
        return Err(wrong("cursor", "a `next_cursor` of this very list"));
    }
    Ok(query)
}

impl Reader {
    fn take(&mut self, name: &str, value: &str, limit_max: usize) -> Result<(), QueryError> {
        match name {
            "q" => {
                let words = Search::parse(value).map_err(|expected| wrong(name, expected))?;
                once(name, &mut self.search, words)
            }
            "sort" => {
                let expected = "names of fields with commas between, each with `-` before it for \
                                the largest first";
                let order = Order::parse(value).ok_or_else(|| wrong(name, expected))?;
                once(name, &mut self.order, order)
            }
            "limit" => {
                let limit = value.parse().ok().filter(|n| (1..=limit_max).contains(n));
                let expected = || wrong(name, format!("a number from 1 to {limit_max}"));
                once(name, &mut self.limit, limit.ok_or_else(expected)?)
            }
            "cursor" => {
                let expected = || wrong(name, "a `next_cursor` of this list");
                let cursor = Cursor::parse(value).ok_or_else(expected)?;
                once(name, &mut self.cursor, cursor)
            }
            "fields" => {
                let expected = || wrong(name, "names of fields with commas between");
                let fields = Fields::parse(value).ok_or_else(expected)?;
                once(name, &mut self.fields, fields)
            }
            "body" => once(name, &mut self.has_body, truth(name, value)?),
            _ => self.condition(name, value),
        }
    }

    fn condition(&mut self, name: &str, value: &str) -> Result<(), QueryError> {
        let text = || value.to_owned();
        let when = || {
            let expected = "a date such as 2026-12-01, or a date and time";
            When::read(value).ok_or_else(|| wrong(name, expected))
        };
        let (bare, is_negated) = match name.strip_suffix('!') {
            Some(bare) => (bare, true),
            None => (name, false),
        };
        let (parameter, test) = match bare {
            "status" => ("status", Test::Status(text())),
            "priority" => ("priority", Test::Priority(text())),
            "assignee" => ("assignee", Test::Assignee(text())),
            "tag" => ("tag", Test::Tag(text())),
            "parent" => ("parent", Test::Parent(text())),
            "path" => {
                let path = value.trim_end_matches('/').to_owned();
                ("path", Test::Path(path))
            }
            "has" => ("has", Test::Has(Presence::of(value))),
            "due_before" if !is_negated => ("due_before", Test::DueBefore(when()?)),
            "due_after" if !is_negated => ("due_after", Test::DueAfter(when()?)),
            "ready" if !is_negated => ("ready", Test::Ready(truth(name, value)?)),
            _ => return Err(wrong(name, "left out: it is not known here")),
        };
        if value.is_empty() {
            return Err(wrong(name, "something"));
        }
        self.n_conditions += 1;
        if self.n_conditions > CONDITIONS_MAX {
            let expected = format!("one of at most {CONDITIONS_MAX} conditions");
            return Err(wrong(name, expected));
        }
        self.filter.add(parameter, is_negated, test);
        Ok(())
    }
}

fn once<T>(name: &str, place: &mut Option<T>, value: T) -> Result<(), QueryError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(wrong(name, "given once")),
    }
}

fn truth(name: &str, value: &str) -> Result<bool, QueryError> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(wrong(name, "true or false")),
    }
}
