//! The house rules that a compiler does not keep: which way the modules point, and how large they are.

use std::path::{Path, PathBuf};

/// The modules from the core to the edges: each may use those on its left, and none on its right.
const LAYERS: [&str; 24] = [
    "cores",
    "name",
    "yaml",
    "task",
    "project",
    "event",
    "query",
    "render",
    "config",
    "fault",
    "tally",
    "frame",
    "wire",
    "transport",
    "disk",
    "log",
    "store",
    "watch",
    "stream",
    "http",
    "server",
    "client",
    "cli",
    "main",
];

/// Two layers that know each other's values: a task carries a problem, a project reads tasks.
const TWINS: [(&str, &str); 1] = [("task", "project")];

/// What the core does not know.
const NOT_IN_CORE: [&str; 7] = [
    "tokio",
    "warp",
    "notify",
    "serde_json",
    "std::fs",
    "std::net",
    "std::time",
];
const CORE: [&str; 8] = [
    "name", "yaml", "task", "project", "event", "query", "render", "frame",
];

const LINES_MAX: usize = 400;

fn sources(directory: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut pending = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(directory)];
    while let Some(directory) = pending.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty());
    found
}

/// The top module that a file belongs to.
fn layer(path: &Path) -> String {
    let below = path
        .strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
        .unwrap();
    let first = below
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_str()
        .unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The code of a file without its comments and tests.
fn code(text: &str) -> String {
    let lines = text
        .lines()
        .take_while(|line| line.trim() != "#[cfg(test)]");
    lines
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn modules_point_one_way() {
    let rank = |module: &str| LAYERS.iter().position(|layer| *layer == module);
    for (path, text) in sources("src") {
        let from = layer(&path);
        if from == "lib" || path.ends_with("tests.rs") || path.to_str().unwrap().contains("/tests/")
        {
            continue;
        }
        let from_rank = rank(&from).unwrap_or_else(|| panic!("{} has no layer", path.display()));
        for (at, _) in code(&text).match_indices("crate::") {
            let used: String = code(&text)[at + 7..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            let Some(used_rank) = rank(&used) else {
                continue;
            };
            let fine = used_rank <= from_rank || TWINS.contains(&(from.as_str(), used.as_str()));
            assert!(fine, "{}: `{from}` may not use `{used}`", path.display());
        }
    }
}

#[test]
fn the_core_is_pure() {
    for (path, text) in sources("src") {
        if !CORE.contains(&layer(&path).as_str()) || path.to_str().unwrap().contains("/tests") {
            continue;
        }
        for banned in NOT_IN_CORE {
            assert!(
                !code(&text).contains(banned),
                "{} knows {banned}",
                path.display()
            );
        }
    }
}

#[test]
fn only_one_door_makes_changes_and_only_one_module_makes_json() {
    for (path, text) in sources("src") {
        let (layer, code) = (layer(&path), code(&text));
        if layer != "wire" {
            assert!(!code.contains("Serialize"), "{} makes JSON", path.display());
        }
        if !path.ends_with("project.rs") && !path.ends_with("change.rs") {
            assert!(
                !code.contains("Change::between"),
                "{} makes changes",
                path.display()
            );
        }
    }
}

#[test]
fn files_are_short() {
    for (path, text) in ["src", "tests", "benches"].into_iter().flat_map(sources) {
        let n_lines = text.lines().count();
        assert!(
            n_lines <= LINES_MAX,
            "{} has {n_lines} lines: a name is missing in it",
            path.display()
        );
        assert!(
            !path.ends_with("mod.rs"),
            "{}: foo.rs beside foo/",
            path.display()
        );
    }
}

#[test]
fn every_test_file_is_run() {
    let main = include_str!("main.rs");
    for (path, _) in sources("tests/it") {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let is_top = path.parent().unwrap().ends_with("it");
        assert!(
            !is_top || name == "main" || main.contains(&format!("mod {name};")),
            "{name}.rs is forgotten"
        );
    }
}

#[test]
fn one_file_alone_is_unsafe() {
    for (path, text) in sources("src") {
        let is_lease = path.ends_with("disk/write/lease.rs");
        assert!(
            is_lease || !code(&text).contains("unsafe "),
            "{}",
            path.display()
        );
    }
}

#[test]
fn dependencies_say_what_they_are_for() {
    let manifest = include_str!("../../Cargo.toml");
    let mut in_dependencies = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            in_dependencies = line.contains("dependencies");
        } else if in_dependencies && line.contains('=') {
            assert!(line.contains('#'), "hired for what? {line}");
        }
    }
}
