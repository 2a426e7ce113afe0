//! What changes no task, and is told to nobody.

use super::{Scenario, run_all};

fn nothing(name: &'static str, tools: &'static [&'static str], script: &'static str) -> Scenario {
    Scenario::script(name, tools, script, "")
}

#[test]
fn files_that_are_read() {
    run_all(&[
        nothing(
            "everything, fifty times",
            &[],
            "i=0; while [ $i -lt 50 ]; do cat p/*.md p/sub/*.md; i=$((i + 1)); done",
        ),
        nothing(
            "grep, find, wc and tar",
            &["tar"],
            "grep -r open p; find p -type f; wc p/*.md; tar c p",
        ),
        nothing("less", &["less"], "less p/a.md | cat"),
        nothing(
            "vim, and out again",
            &["vim"],
            "vim -Nu NONE -es -c q p/a.md",
        ),
        nothing(
            "emacs, and out again",
            &["emacs"],
            "emacs -Q --batch p/a.md",
        ),
        Scenario::typed(
            "vim at a terminal, typed and thrown away",
            &["vim"],
            "vim -Nu NONE p/a.md",
            &[
                ("first", &["G", "A", " and more", "Escape"]),
                ("and more", &[":q!", "Enter"]),
            ],
            "",
        ),
        Scenario::typed(
            "nano, typed and thrown away",
            &["nano"],
            "nano --ignorercfiles p/a.md",
            &[("first", &["a note ", "C-x"]), ("Save modified", &["n"])],
            "",
        ),
    ]);
}

#[test]
fn attributes_that_change() {
    run_all(&[
        nothing("touch", &[], "touch p/a.md p/sub/d.md"),
        nothing(
            "touch into the past",
            &[],
            "touch -d 2001-01-01 p/a.md p/sub/d.md",
        ),
        nothing("chmod", &[], "chmod 640 p/a.md; chmod -R u+x p"),
        nothing(
            "chown",
            &[],
            "chown \"$(id -u)\" p/a.md p/sub/d.md; chgrp -R \"$(id -g)\" p",
        ),
        nothing(
            "a link to it",
            &[],
            "ln p/a.md .link; ln -s a.md p/link; rm .link p/link",
        ),
        nothing("opened for writing, not written", &[], ": >> p/a.md"),
    ]);
}

#[test]
fn the_same_once_more() {
    run_all(&[
        nothing("in place", &[], "cat p/a.md > .a; cat .a > p/a.md"),
        nothing("by rename", &[], "cp p/a.md p/.a; mv p/.a p/a.md"),
        nothing(
            "by removal",
            &[],
            "cp p/sub/d.md .d; rm p/sub/d.md; cp .d p/sub/d.md",
        ),
        nothing("by vim", &["vim"], "vim -Nu NONE -es -c w! -c q p/a.md"),
        nothing(
            "by sed, which finds nothing",
            &[],
            "sed -i s/nowhere/there/ p/*.md p/sub/*.md",
        ),
        nothing(
            "by rsync",
            &["rsync"],
            "cp -r p .p; rsync -a --ignore-times .p/ p/; rsync -a .p/ p/",
        ),
        nothing("by tar", &["tar"], "tar cf .tar p; tar xf .tar"),
        nothing(
            "a directory, removed and copied back",
            &[],
            "cp -r p/sub .sub; rm -r p/sub; cp -r .sub p/sub",
        ),
        nothing(
            "by truncate and append",
            &[],
            "cat p/a.md > .a; truncate -s 0 p/a.md; cat .a >> p/a.md",
        ),
    ]);
}

#[test]
fn files_that_are_no_tasks() {
    run_all(&[
        nothing(
            "droppings",
            &[],
            "for name in a.md~ '#a.md#' .a.md.swp 4913 a.md.tmp a.txt; do echo x > \"p/$name\"; done",
        ),
        nothing(
            "the texts of a repository",
            &[],
            "for name in README AGENTS CLAUDE CHANGELOG; do echo x > p/$name.md; done",
        ),
        nothing(
            "directories of other programs",
            &[],
            "for name in .git .obsidian node_modules target; do mkdir p/$name; echo x > p/$name/a.md; done",
        ),
        nothing(
            "beside the projects",
            &[],
            "echo x > note.md; echo x >> note.md; mkdir .x; echo x > .x/a.md",
        ),
        nothing(
            "a socket file of an editor",
            &[],
            "ln -s nobody@nowhere.1:2 'p/.#a.md'; rm 'p/.#a.md'",
        ),
    ]);
}
