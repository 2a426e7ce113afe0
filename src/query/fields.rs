//! What is told of a task: all of it, or what was asked for.

/// A member of a task's JSON object, in the object's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the member of its name")]
pub enum Member {
    Id,
    ProjectId,
    Title,
    Status,
    Priority,
    Assignees,
    Tags,
    DueDate,
    DependsOn,
    Parent,
    Position,
    CreatedAt,
    UpdatedAt,
    MarkdownBody,
    Path,
    Revision,
    Metadata,
    Problem,
}

impl Member {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::Id,
        Self::ProjectId,
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
        Self::MarkdownBody,
        Self::Path,
        Self::Revision,
        Self::Metadata,
        Self::Problem,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::ProjectId => "project_id",
            Self::Title => "title",
            Self::Status => "status",
            Self::Priority => "priority",
            Self::Assignees => "assignees",
            Self::Tags => "tags",
            Self::DueDate => "due_date",
            Self::DependsOn => "depends_on",
            Self::Parent => "parent",
            Self::Position => "position",
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::MarkdownBody => "markdown_body",
            Self::Path => "path",
            Self::Revision => "revision",
            Self::Metadata => "metadata",
            Self::Problem => "problem",
        }
    }
}

/// A set of members. The id is always one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fields(u32);

impl Fields {
    /// The whole task.
    pub const ALL: Self = Self(u32::MAX);

    /// Reads the names of members between commas.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut fields = Self(Self::bit(Member::Id));
        for name in text.split(',') {
            let member = Member::ALL.into_iter().find(|m| m.name() == name.trim())?;
            fields.0 |= Self::bit(member);
        }
        Some(fields)
    }

    /// All of these but one.
    #[must_use]
    pub fn without(self, member: Member) -> Self {
        Self(self.0 & !Self::bit(member) | Self::bit(Member::Id))
    }

    /// Is this one of them?
    #[must_use]
    pub fn has(self, member: Member) -> bool {
        self.0 & Self::bit(member) != 0
    }

    const fn bit(member: Member) -> u32 {
        1 << member as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_read_by_their_names() {
        let fields = Fields::parse("title, status").unwrap();
        let told = |fields: Fields| Member::ALL.into_iter().filter(move |m| fields.has(*m));
        assert!(told(fields).eq([Member::Id, Member::Title, Member::Status]));
        assert!(told(fields.without(Member::Title)).eq([Member::Id, Member::Status]));
        assert_eq!(told(Fields::ALL.without(Member::Id)).count(), 18);
        for wrong in ["", "title,", "body", "Title"] {
            assert_eq!(Fields::parse(wrong), None, "{wrong}");
        }
    }
}
