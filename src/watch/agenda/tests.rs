//! When a file is looked at, without a file.

use super::*;

fn place(path: &str) -> Place {
    Place {
        project: ProjectId::parse("p").unwrap(),
        path: TaskPath::parse(path).unwrap(),
    }
}

/// When a file is due after these hints, each `(milliseconds, hint)`, in milliseconds.
fn due_after(hints: &[(u64, Hint)]) -> u128 {
    let start = Instant::now();
    let mut agenda = Agenda::default();
    for (at, hint) in hints {
        agenda.note(place("a.md"), *hint, start + Duration::from_millis(*at));
    }
    (agenda.next_due().unwrap() - start).as_millis()
}

#[test]
fn when_a_file_is_looked_at() {
    use Hint::{Created, Gone, Touched, Whole};
    assert_eq!(due_after(&[(7, Whole)]), 7);
    // In place: truncated, written, closed.
    assert_eq!(due_after(&[(0, Touched), (1, Touched), (2, Whole)]), 2);
    // vim: moved aside, created, written, closed.
    assert_eq!(due_after(&[(0, Gone), (1, Created), (2, Touched)]), 302);
    assert_eq!(
        due_after(&[(0, Gone), (1, Created), (2, Touched), (3, Whole)]),
        3
    );
    assert_eq!(due_after(&[(0, Gone)]), 50);
    assert_eq!(due_after(&[(0, Created)]), 100);
    // Written to again after it was closed: the next close is near.
    assert_eq!(due_after(&[(0, Whole), (1, Touched)]), 301);
    // A log that is never closed is looked at all the same.
    let endless: Vec<_> = (0..100).map(|n| (n * 100, Touched)).collect();
    assert_eq!(due_after(&endless), 5_000);
}

#[test]
fn what_was_held_is_certain_and_brings_along_what_waits() {
    let start = Instant::now();
    let at = |ms| start + Duration::from_millis(ms);
    let mut agenda = Agenda::default();
    agenda.note(place("gone.md"), Hint::Gone, at(0));
    agenda.note(place("whole.md"), Hint::Whole, at(0));
    let certainties = |due: Vec<Due>| -> Vec<_> {
        due.into_iter()
            .map(|due| (due.place.path.to_string(), due.certainty))
            .collect()
    };
    assert_eq!(
        certainties(agenda.take_due(at(0))),
        [("whole.md".to_owned(), Certainty::Fresh)]
    );
    agenda.wait(place("whole.md"), at(0), at(0), Certainty::Fresh, at(30));
    let due = certainties(agenda.take_due(at(50)));
    assert_eq!(
        due,
        [
            ("gone.md".to_owned(), Certainty::Held),
            ("whole.md".to_owned(), Certainty::Fresh)
        ]
    );
    agenda.wait(place("whole.md"), at(0), at(0), Certainty::Held, at(50));
    assert_eq!(
        certainties(agenda.take_due(at(100))),
        [("whole.md".to_owned(), Certainty::Held)]
    );
    assert_eq!(agenda.next_due(), None);
}

#[test]
fn a_file_that_went_waits_for_one_that_came() {
    let start = Instant::now();
    let at = |ms| start + Duration::from_millis(ms);
    let mut agenda = Agenda::default();
    agenda.note(place("gone.md"), Hint::Gone, at(0));
    agenda.note(place("came.md"), Hint::Created, at(10));
    assert_eq!(agenda.take_due(at(50)), []);
    assert_eq!(agenda.take_due(at(110)).len(), 2);
    // A folder that is filled without end does not keep what went for ever.
    agenda.note(place("gone.md"), Hint::Gone, at(200));
    for ms in 200..800 {
        agenda.note(place("came.md"), Hint::Created, at(ms));
        if !agenda.take_due(at(ms)).is_empty() {
            assert_eq!(ms, 700);
            return;
        }
    }
    panic!("it waits for ever");
}

#[test]
fn many_that_go_wait_for_the_last_of_them() {
    let start = Instant::now();
    let at = |ms| start + Duration::from_millis(ms);
    let mut agenda = Agenda::default();
    for n in 0..400 {
        agenda.note(place(&format!("{n}.md")), Hint::Gone, at(n));
        assert_eq!(agenda.take_due(at(n)), []);
    }
    assert_eq!(agenda.take_due(at(448)), []);
    assert_eq!(agenda.take_due(at(449)).len(), 400);
    // Few, or one now and then, do not wait for each other.
    agenda.note(place("a.md"), Hint::Gone, at(500));
    agenda.note(place("b.md"), Hint::Gone, at(540));
    assert_eq!(agenda.take_due(at(550)).len(), 1);
    assert_eq!(agenda.take_due(at(590)).len(), 1);
    // A project that is emptied without end is told of in the end.
    for n in 0..600 {
        agenda.note(place(&format!("{n}.md")), Hint::Gone, at(1_000 + n * 10));
    }
    assert_eq!(agenda.take_due(at(5_999)), []);
    assert!(!agenda.take_due(at(6_000)).is_empty());
}

#[test]
fn what_was_heard_before_is_open_until_it_is_settled() {
    let start = Instant::now();
    let at = |ms| start + Duration::from_millis(ms);
    let mut agenda = Agenda::default();
    agenda.note(place("a.md"), Hint::Whole, at(1));
    assert!(!agenda.has_open(None, at(0)));
    assert!(agenda.has_open(Some(&place("a.md").project), at(1)));
    assert!(!agenda.has_open(ProjectId::parse("q").ok().as_ref(), at(1)));
    let due = agenda.take_due(at(1)).pop().unwrap();
    assert!(!agenda.has_open(None, at(1)));
    agenda.wait(due.place, due.first, at(2), Certainty::Fresh, at(2));
    assert!(agenda.has_open(None, at(1)));
}

#[test]
fn a_half_saved_file_is_believed_in_the_end() {
    let start = Instant::now();
    let mut agenda = Agenda::default();
    agenda.note(place("a.md"), Hint::Whole, start);
    let mut now = start;
    let mut n_looks = 0;
    loop {
        let due = agenda.take_due(now).pop().unwrap();
        n_looks += 1;
        if due.certainty == Certainty::Final {
            break;
        }
        agenda.wait(
            due.place,
            due.first,
            due.waits_since.unwrap_or(now),
            Certainty::Fresh,
            now,
        );
        now = agenda.next_due().unwrap();
    }
    assert!(n_looks > 5, "{n_looks}");
    assert_eq!(now - start, PATIENCE);
}
