//! What the commands cannot do: the exit code says whose fault it is, a line says why, and no file is another.

use super::{A, FILES, both, run};
use crate::support::{Server, taskmd};

/// `DIR` and `AT` stand for the directory and the server.
fn check(cases: &[(&str, &str)], code: i32) {
    let server = Server::start_with(&FILES, &[]);
    let (root, url) = both(&server);
    let at = format!("--server {url}");
    for (line, reason) in cases {
        let words = line.replace("DIR", &root).replace("AT", &at);
        let (found, out, said) = run(taskmd().args(words.split(' ')));
        assert_eq!((found, out.as_str()), (Some(code), ""), "{line}: {said}");
        let is_told = said.starts_with("taskmd: ") && said.contains(reason);
        assert!(is_told && said.lines().count() == 1, "{line}: {said}");
    }
    let [one, other] = ["p/A.md", "q/B.md"].map(|path| server.read(path));
    assert_eq!((one.as_str(), other.as_str()), (A, A));
    assert_eq!(server.tasks("p").len() + server.tasks("q").len(), 4);
}

#[test]
fn what_is_not_there_or_may_not_be_exits_1() {
    check(
        &[
            ("show DIR no", "there is no task `no`"),
            ("show AT no", "there is no task `no`"),
            ("show AT -p p no", "there is no task of this id"),
            ("show AT -p no A", "there is no project of this id"),
            ("show DIR -p no A", "there is no project `no`"),
            ("show DIR ..", "there is no task `..`"),
            ("edit DIR no a=b", "there is no task `no`"),
            ("edit AT no a=b", "there is no task `no`"),
            ("edit DIR A --if-match b3-0 a=b", "the task has changed"),
            ("edit AT A --if-match b3-0 a=b", "is not what the request"),
            ("new DIR -p p T id=A", "there is a task of this id"),
            ("new AT -p p T id=A", "there is a task of this id"),
            ("new DIR -p p T id=a/b", "`id` should be letters"),
            ("new AT -p p T id=a/b", "`id` should be letters"),
        ],
        1,
    );
}

#[test]
fn wrong_use_exits_2() {
    check(
        &[
            ("show DIR both", "Name its project with --project: `p`, `q`"),
            ("edit AT both a=b", "which `both`?"),
            (
                "new DIR T",
                "where? Name its project with --project: `p`, `q`",
            ),
            ("new AT T", "where? Name its project"),
            ("new /nowhere/at/all T", "cannot read `/nowhere/at/all`"),
            ("new --server http://127.0.0.1:9 T", "cannot reach"),
            ("new AT DIR T", "cannot be used with `--server`"),
            ("new DIR A title", "`title` is one word too many"),
            ("edit a=b", "the task's id is missing"),
            ("edit DIR A id=B", "a task keeps its `id`"),
            ("edit DIR A position=top", "`position` should be a number"),
            ("edit DIR A --if-match b3-0", "go with a change"),
            ("edit DIR A --json", "go with a change"),
        ],
        2,
    );
    let (code, _, said) = run(taskmd().arg("new"));
    assert_eq!(code, Some(2), "{said}");
}
