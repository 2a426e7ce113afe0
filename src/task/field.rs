//! The fields of a task that taskmd knows, and the keys by which other tools write them.
//!
//! There is no other table of them. Every other key of a front matter is metadata.

/// A field that taskmd knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The id, which wins over the file's stem.
    Id,
    /// One line that says what is to be done.
    Title,
    /// The column: kept as typed.
    Status,
    /// How urgent; free text.
    Priority,
    /// Who does it.
    Assignees,
    /// Labels.
    Tags,
    /// When it is due, as text.
    DueDate,
    /// Ids of the tasks that come first.
    DependsOn,
    /// The id of the task that this one is a part of.
    Parent,
    /// The manual order inside a column.
    Position,
    /// When it was made, as text.
    CreatedAt,
    /// When it was last changed, as text.
    UpdatedAt,
}

/// What a field's value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A string, and never null.
    Text,
    /// A string or null.
    OptionalText,
    /// A list of strings; one string is a list of one.
    TextList,
    /// A number or null.
    OptionalNumber,
}

impl Field {
    /// All fields, in the order in which a new file lists them.
    pub const ALL: [Self; 12] = [
        Self::Id,
        Self::Title,
        Self::Status,
        Self::Priority,
        Self::Assignees,
        Self::Tags,
        Self::DueDate,
        Self::DependsOn,
        Self::Parent,
        Self::Position,
        Self::CreatedAt,
        Self::UpdatedAt,
    ];

    /// The keys that stand for this field: the one that taskmd writes, then the ones that it also reads.
    #[must_use]
    pub fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Id => &["id"],
            Self::Title => &["title", "name"],
            Self::Status => &["status", "state"],
            Self::Priority => &["priority"],
            Self::Assignees => &["assignees", "assignee", "owner"],
            Self::Tags => &["tags", "labels"],
            Self::DueDate => &["due_date", "due", "dueDate"],
            Self::DependsOn => &["depends_on", "dependencies", "blocked_by", "blockedBy"],
            Self::Parent => &["parent", "parent_task_id", "parentTaskId"],
            Self::Position => &["position", "ordinal", "order"],
            Self::CreatedAt => &["created_at", "created", "created_date", "dateCreated"],
            Self::UpdatedAt => &["updated_at", "updated", "updated_date", "dateModified"],
        }
    }

    /// The key that taskmd writes, which is also the field's name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.keys()[0]
    }

    /// What the field's value looks like.
    #[must_use]
    pub fn shape(self) -> Shape {
        match self {
            Self::Id | Self::Title | Self::Status => Shape::Text,
            Self::Priority | Self::DueDate | Self::Parent | Self::CreatedAt | Self::UpdatedAt => {
                Shape::OptionalText
            }
            Self::Assignees | Self::Tags | Self::DependsOn => Shape::TextList,
            Self::Position => Shape::OptionalNumber,
        }
    }

    /// Returns the field that this key stands for, by its own name or an alias.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|field| field.keys().contains(&key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_stands_for_two_fields() {
        let mut keys: Vec<_> = Field::ALL.iter().flat_map(|f| f.keys()).collect();
        let n_keys = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), n_keys);
        assert_eq!(Field::of_key("blockedBy"), Some(Field::DependsOn));
        assert_eq!(Field::of_key("estimate"), None);
    }
}
