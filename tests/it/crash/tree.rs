//! All that lies in a directory, to compare it with what should.

use crate::support::{Server, put};
use std::collections::BTreeMap;
use std::path::Path;

/// What each file holds, by its path. A directory has a slash at its end.
pub type Tree = BTreeMap<String, Vec<u8>>;

/// A tree in words.
pub fn tree(files: &[(&str, &str)]) -> Tree {
    let file = |(path, text): &(&str, &str)| ((*path).to_owned(), text.as_bytes().to_vec());
    files.iter().map(file).collect()
}

/// Reads everything that lies there, dot files included.
pub fn read(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut pending = vec![root.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            if path.is_symlink() {
                let target = std::fs::read_link(&path).unwrap();
                tree.insert(name, target.to_str().unwrap().as_bytes().to_vec());
            } else if path.is_dir() {
                tree.insert(name + "/", Vec::new());
                pending.push(path);
            } else {
                tree.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    tree
}

/// Puts files there.
pub fn write(root: &Path, tree: &Tree) {
    for (name, bytes) in tree {
        let path = root.join(name);
        match name.ends_with('/') {
            true => std::fs::create_dir_all(path).unwrap(),
            false => {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                put(&path, bytes);
            }
        }
    }
}

/// The names of the server's temporary files and directories.
pub fn temporaries(tree: &Tree) -> Vec<&String> {
    let is_temporary = |name: &&String| {
        let mut parts = name.split('/');
        parts.any(|part| part.starts_with(".taskmd-") && !part.ends_with(".md"))
    };
    tree.keys().filter(is_temporary).collect()
}

/// Does the server list exactly the tasks that lie there, with the bytes that they have?
pub fn expect_served(server: &Server, project: &str, tree: &Tree) {
    let (listed, there) = (listed(server, project), tasks(tree, project));
    assert_eq!(listed, there, "the list is not what the files are");
}

/// The revisions of the tasks that the server lists, by their paths.
pub fn listed(server: &Server, project: &str) -> BTreeMap<String, String> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let tasks = server.tasks(project);
    tasks
        .values()
        .map(|task| (text(&task["path"]), text(&task["revision"])))
        .collect()
}

/// The revisions of the files with a task's name, by their paths.
pub fn tasks(tree: &Tree, project: &str) -> BTreeMap<String, String> {
    let prefix = format!("{project}/");
    let is_hidden = |path: &str| path.split('/').any(|part| part.starts_with('.'));
    tree.iter()
        .filter_map(|(path, bytes)| Some((path.strip_prefix(&prefix)?, bytes)))
        .filter(|(path, _)| path.ends_with(".md") && !is_hidden(path))
        .map(|(path, bytes)| (path.to_owned(), revision(bytes)))
        .collect()
}

/// The name that the interface gives to these bytes.
pub fn revision(bytes: &[u8]) -> String {
    format!("b3-{}", &blake3::hash(bytes).to_hex()[..32])
}
