//! Tools that change one file, or a few.

use super::{Scenario, run_all};

#[test]
fn tools_that_edit() {
    run_all(&[
        Scenario::script("sed -i", &[], "sed -i s/open/done/ p/a.md", "updated A"),
        Scenario::script(
            "sed -i of all",
            &[],
            "sed -i s/open/done/ p/*.md p/sub/*.md",
            "updated A, updated B, updated C, updated d",
        ),
        Scenario::script(
            "sed -i with a backup",
            &[],
            "sed -i.orig s/open/done/ p/a.md",
            "updated A",
        ),
        Scenario::script(
            "perl -pi",
            &["perl"],
            "perl -pi -e s/open/done/ p/a.md p/sub/d.md",
            "updated A, updated d",
        ),
        Scenario::script(
            "perl -pi with a backup",
            &["perl"],
            "perl -pi.bak -e s/open/done/ p/a.md",
            "updated A",
        ),
        Scenario::script(
            "patch",
            &["patch"],
            "printf -- '--- a\\n+++ b\\n@@ -3 +3 @@\\n-status: open\\n+status: done\\n' | patch -s p/a.md",
            "updated A",
        ),
        Scenario::script(
            "python, os.replace",
            &["python3"],
            "python3 -c \"import os, tempfile as t
f = t.NamedTemporaryFile('w', dir='p', delete=False)
f.write(open('p/a.md').read().replace('open', 'done'))
f.flush(); os.fsync(f.fileno()); f.close(); os.replace(f.name, 'p/a.md')\"",
            "updated A",
        ),
        Scenario::script(
            "python, mmap",
            &["python3"],
            "python3 -c \"import mmap
f = open('p/a.md', 'r+b'); m = mmap.mmap(f.fileno(), 0); at = m.find(b'open')
m[at:at + 4] = b'done'; m.flush(); m.close(); f.close()\"",
            "updated A",
        ),
        Scenario::script(
            "dd into the middle",
            &[],
            "printf done | dd of=p/a.md bs=1 seek=18 conv=notrunc status=none; grep -q 'status: done' p/a.md",
            "updated A",
        ),
    ]);
}

#[test]
fn tools_that_write() {
    run_all(&[
        Scenario::script("append", &[], "echo more >> p/a.md", "updated A"),
        Scenario::script(
            "two appends by one hand",
            &[],
            "{ echo more; echo still; } >> p/a.md",
            "updated A",
        ),
        Scenario::script(
            "truncate, then write",
            &[],
            "truncate -s 0 p/a.md; printf -- '---\\nid: A\\n---\\nnew\\n' >> p/a.md",
            "updated A",
        ),
        Scenario::script(
            "truncate, shorter",
            &[],
            "truncate -s -3 p/a.md",
            "updated A",
        ),
        Scenario::script(
            "tee",
            &[],
            "sed s/open/done/ p/a.md > .new; tee p/a.md < .new",
            "updated A",
        ),
        Scenario::script(
            "tee -a",
            &[],
            "echo more | tee -a p/a.md p/b.md",
            "updated A, updated B",
        ),
        Scenario::script(
            "sort -o",
            &[],
            "printf 'z\\na\\n' > .new; sort -o p/new.md .new",
            "created new",
        ),
        Scenario::script(
            "a slow pipe, whole at every moment",
            &[],
            "{ printf -- '---\\nid: A\\n---\\n'; sleep 0.1; echo one; sleep 0.1; echo two; } > p/a.md",
            "updated A",
        ),
        Scenario::script(
            "a slow pipe into a new file",
            &[],
            "{ echo one; sleep 0.1; echo two; sleep 0.1; echo three; } > p/new.md",
            "created new",
        ),
        Scenario::script(
            "a slow pipe into tee -a",
            &[],
            "{ echo one; sleep 0.1; echo two; sleep 0.1; echo three; } | tee -a p/a.md",
            "updated A",
        ),
        Scenario::script("shred", &["shred"], "shred -u p/sub/d.md", "deleted d"),
        Scenario::script(
            "rm, then again",
            &[],
            "rm p/a.md; printf -- '---\\nid: A\\n---\\nnew\\n' > p/a.md",
            "updated A",
        ),
    ]);
}

#[test]
fn tools_that_copy_and_link() {
    /// A new version of `a.md`, beside the project.
    const NEW: &str = "sed s/open/done/ p/a.md > .new";
    run_all(&[
        Scenario::script("mv over", &[], "mv .new p/a.md", "updated A").after(NEW),
        Scenario::script("cp over", &[], "cp .new p/a.md", "updated A").after(NEW),
        Scenario::script(
            "cp over, by removing",
            &[],
            "cp --remove-destination .new p/a.md",
            "updated A",
        )
        .after(NEW),
        Scenario::script("cp --backup", &[], "cp -b .new p/a.md", "updated A").after(NEW),
        Scenario::script(
            "install",
            &["install"],
            "install -m 644 .new p/a.md",
            "updated A",
        )
        .after(NEW),
        Scenario::script("ln", &[], "ln .other p/new.md", "created new").after("echo hi > .other"),
        Scenario::script("ln -f over", &[], "ln -f .new p/a.md", "updated A").after(NEW),
        Scenario::script(
            "rsync",
            &["rsync"],
            "rsync -a --ignore-times .new p/a.md",
            "updated A",
        )
        .after(NEW),
        Scenario::script(
            "rsync --inplace",
            &["rsync"],
            "rsync -a --ignore-times --inplace .new p/a.md",
            "updated A",
        )
        .after(NEW),
        Scenario::script(
            "rsync --backup",
            &["rsync"],
            "rsync -a --ignore-times --backup .new p/a.md",
            "updated A",
        )
        .after(NEW),
    ]);
}
