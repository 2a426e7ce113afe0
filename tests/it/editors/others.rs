//! The editors that are on every machine.

use super::{Scenario, run_all};

#[test]
fn other_editors() {
    run_all(&[
        Scenario::script(
            "ex",
            &["ex"],
            "ex -sc '%s/open/done/|x' p/a.md",
            "updated A",
        ),
        Scenario::script(
            "ed",
            &["ed"],
            "printf '%s\\n' ,s/open/done/ w q | ed -s p/a.md",
            "updated A",
        ),
        Scenario::typed(
            "nano",
            &["nano"],
            "nano --ignorercfiles +6 p/a.md",
            &[
                ("first", &["a note ", "C-o"]),
                ("File Name to Write", &["Enter"]),
                ("Wrote", &["C-x"]),
            ],
            "updated A",
        ),
        Scenario::typed(
            "nano with a backup",
            &["nano"],
            "nano --ignorercfiles --backup +6 p/a.md",
            &[
                ("first", &["a note ", "C-x"]),
                ("Save modified", &["y"]),
                ("File Name to Write", &["Enter"]),
            ],
            "updated A",
        ),
    ]);
}
