//! Vim, in each of its ways to save.

use super::{Scenario, run_all};

/// Vim without a screen, which writes just as it does with one. By default it makes no backup below /tmp.
macro_rules! vim {
    ($name:literal, $set:literal, $script:literal, $events:literal) => {
        Scenario::script(
            $name,
            &["vim"],
            concat!(
                "vim -Nu NONE -es -c 'set hidden backupskip= ",
                $set,
                "' ",
                $script
            ),
            $events,
        )
    };
}

#[test]
fn vim_in_every_mode() {
    run_all(&[
        vim!("vim", "", "-c %s/open/done/ -c wq p/a.md", "updated A").replaces_a(),
        vim!(
            "vim, backupcopy=yes",
            "backupcopy=yes",
            "-c %s/open/done/ -c wq p/a.md",
            "updated A"
        )
        .keeps_a(),
        vim!(
            "vim, backupcopy=no",
            "backupcopy=no",
            "-c %s/open/done/ -c wq p/a.md",
            "updated A"
        )
        .replaces_a(),
        vim!(
            "vim, nowritebackup",
            "nowritebackup",
            "-c %s/open/done/ -c wq p/a.md",
            "updated A"
        )
        .keeps_a(),
        vim!(
            "vim, the backup stays",
            "backup",
            "-c %s/open/done/ -c wq p/a.md; test -f p/a.md~",
            "updated A"
        ),
        vim!(
            "vim, the patch mode",
            "patchmode=.orig",
            "-c %s/open/done/ -c wq p/a.md; test -f p/a.md.orig",
            "updated A"
        ),
        vim!(
            "vim, :wall of four",
            "",
            "-c 'argdo %s/open/done/' -c wall -c qa p/*.md p/sub/*.md",
            "updated A, updated B, updated C, updated d"
        ),
        vim!(
            "vim, a new file",
            "",
            "-c 'normal ihello' -c wq p/new.md",
            "created new"
        ),
        vim!(
            "vim, :saveas",
            "",
            "-c 'saveas p/sub/copy.md' -c q p/sub/d.md",
            "created copy"
        ),
        Scenario::script(
            "vim with its defaults, -c wq",
            &["vim"],
            "vim --not-a-term -T dumb -c '%s/open/done/' -c wq p/a.md < /dev/null",
            "updated A",
        ),
        Scenario::typed(
            "vim at a terminal",
            &["vim"],
            "vim -Nu DEFAULTS --cmd 'set backupskip=' p/a.md",
            &[
                ("first", &["G", "A", " and more", "Escape", ":w", "Enter"]),
                ("written", &[":q", "Enter"]),
            ],
            "updated A",
        ),
    ]);
}
