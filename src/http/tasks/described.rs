//! The operations of tasks, described.

use crate::http::describe::{Answered, JSON, MERGE_PATCH, Operation, Tag};
use crate::http::error::Code;
use crate::http::request::MARKDOWN;
use crate::wire::schema;
use serde_json::{Value as Json, json};
use utoipa::openapi::HttpMethod;

use super::representation::HTML;

const TASKS: &str = "/api/v1/projects/{projectId}/tasks";
const MOVE: &str = "/api/v1/projects/{projectId}/tasks/{taskId}/move";
const TASK: &str = "/api/v1/projects/{projectId}/tasks/{taskId}";

/// What the routes are for.
pub(in crate::http) fn described() -> Vec<Operation> {
    vec![create(), get(), replace(), update(), relocate(), delete()]
}

fn create() -> Operation {
    let examples = [
        (
            "A title is enough",
            json!({"title": "Answer in metres and feet", "tags": ["api"]}),
        ),
        (
            "With its own id and body",
            json!({
                "id": "feet",
                "title": "Answer in feet",
                "markdown_body": "## Why\n\nPilots ask.\n",
                "estimate": 3,
            }),
        ),
    ];
    Operation::new(HttpMethod::Post, TASKS, "createTask", "Make a task")
        .of(Tag::Tasks)
        .about("A new file in the project's folder. Without an `id` it gets the next free one.")
        .reads(&[JSON], "NewTask", &examples)
        .answers(
            Answered::json(201, "Task", "The task as it was made.").with(&["ETag", "Location"]),
        )
        .refuses(&[Code::TaskExists])
        .writes()
        .edits()
        .once()
}

fn get() -> Operation {
    Operation::get(TASK, "getTask", "Show a task")
        .of(Tag::Tasks)
        .about(
            "As `Accept` asks: JSON, the file byte for byte, or the body as a page that does nothing \
             (no script, no image, no request), whose boxes of task lists say by `data-at` where in \
             `markdown_body` they stand, counted as JavaScript counts.",
        )
        .takes(&["ifNoneMatch"])
        .answers(
            Answered::json(200, "Task", "The task.")
                .or(MARKDOWN, schema::text("Its file."))
                .or(HTML, schema::text("Its body as HTML."))
                .with(&["ETag", "Content-Security-Policy"]),
        )
        .answers(Answered::empty(304, "It is still the same.").with(&["ETag"]))
        .refuses(&[
            Code::TaskNotFound,
            Code::NotAcceptable,
            Code::WriteConflict,
            Code::ProjectUnavailable,
            Code::Overloaded,
            Code::UnreadableTask,
        ])
}

/// What changes or removes a task that is there.
fn mutation(method: HttpMethod, id: &'static str, summary: &'static str) -> Operation {
    mutation_at(TASK, method, id, summary)
}

fn mutation_at(
    path: &'static str,
    method: HttpMethod,
    id: &'static str,
    summary: &'static str,
) -> Operation {
    Operation::new(method, path, id, summary)
        .of(Tag::Tasks)
        .takes(&["ifMatch"])
        .refuses(&[
            Code::InvalidCondition,
            Code::DuplicateId,
            Code::RevisionMismatch,
        ])
        .writes()
}

fn replace() -> Operation {
    let examples = [(
        "A task",
        json!({"title": "Answer in metres and feet", "status": "done", "markdown_body": "Both.\n"}),
    )];
    mutation(HttpMethod::Put, "replaceTask", "Replace a task, or make it")
        .about(
            "What is left out is removed from its file. Where there is no task of this id, it \
                is made. As `text/markdown` the body is the file, byte for byte: it must be read as \
                this task.",
        )
        .takes(&["ifAbsent"])
        .reads(&[JSON], "TaskReplacement", &examples)
        .reads_also(
            MARKDOWN,
            "---\ntitle: Answer in metres and feet\nstatus: done\n---\n\nBoth.\n",
        )
        .answers(Answered::json(200, "Task", "The task as it is now.").with(&["ETag"]))
        .answers(
            Answered::json(201, "Task", "The task as it was made.").with(&["ETag", "Location"]),
        )
        .refuses(&[Code::TaskExists])
        .edits()
}

fn update() -> Operation {
    let examples: [(&str, Json); 3] = [
        ("Another status", json!({"status": "in_progress"})),
        (
            "A tag less, and no day by which it is due",
            json!({"tags": ["bug"], "due_date": null}),
        ),
        ("A key of your own", json!({"metadata": {"estimate": 5}})),
    ];
    mutation(HttpMethod::Patch, "updateTask", "Change a task")
        .about(
            "A merge patch (RFC 7396), by whichever type it is sent. Only the lines that it names \
             are rewritten: comments, order, quotes and unknown keys stay.",
        )
        .reads(&[JSON, MERGE_PATCH], "TaskPatch", &examples)
        .answers(Answered::json(200, "Task", "The task as it is now.").with(&["ETag"]))
        .refuses(&[Code::TaskNotFound])
        .edits()
}

fn relocate() -> Operation {
    let examples: [(&str, Json); 3] = [
        ("To another column", json!({"status": "in_progress"})),
        (
            "Before another task of its column",
            json!({"before": "TASK-001"}),
        ),
        (
            "To another project",
            json!({"project_id": "site", "status": "open"}),
        ),
    ];
    mutation_at(MOVE, HttpMethod::Post, "moveTask", "Move a task")
        .about(
            "To another column, to a place in one, to another project. Its place is its `position`, \
             which is all that is written, unless others of the column need one first. To another \
             project its file goes as it is.",
        )
        .reads(&[JSON], "Destination", &examples)
        .answers(
            Answered::json(200, "Task", "The task as it is now.")
                .with(&["ETag", "Content-Location"]),
        )
        .refuses(&[
            Code::TaskNotFound,
            Code::TaskExists,
            Code::TooManyToPlace,
        ])
        .edits()
        .once()
}

fn delete() -> Operation {
    mutation(HttpMethod::Delete, "deleteTask", "Remove a task")
        .about("Removes its file.")
        .answers(Answered::empty(204, "It is gone."))
        .refuses(&[Code::TaskNotFound])
}
