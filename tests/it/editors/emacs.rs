//! Emacs, in each of its ways to save.

use super::{Scenario, run_all};

/// Emacs without a screen. By default it makes no backup below /tmp.
macro_rules! emacs {
    ($name:literal, $script:literal, $events:literal) => {
        Scenario::script(
            $name,
            &["emacs"],
            concat!(
                "emacs -Q --batch --eval '(setq backup-enable-predicate (lambda (name) t))' ",
                $script
            ),
            $events,
        )
    };
}

#[test]
fn emacs() {
    run_all(&[
        emacs!(
                "emacs",
                "p/a.md --eval '(replace-string \"open\" \"done\")' -f save-buffer; test -f p/a.md~",
                "updated A"
            ).replaces_a(),
        emacs!(
                "emacs, backups by copying",
                "--eval '(setq backup-by-copying t)' p/a.md --eval '(replace-string \"open\" \"done\")' \
                 -f save-buffer; test -f p/a.md~",
                "updated A"
            ).keeps_a(),
        emacs!(
                "emacs, no backups",
                "--eval '(setq make-backup-files nil)' p/a.md --eval '(replace-string \"open\" \"done\")' \
                 -f save-buffer",
                "updated A"
            ).keeps_a(),
        emacs!(
                "emacs, a precious file",
                "--eval '(setq file-precious-flag t)' p/a.md --eval '(replace-string \"open\" \"done\")' \
                 -f save-buffer",
                "updated A"
            ).replaces_a(),
        emacs!(
            "emacs, two buffers",
            "p/a.md --eval '(goto-char (point-max))' --eval '(insert \"more\")' \
             p/sub/d.md --eval '(goto-char (point-max))' --eval '(insert \"more\")' --eval '(save-some-buffers t)'",
            "updated A, updated d"
        ),
    ]);
}
