//! The operations of projects, described.

use crate::http::describe::{Answered, JSON, Operation, Tag};
use crate::http::error::Code;
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
    .writes();
    let path = "/api/v1/projects/{projectId}";
    let get = Operation::get(path, "getProject", "Show a project").answers(Answered::json(
        200,
        "Project",
        "The project.",
    ));
    let path = "/api/v1/projects/{projectId}/problems";
    let problems = Operation::get(path, "listProblems", "List what could not be understood")
        .about(
            "A file that cannot be understood keeps its last good version, and costs no other \
                file anything.",
        )
        .answers(Answered::json(200, "Problems", "The problems."));
    let all = [list, create, get, problems];
    all.into_iter()
        .map(|operation| operation.of(Tag::Projects))
        .collect()
}
