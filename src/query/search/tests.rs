//! What is typed, what fits best, and what is shown of it.

use super::*;
use crate::project::tests::project;
use crate::query::Index;

#[test]
fn what_is_typed() {
    for (text, expected) in [
        ("cache", "cache*"),
        ("cache ", "cache"),
        ("Cache Days", "cache days*"),
        ("cache.", "cache*"),
        ("cache -", "cache"),
        ("TASK-001", "[task 001*]"),
        ("a-b c", "[a b] c*"),
        ("\"tide table\"", "[tide table]"),
        ("\"tide table", "[tide table*]"),
        ("\"tide\" x", "tide x*"),
        ("say \"\" x ", "say x"),
        ("日本", "[日 本*]"),
    ] {
        let search = Search::parse(text).unwrap();
        let mut shown: Vec<_> = search
            .terms()
            .map(|term| format!("{}{}", term.word, if term.is_prefix { "*" } else { "" }))
            .collect();
        for phrase in &search.phrases {
            shown[phrase.start].insert(0, '[');
            shown[phrase.end - 1].push(']');
        }
        assert_eq!(shown.join(" "), expected, "{text}");
    }
}

fn best_first(files: &[(&str, &str)], text: &str) -> Vec<String> {
    let project = project(files);
    let search = Search::parse(text).unwrap();
    let hits = Index::of(project.tasks()).find(&search);
    let stats = hits.stats.clone();
    let ranked = hits.ranked(&stats);
    assert!(ranked.is_sorted_by(|(one, _), (other, _)| one >= other));
    assert!(ranked.iter().all(|(score, _)| *score > 0.0));
    ranked
        .into_iter()
        .map(|(_, task)| task.id.to_string())
        .collect()
}

#[test]
fn what_fits_best_comes_first() {
    let long = format!("a tide {}", "and many other words ".repeat(30));
    let files = [
        ("body-once.md", "# Other\n\ntide and so on"),
        ("body-thrice.md", "# Other\n\ntide tide tide and so on"),
        ("long.md", &long),
        ("none.md", "# Other"),
        ("title.md", "# The tide"),
        ("zwin.md", "# Other\n\ntide and so on"),
    ];
    let expected = ["title", "body-thrice", "body-once", "zwin", "long"];
    assert_eq!(best_first(&files, "tide "), expected);
    // A rare word says more than a common one.
    let files = [
        ("a.md", "# x\n\ncommon rare"),
        ("b.md", "# common\n\nrare"),
        ("c.md", "# rare\n\ncommon"),
        ("d.md", "# common"),
        ("e.md", "# common"),
    ];
    assert_eq!(best_first(&files, "common rare "), ["c", "b", "a"]);
}

#[test]
fn figures_of_two_projects_add_up() {
    let figures = |n_with: &[usize]| Stats {
        n_tasks: 10,
        n_words: 100,
        n_with: n_with.to_vec(),
    };
    let mut sum = Stats::default();
    sum.add(&figures(&[1, 2]));
    sum.add(&figures(&[3, 4]));
    assert_eq!(
        (sum.n_tasks, sum.n_words, sum.n_with),
        (20, 200, vec![4, 6])
    );
}

/// The snippet of a body, with its matches in brackets.
fn shown(body: &str, text: &str) -> String {
    let project = project(&[("a.md", &format!("---\ntitle: t\n---\n{body}"))]);
    let task = project.tasks().next().unwrap();
    let snippet = Snippet::of(task, &Search::parse(text).unwrap());
    let mut units: Vec<u16> = snippet.text.encode_utf16().collect();
    assert!(snippet.text.chars().count() <= 161, "{}", snippet.text);
    for [from, to] in snippet.matches.into_iter().rev() {
        units.insert(to, u16::from(b']'));
        units.insert(from, u16::from(b'['));
    }
    String::from_utf16(&units).unwrap()
}

#[test]
fn what_is_shown_of_a_body() {
    let words = |n: usize| "word ".repeat(n);
    for (body, text, expected) in [
        ("", "x", "".to_owned()),
        ("only this", "other", "only this".to_owned()),
        (
            "Keep the Cache\n\n- warm\tand \u{7}dry",
            "cache wa",
            "Keep the [Cache] - [warm] and dry".to_owned(),
        ),
        (
            "😀 tide 😀 Tides",
            "tide",
            "😀 [tide] 😀 [Tides]".to_owned(),
        ),
        ("日本語の文書", "文書", "日本語の[文][書]".to_owned()),
        (
            &format!("{}needle {}", words(40), words(40)),
            "needle",
            format!("…{}[needle] {}w…", " word".repeat(7) + " ", words(23)),
        ),
        // Where most of the words stand together.
        (
            &format!("red {}blue red {}", words(60), words(2)),
            "red blue ",
            format!("…{}[blue] [red] word word", " word".repeat(7) + " "),
        ),
        (&"x".repeat(400), "y", format!("{}…", "x".repeat(159))),
        (
            &format!("{}-needle", "x".repeat(400)),
            "needle",
            "…[needle]".to_owned(),
        ),
    ] {
        assert_eq!(shown(body, text), expected, "{body} {text}");
    }
}
