//! A real project at the door of the server: tasks of Backlog.md's own repository (tests/corpus, with its licence).
//!
//! Another reader than ours reads the same files, and both must agree; every change that a client makes is compared
//! with the file before it, line by line. `TASKMD_CORPUS=/path` runs all that holds for any task (all but the table
//! of shapes) over another root of projects that Backlog.md wrote; it is copied, and never written to.

mod reader;
mod shapes;

use crate::support::{Client, Server, put, shorten};
use reader::Reading;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The root of the projects that are tested.
fn corpus() -> PathBuf {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/backlog-md");
    std::env::var_os("TASKMD_CORPUS").map_or(ours, PathBuf::from)
}

/// A server over a copy of a root of projects.
struct Copy {
    server: Server,
    root: TempDir,
}

impl Copy {
    fn of(root: &Path) -> Self {
        let copy = TempDir::new().unwrap();
        copy_tree(root, copy.path());
        Self {
            server: Server::over(copy.path(), &[]),
            root: copy,
        }
    }

    /// The projects by id, each with its tasks by id.
    fn projects(&self) -> BTreeMap<String, BTreeMap<String, Value>> {
        let projects = self.server.json("/api/v1/projects");
        let projects = projects["projects"].as_array().unwrap().iter();
        projects
            .map(|project| project["id"].as_str().unwrap())
            .map(|id| (id.to_owned(), self.server.tasks(id)))
            .collect()
    }

    fn file(&self, project: &str, task: &Value) -> PathBuf {
        let path = task["path"].as_str().unwrap();
        self.root.path().join(project).join(path)
    }

    fn text(&self, project: &str, task: &Value) -> String {
        std::fs::read_to_string(self.file(project, task)).unwrap()
    }

    /// Changes a task, and returns how its file differs: `-line` and `+line`.
    fn patch(&self, project: &str, task: &Value, patch: &Value) -> Vec<String> {
        let id = task["id"].as_str().unwrap();
        let before = self.text(project, task);
        let path = format!("/api/v1/projects/{project}/tasks/{id}");
        let response = self.server.request("PATCH", &path, Some(patch.clone()));
        assert_eq!(response.status, 200, "{id}: {}", response.text());
        difference(&before, &self.text(project, task))
    }
}

fn copy_tree(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&to).unwrap();
            copy_tree(&entry.path(), &to);
        } else {
            put(&to, &std::fs::read(entry.path()).unwrap());
        }
    }
}

/// The paths of all files below a directory, relative to it.
fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(next) = pending.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                files.push(path.strip_prefix(directory).unwrap().to_owned());
            }
        }
    }
    files
}

/// The lines that went and came, in order: what `diff` says, without its places.
fn difference(before: &str, after: &str) -> Vec<String> {
    let before: Vec<_> = before.split_inclusive('\n').collect();
    let after: Vec<_> = after.split_inclusive('\n').collect();
    // How many lines the rests have in common, from each pair of lines on.
    let mut common = vec![vec![0_usize; after.len() + 1]; before.len() + 1];
    for b in (0..before.len()).rev() {
        for a in (0..after.len()).rev() {
            common[b][a] = if before[b] == after[a] {
                common[b + 1][a + 1] + 1
            } else {
                common[b + 1][a].max(common[b][a + 1])
            };
        }
    }
    let (mut b, mut a) = (0, 0);
    let mut lines = Vec::new();
    while b < before.len() || a < after.len() {
        if b < before.len() && a < after.len() && before[b] == after[a] {
            (b, a) = (b + 1, a + 1);
        } else if a == after.len() || (b < before.len() && common[b + 1][a] >= common[b][a + 1]) {
            lines.push(format!("-{}", before[b].trim_end_matches('\n')));
            b += 1;
        } else {
            lines.push(format!("+{}", after[a].trim_end_matches('\n')));
            a += 1;
        }
    }
    lines
}

/// A time with every digit as `9`, which shows its form.
fn form(line: &str) -> String {
    line.replace(|c: char| c.is_ascii_digit(), "9")
}

/// What a change of the line `old` to `new` must look like in a file: one line, or two when the file knows when it
/// was changed.
fn assert_replaced(difference: &[String], old: &str, new: &str, reading: &Reading) {
    let mut expected = vec![format!("-{old}"), format!("+{new}")];
    if let Some(line) = &reading.updated_line {
        expected.extend([format!("-{line}"), format!("+{}", form(line))]);
    }
    let mut found = difference.to_vec();
    if let Some(last) = found.get_mut(3) {
        *last = form(last);
    }
    assert_eq!(found, expected, "{}", reading.path);
}

/// The parts of a task that the other reader knows as well.
fn shared_part(task: &Value, reading: &Reading) -> Value {
    let mut part = json!({});
    for key in reading.json().as_object().unwrap().keys() {
        part[key] = task[key].clone();
    }
    // 6000 and 6000.0 are one number.
    if let Some(position) = part["position"].as_f64() {
        part["position"] = json!(position);
    }
    part
}

#[test]
fn every_task_is_read_as_another_reader_reads_it() {
    let copy = Copy::of(&corpus());
    let mut n_tasks = 0;
    for (project, tasks) in copy.projects() {
        let problems = copy.server.problems(&project);
        for task in tasks.values() {
            let reading = Reading::of(task["path"].as_str().unwrap(), &copy.text(&project, task));
            assert_eq!(
                shared_part(task, &reading),
                reading.json(),
                "{}",
                reading.path
            );
        }
        // Nothing is skipped in silence: every file is a task, or a problem, or one of the texts that are neither.
        let served: BTreeSet<_> = tasks
            .values()
            .map(|task| task["path"].as_str().unwrap())
            .collect();
        let files = files_below(&copy.root.path().join(&project));
        let paths = files.iter().map(|path| path.to_str().unwrap());
        let skipped: BTreeSet<_> = paths
            .filter(|path| path.ends_with(".md"))
            .filter(|path| !served.contains(path) && !problems.contains_key(*path))
            .collect();
        let texts: BTreeSet<_> = skipped
            .iter()
            .copied()
            .filter(|path| path.ends_with("/readme.md"))
            .collect();
        assert_eq!(skipped, texts);
        println!(
            "{project}: {} tasks, texts {texts:?}, problems {problems:?}",
            tasks.len()
        );
        n_tasks += tasks.len();
    }
    assert!(n_tasks >= 25, "{n_tasks}");
}

#[test]
fn a_status_is_one_line_of_the_file_and_one_event() {
    let copy = Copy::of(&corpus());
    for (project, tasks) in copy.projects() {
        let mut client = copy.server.connect(&project);
        for (id, task) in &tasks {
            let reading = Reading::of(task["path"].as_str().unwrap(), &copy.text(&project, task));
            let old = format!("status: {}", task["status"].as_str().unwrap());
            let difference = copy.patch(&project, task, &json!({"status": "In Review"}));
            assert_replaced(&difference, &old, "status: In Review", &reading);
            let event = client.next_event();
            assert_eq!(shorten(&event), format!("updated {id}"));
            assert_eq!(
                event["changes"]["status"],
                json!([task["status"], "In Review"])
            );
        }
        client.expect_quiet();
        assert_eq!(*client.replay(), copy.server.tasks(&project));
    }
}

#[test]
fn what_changes_nothing_writes_nothing() {
    let copy = Copy::of(&corpus());
    for (project, tasks) in copy.projects() {
        let mut client = copy.server.connect(&project);
        for task in tasks.values() {
            let file = copy.file(&project, task);
            let before = std::fs::metadata(&file).unwrap();
            // All that a client was sent, but for what it may not send.
            let mut whole = task.clone();
            let object = whole.as_object_mut().unwrap();
            for key in ["project_id", "path", "revision", "metadata", "problem"] {
                object.remove(key);
            }
            for patch in [
                json!({}),
                json!({"status": task["status"]}),
                task["metadata"].clone(),
                whole,
            ] {
                let nothing: [&str; 0] = [];
                assert_eq!(copy.patch(&project, task, &patch), nothing, "{patch}");
            }
            let after = std::fs::metadata(&file).unwrap();
            assert_eq!(
                before.modified().unwrap(),
                after.modified().unwrap(),
                "{file:?}"
            );
        }
        quiet(&mut client, &tasks, &copy.server.tasks(&project));
    }
}

fn quiet(client: &mut Client, before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) {
    client.expect_quiet();
    assert_eq!(before, after);
}
