//! The operations of projects, described.

use crate::http::describe::{Answered, JSON, MERGE_PATCH, Operation, Tag};
use crate::http::error::Code;
use crate::wire::schema;
use serde_json::json;
use utoipa::openapi::HttpMethod;

const PROJECTS: &str = "/api/v1/projects";

/// What the routes are for.
pub(in crate::http) fn described() -> Vec<Operation> {
    let list = Operation::get(PROJECTS, "listProjects", "List the projects")
        .answers(Answered::json(200, "Projects", "All projects, by id."));
    let new = json!({"id": "site", "name": "The site", "statuses": ["open", "doing", "done"]});
    let create = Operation::new(
        HttpMethod::Post,
        PROJECTS,
        "createProject",
        "Make a project",
    )
    .about("A new folder with a `project.yaml`.")
    .reads(&[JSON], "NewProject", &[("A project", new)])
    .answers(Answered::json(201, "Project", "The project as it was made.").with(&["Location"]))
    .refuses(&[Code::InvalidId, Code::ProjectExists])
    .writes()
    .once();
    let path = "/api/v1/projects/{projectId}";
    let get = Operation::get(path, "getProject", "Show a project").answers(Answered::json(
        200,
        "Project",
        "The project.",
    ));
    let update = Operation::new(HttpMethod::Patch, path, "updateProject", "Change a project")
        .about(
            "A merge patch (RFC 7396) of what its `project.yaml` says, which is made if there is none. \
             Only the lines that it names are rewritten.",
        )
        .takes(&["ifMatch"])
        .reads(
            &[JSON, MERGE_PATCH],
            "ProjectPatch",
            &[
                ("Its columns", json!({"statuses": ["open", "doing", "review", "done"]})),
                ("No description", json!({"description": null})),
            ],
        )
        .answers(Answered::json(200, "Project", "The project as it is now."))
        .refuses(&[Code::InvalidCondition, Code::RevisionMismatch])
        .writes()
        .edits();
    let delete = Operation::new(HttpMethod::Delete, path, "deleteProject", "Remove a project")
        .about(
            "Removes its folder. Where there is more in it than its settings, only with `force=true`; \
             never one that is a repository. Whoever follows it is told: WebSockets by the code 4404.",
        )
        .takes(&["ifMatch"])
        .query(
            "force",
            "With `true` all that lies in it goes with it.",
            schema::text("").enum_values(Some(["false", "true"])),
        )
        .answers(Answered::empty(204, "It is gone."))
        .refuses(&[
            Code::InvalidQuery,
            Code::InvalidCondition,
            Code::RevisionMismatch,
            Code::ProjectNotEmpty,
        ])
        .writes();
    let path = "/api/v1/projects/{projectId}/problems";
    let problems = Operation::get(path, "listProblems", "List what is wrong in the files")
        .about(
            "A file that cannot be understood keeps its last good version, and costs no other \
             file anything. Also what tasks say of each other and cannot be: `missing_dependency`, \
             `missing_parent`, `dependency_cycle` and `parent_cycle`, which are no mark on a task.",
        )
        .answers(Answered::json(200, "Problems", "The problems."));
    let all = [list, create, get, update, delete, problems];
    all.into_iter()
        .map(|operation| operation.of(Tag::Projects))
        .collect()
}
