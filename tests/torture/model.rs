//! What the files must hold, by the account of who wrote them; and what they do hold, read without taskmd.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The body of each file that anybody wrote, by its path below the root. REST changes front matters, so a body is the
/// last word of whoever saved the file.
#[derive(Debug, Default)]
pub struct Model {
    bodies: BTreeMap<String, String>,
    /// The values of `mark` that REST has put in since, and that must be there.
    marks: BTreeMap<String, String>,
}

impl Model {
    /// Somebody saved a file.
    pub fn saved(&mut self, path: &str, text: &str) {
        self.bodies.insert(path.to_owned(), body(text).to_owned());
        self.marks.remove(path);
    }

    /// REST put a mark into a file.
    pub fn marked(&mut self, path: &str, mark: &str) {
        self.marks.insert(path.to_owned(), mark.to_owned());
    }

    /// A file went.
    pub fn removed(&mut self, path: &str) {
        self.bodies.remove(path);
        self.marks.remove(path);
    }

    /// A directory went with all that was in it.
    pub fn removed_below(&mut self, directory: &str) {
        let inside = format!("{directory}/");
        self.bodies.retain(|path, _| !path.starts_with(&inside));
        self.marks.retain(|path, _| !path.starts_with(&inside));
    }

    /// A file or directory was moved.
    pub fn moved(&mut self, from: &str, to: &str) {
        let inside = format!("{from}/");
        let there = |path: &String| {
            let rest = path
                .strip_prefix(&inside)
                .map(|rest| format!("{to}/{rest}"));
            rest.or_else(|| (path == from).then(|| to.to_owned()))
        };
        for map in [&mut self.bodies, &mut self.marks] {
            map.remove(to);
            let moved: Vec<_> = map
                .keys()
                .filter_map(|old| Some((old.clone(), there(old)?)))
                .collect();
            for (old, new) in moved {
                let value = map.remove(&old).unwrap();
                map.insert(new, value);
            }
        }
    }

    /// Takes what the files of a directory hold for what they must: somebody else has been at work there.
    pub fn adopt(&mut self, root: &Path, directory: &str) {
        self.removed_below(directory);
        for (path, text) in files(root, directory) {
            self.saved(&path, &text);
        }
    }

    /// The files that it knows below a directory.
    pub fn paths(&self, directory: &str) -> Vec<String> {
        let inside = format!("{directory}/");
        let paths = self.bodies.keys().filter(|path| path.starts_with(&inside));
        paths.cloned().collect()
    }

    /// The body that a file must have.
    pub fn body(&self, path: &str) -> Option<&str> {
        self.bodies.get(path).map(String::as_str)
    }

    /// Is every file there, with its body and its mark, and no other?
    pub fn check(&self, root: &Path, directory: &str) {
        let there = files(root, directory);
        for path in self.paths(directory) {
            let text = there.get(&path).unwrap_or_else(|| panic!("{path} is lost"));
            let (is, must) = (body(text), &self.bodies[&path]);
            assert_eq!(
                is.trim(),
                must.trim(),
                "{path} holds another body than was saved"
            );
            if let Some(mark) = self.marks.get(&path) {
                assert_eq!(
                    value(text, "mark").as_ref(),
                    Some(mark),
                    "{path} has lost its mark"
                );
            }
        }
        for path in there.keys() {
            assert!(self.bodies.contains_key(path), "{path} is nobody's");
        }
    }
}

/// How many files below a directory claim which id.
pub fn claims(root: &Path, directory: &str) -> BTreeMap<String, usize> {
    let mut claims = BTreeMap::new();
    for (path, text) in files(root, directory) {
        let stem = Path::new(&path).file_stem().unwrap().to_str().unwrap();
        let id = value(&text, "id").unwrap_or_else(|| stem.to_owned());
        *claims.entry(id).or_default() += 1;
    }
    claims
}

/// The Markdown files below a directory, hidden ones left out, by their path below the root.
pub fn files(root: &Path, directory: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        let Ok(entries) = fs::read_dir(root.join(&directory)) else {
            continue;
        };
        for entry in entries.map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            let path = format!("{directory}/{name}");
            let kind = entry.file_type().unwrap();
            if name.starts_with('.') {
                continue;
            }
            if kind.is_dir() {
                pending.push(path);
            } else if kind.is_file() && name.ends_with(".md") {
                found.insert(path.clone(), fs::read_to_string(root.join(&path)).unwrap());
            }
        }
    }
    found
}

/// A front matter, if there is one, and the body.
fn split(text: &str) -> (Option<&str>, &str) {
    let unix = text
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"));
    let dos = || {
        text.strip_prefix("---\r\n")
            .and_then(|rest| rest.split_once("\r\n---\r\n"))
    };
    match unix.or_else(dos) {
        Some((front, body)) => (Some(front), body),
        None => (None, text),
    }
}

/// What stands below the front matter.
pub fn body(text: &str) -> &str {
    split(text).1
}

/// The value of a key in the front matter: the storm's values are plain words.
pub fn value(text: &str, key: &str) -> Option<String> {
    let mut lines = split(text).0?.lines();
    let value = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))?;
    // A comment ends it.
    let value = value.split(" #").next()?;
    Some(value.trim().to_owned())
}

/// The tasks of a project as its files say them, by id, without taskmd: one path serves an id, the first.
pub fn tasks(root: &Path, project: &str) -> BTreeMap<String, Value> {
    let read = |name: &str| fs::read_to_string(root.join(project).join(name)).unwrap_or_default();
    let settings = read("project.yaml");
    let default = settings
        .lines()
        .find_map(|line| line.strip_prefix("default_status: "));
    let ignored: Vec<_> = read(".taskmdignore")
        .lines()
        .map(|line| format!("/{line}"))
        .collect();
    let mut tasks = BTreeMap::new();
    for (path, text) in files(root, project) {
        let path = path
            .strip_prefix(&format!("{project}/"))
            .unwrap()
            .to_owned();
        if ignored
            .iter()
            .any(|directory| format!("/{path}").contains(directory.as_str()))
        {
            continue;
        }
        let stem = path
            .rsplit('/')
            .next()
            .unwrap()
            .trim_end_matches(".md")
            .to_owned();
        let body = body(&text);
        let heading = body.lines().find_map(|line| line.strip_prefix("# "));
        let title = value(&text, "title").or_else(|| heading.map(|text| text.trim().to_owned()));
        let id = value(&text, "id").unwrap_or_else(|| stem.clone());
        let task = json!({
            "path": path,
            "title": title.unwrap_or(stem),
            "status": value(&text, "status").unwrap_or_else(|| default.unwrap_or("open").to_owned()),
            "mark": value(&text, "mark"),
            "body": body.trim(),
        });
        tasks.entry(id).or_insert(task);
    }
    tasks
}

/// What the server says of a task, in the same words.
pub fn as_read(task: &Value) -> Value {
    json!({
        "path": task["path"],
        "title": task["title"],
        "status": task["status"],
        "mark": task["metadata"].get("mark"),
        "body": task["markdown_body"].as_str().unwrap().trim(),
    })
}
