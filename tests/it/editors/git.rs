//! git, with the repository at the root or in the project.

use super::{DESK, Scenario, run_all, shell};
use crate::needs::has_no;
use crate::support::{Server, eventually};
use std::sync::PoisonError;
use tempfile::TempDir;

/// A repository at the root, with all that is there.
const REPOSITORY: &str =
    "git init -q -b main; printf '.home\\n' > .gitignore; git add .; git commit -qm one";

/// 120 more tasks on `main`; on `other`, 100 of them are changed, 20 are gone and 20 are new.
const TWO_BRANCHES: &str = "
    mkdir p/many
    i=1; while [ $i -le 120 ]; do printf -- \"---\\nid: T$i\\nstatus: open\\n---\\n\" > p/many/$i.md; i=$((i + 1)); done
    git init -q -b main; printf '.home\\n' > .gitignore; git add .; git commit -qm one
    git checkout -qb other
    i=1; while [ $i -le 100 ]; do echo more >> p/many/$i.md; i=$((i + 1)); done
    i=101; while [ $i -le 120 ]; do set -- \"$@\" p/many/$i.md; i=$((i + 1)); done; rm \"$@\"
    i=121; while [ $i -le 140 ]; do printf -- \"---\\nid: T$i\\n---\\n\" > p/many/$i.md; i=$((i + 1)); done
    git add .; git commit -qm two; git checkout -q main";

/// On `other`, `a.md` is changed, `b.md` has another name and place, `c.md` is gone and `new.md` has come.
const SMALL_BRANCH: &str = "
    git init -q -b main; printf '.home\\n' > .gitignore; git add .; git commit -qm one
    git checkout -qb other; echo more >> p/a.md; git mv p/b.md p/sub/moved.md; git rm -q p/sub/c.md; echo x > p/new.md
    git add .; git commit -qm two; git checkout -q main";

fn git(name: &'static str, before: &'static str, script: &'static str, events: &str) -> Scenario {
    Scenario::script(name, &["git"], script, events).after(before)
}

/// From `main` to `other`, of [`TWO_BRANCHES`].
fn many(name: &'static str, script: &'static str) -> Scenario {
    git(name, TWO_BRANCHES, script, "")
        .and_many("updated", "T", 1..101)
        .and_many("deleted", "T", 101..121)
        .and_many("created", "T", 121..141)
}

#[test]
fn branches() {
    run_all(&[
        many("checkout of many", "git checkout -q other"),
        many("reset to many", "git reset -q --hard other"),
        git(
            "checkout",
            SMALL_BRANCH,
            "git checkout -q other",
            "created new, deleted C, updated A, updated B",
        ),
        git(
            "cherry-pick",
            SMALL_BRANCH,
            "git cherry-pick other",
            "created new, deleted C, updated A, updated B",
        ),
        git(
            "a file of another branch",
            SMALL_BRANCH,
            "git checkout -q other -- p/a.md p/new.md",
            "created new, updated A",
        ),
        git(
            "apply",
            SMALL_BRANCH,
            "git diff main other | git apply",
            "created new, deleted C, updated A, updated B",
        ),
        git(
            "worktree",
            SMALL_BRANCH,
            "git worktree add -q .tree other",
            "",
        ),
    ]);
}

#[test]
fn the_working_tree() {
    /// A change that is not committed.
    const DIRTY: &str = "git init -q -b main; printf '.home\\n' > .gitignore; git add .; git commit -qm one;
                         sed -i s/open/done/ p/a.md; rm p/b.md; echo x > p/new.md; git add p/new.md";
    run_all(&[
        git(
            "stash",
            DIRTY,
            "git stash -q",
            "created B, deleted new, updated A",
        ),
        git(
            "stash pop",
            STASHED,
            "git stash pop -q",
            "created new, deleted B, updated A",
        ),
        git(
            "reset --hard",
            DIRTY,
            "git reset -q --hard",
            "created B, deleted new, updated A",
        ),
        git(
            "restore",
            DIRTY,
            "git restore p/a.md p/b.md",
            "created B, updated A",
        ),
        git(
            "clean",
            DIRTY,
            "git reset -q; git clean -qfd p",
            "deleted new",
        ),
        git("mv", REPOSITORY, "git mv p/a.md p/sub/z.md", "updated A"),
        git(
            "mv of a directory",
            REPOSITORY,
            "git mv p/sub p/other",
            "updated C, updated d",
        ),
        git(
            "rm",
            REPOSITORY,
            "git rm -q p/a.md p/sub/d.md",
            "deleted A, deleted d",
        ),
        git(
            "what changes no file",
            REPOSITORY,
            "touch p/a.md; git status; git add .; git diff; git commit -q --allow-empty -m two; git gc -q; git log",
            "",
        ),
        git(
            "a repository in the project",
            "cd p; git init -q; git add .; git commit -qm one; echo more >> a.md; git commit -qam two",
            "cd p; git checkout -q HEAD~1",
            "updated A",
        ),
    ]);
}

/// The change above, stashed.
const STASHED: &str = "git init -q -b main; printf '.home\\n' > .gitignore; git add .; git commit -qm one;
                       sed -i s/open/done/ p/a.md; rm p/b.md; echo x > p/new.md; git add p/new.md; git stash -q";

/// A clone into the root is a project: all its tasks, and none of the repository's own files.
#[test]
fn a_clone_is_a_project() {
    if has_no("a clone", &["git"]) {
        return;
    }
    let folder = TempDir::new().unwrap();
    let desk = DESK.lock().unwrap_or_else(PoisonError::into_inner);
    std::fs::create_dir_all(folder.path().join("p")).unwrap();
    shell(folder.path(), TWO_BRANCHES);
    let server = Server::over(folder.path(), &[]);
    shell(folder.path(), "git clone -q . q");
    eventually("all tasks of the clone are there", || {
        let is_there = server.get("/api/v1/projects/q").status == 200;
        (is_there && server.tasks("q").len() == 120).then_some(())
    });
    drop(desk);
    let mut client = server.connect("q");
    shell(folder.path(), "cd q; git checkout -q other");
    let events = many("", "").expected;
    assert_eq!(client.next_events(events.len()), events);
    client.expect_quiet();
    assert_eq!(*client.replay(), server.tasks("q"));
}
