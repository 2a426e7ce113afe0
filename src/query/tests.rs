//! What a query finds, and in which order, by examples.

mod model;

use super::*;
use crate::name::TaskId;
use crate::project::settings::Settings;
use crate::project::tests::project;
use crate::task::Field;
use proptest::prelude::*;

const LIMIT_MAX: usize = 1000;

fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    };
    text.split('&')
        .filter(|p| !p.is_empty())
        .map(pair)
        .collect()
}

fn query(text: &str) -> Query {
    Query::parse(pairs(text), LIMIT_MAX).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The ids that a query answers with, in its order.
fn listed(project: &Project, text: &str) -> Vec<String> {
    let selection = query(text).selection;
    let tasks = match &selection.search {
        None => selection.tasks(project),
        Some(search) => {
            let index = Index::of(project.tasks());
            let mut hits = selection.hits(search, project, &index);
            hits.check_phrases(search);
            match selection.sequence() {
                Sequence::Rank => {
                    let stats = hits.stats.clone();
                    let ranked = hits.ranked(&stats).into_iter();
                    ranked.map(|(_, task)| task).collect()
                }
                Sequence::Id | Sequence::Order(_) => hits.into_tasks(),
            }
        }
    };
    let tasks = match selection.sequence() {
        Sequence::Order(order) => order.sorted(&tasks, &project.settings().statuses),
        Sequence::Id | Sequence::Rank => tasks,
    };
    tasks.iter().map(|task| task.id.to_string()).collect()
}

fn task_file(id: &str, matter: &str, body: &str) -> (String, String) {
    let text = format!(
        "---\nid: {id}\n{}\n---\n{body}\n",
        matter.replace("; ", "\n")
    );
    (format!("{}.md", id.to_lowercase()), text)
}

fn project_of(files: &[(String, String)]) -> Project {
    let files: Vec<_> = files
        .iter()
        .map(|(at, text)| (at.as_str(), text.as_str()))
        .collect();
    project(&files)
}

fn example() -> Project {
    let mut files = vec![
        task_file(
            "A",
            "title: Tide table; status: done; priority: high; tags: [api, web]; due: 2026-12-01; updated: 2026-11-03",
            "Keep the cache.",
        ),
        task_file(
            "B",
            "title: Cache; status: open; priority: low; assignee: ana; depends_on: [A]; due: 2026-12-02T10:00:00+02:00; position: 2; updated: 2026-11-01",
            "The tide of a day.",
        ),
        task_file(
            "C",
            "title: érable; status: open; priority: someday; assignees: [bo, ana]; depends_on: [A, B]; parent: A; position: -1.5; estimate: 3; updated: 2026-11-02",
            "",
        ),
        task_file(
            "D",
            "title: apple; status: in review; priority: Critical; tags: [web]; depends_on: [Z]; due: soon; position: 10; note: ''; updated: 2026-11-04",
            "TASK-001 of the table; a tide.",
        ),
    ];
    files.push((
        "back/e.md".into(),
        "---\nid: E\ntitle: Éclair\nstatus: open\nupdated: 2026-11-05\n---\n日本語の文書\n".into(),
    ));
    files.push((
        "back2.md".into(),
        "---\nid: F\ntitle: b\nstatus: doing\nupdated: 2026-11-06\n---\n".into(),
    ));
    let mut project = project_of(&files);
    let settings = "statuses: [open, doing, in review, done]\n";
    project.set_settings(Settings::read(settings).0.unwrap(), Vec::new());
    project
}

#[test]
fn which_tasks_match() {
    let project = example();
    for (text, ids) in [
        ("", "ABCDEF"),
        ("status=open", "BCE"),
        ("status=open&status=doing", "BCEF"),
        ("status!=open", "ADF"),
        ("status!=open&status!=done", "DF"),
        ("status=open&assignee=ana", "BC"),
        ("assignee!=bo&status=open", "BE"),
        ("status=Open", ""),
        ("priority=high", "A"),
        ("priority!=high&priority!=low", "CDEF"),
        ("tag=web", "AD"),
        ("tag=web&tag!=api", "D"),
        ("parent=A", "C"),
        ("path=back", "E"),
        ("path=back/", "E"),
        ("path=back/e.md", "E"),
        ("path=bac", ""),
        ("path!=back", "ABCDF"),
        ("has=due_date", "ABD"),
        ("has=due", "ABD"),
        ("has!=due", "CEF"),
        ("has=estimate", "C"),
        ("has=note", ""),
        ("has=markdown_body", "ABDE"),
        ("has=problem", ""),
        ("has=position&has=assignees", "BCD"),
        ("due_before=2026-12-02", "A"),
        ("due_before=2026-12-03", "AB"),
        ("due_before=2026-12-02T08:00:01Z", "AB"),
        ("due_after=2026-12-01", "B"),
        ("due_after=2026-11-01&due_before=2026-12-02", "A"),
        ("due_before=2026-12-02&due_before=2027-01-01", "AB"),
        ("ready=true", "BEF"),
        ("ready=false", "ACD"),
        ("q=tide", "ABD"),
        ("q=table tide", "AD"),
        ("q=tide table", "AD"),
        ("q=\"tide table\"", "A"),
        ("q=tab", "AD"),
        ("q=tab ", ""),
        ("q=\"tab\"", ""),
        ("q=table tab", "AD"),
        ("q=CACHE", "BA"),
        ("q=cache&sort=id", "AB"),
        ("q=task-001", "D"),
        ("q=001-task", ""),
        ("q=日本", "E"),
        ("q=本日", ""),
        ("q=éclair", "E"),
        ("q=tide&status=open", "B"),
        ("q=tide&status=doing", ""),
    ] {
        assert_eq!(listed(&project, text).concat(), ids, "{text}");
    }
}

#[test]
fn in_which_order() {
    let project = example();
    for (text, ids) in [
        ("sort=id", "ABCDEF"),
        ("sort=-id", "FEDCBA"),
        ("sort=title", "DFBAEC"),
        ("sort=-title", "CEABFD"),
        // The project's order of the statuses.
        ("sort=status", "BCEFDA"),
        ("sort=-status,-id", "ADFECB"),
        // Missing ones are last both ways, here by id.
        ("sort=priority", "DABCEF"),
        ("sort=-priority", "CBADEF"),
        ("sort=position", "CBDAEF"),
        ("sort=-position", "DBCAEF"),
        // What is no date comes behind those that are.
        ("sort=due_date", "ABDCEF"),
        ("sort=-due", "DBACEF"),
        ("sort=updated_at", "BCADEF"),
        ("sort=-updated", "FEDACB"),
        ("sort=assignees,-id", "BCFEDA"),
        ("sort=tags", "ADBCEF"),
        ("sort=path", "ABEFCD"),
        ("sort=-path&status=open", "CEB"),
        ("sort=status,-updated_at&has=due", "BDA"),
    ] {
        assert_eq!(listed(&project, text).concat(), ids, "{text}");
    }
}

#[test]
fn what_is_not_understood_is_named() {
    let many = "status=a&".repeat(CONDITIONS_MAX + 1);
    let words = format!("q={}", "a ".repeat(SEARCH_WORDS_MAX + 1));
    for (text, parameter) in [
        ("colour=red", "colour"),
        ("state=open", "state"),
        ("=x", ""),
        ("status=", "status"),
        ("status!!=a", "status!!"),
        ("path=", "path"),
        ("has=", "has"),
        ("due_before=soon", "due_before"),
        ("due_before!=2026-01-01", "due_before!"),
        ("ready=1", "ready"),
        ("ready!=true", "ready!"),
        ("sort=", "sort"),
        ("sort=colour", "sort"),
        ("sort=title,,id", "sort"),
        ("sort=--id", "sort"),
        ("sort=id&sort=title", "sort"),
        ("q=", "q"),
        ("q= - ", "q"),
        ("q=a&q=b", "q"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("limit=1&limit=1", "limit"),
        ("cursor=A", "cursor"),
        ("fields=", "fields"),
        ("fields=id,body", "fields"),
        ("body=no", "body"),
        (many.trim_end_matches('&'), "status"),
        (&words, "q"),
    ] {
        let error = Query::parse(pairs(text), LIMIT_MAX).unwrap_err();
        assert_eq!(error.parameter, parameter, "{text}: {error}");
    }
}

#[test]
fn a_cursor_belongs_to_its_selection() {
    let with = |text: &str, cursor: &str| {
        let text = format!("{text}&cursor={cursor}");
        Query::parse(pairs(&text), LIMIT_MAX).is_ok()
    };
    let cursor = |text: &str, place: cursor::Place| {
        let selection = query(text).selection.fingerprint();
        Cursor { selection, place }.to_string()
    };
    let epoch = crate::event::Epoch::new(1);
    let cut = Cut::new(crate::event::Position { epoch, seq: 1 }, &[]);
    let behind = || cursor::Place::After(TaskId::parse("A").unwrap());
    let inside = || cursor::Place::In(cut, 1);
    let by_id = cursor("status=open", behind());
    assert!(with("status=open", &by_id));
    assert!(with("status=open&limit=7&fields=id", &by_id));
    assert!(!with("status=done", &by_id));
    assert!(!with("status=open&sort=title", &by_id));
    let by_title = cursor("sort=title", inside());
    assert!(with("sort=title", &by_title));
    assert!(!with("sort=-title", &by_title));
    // One that was put together by hand is of no list.
    assert!(!with("status=open", &cursor("status=open", inside())));
    assert!(!with("sort=title", &cursor("sort=title", behind())));
}

#[test]
fn defaults() {
    let plain = query("");
    assert_eq!((plain.limit, plain.cursor), (PAGE_TASKS_DEFAULT, None));
    assert_eq!(plain.fields, Fields::ALL);
    assert!(plain.selection.is_everything());
    let short = query("body=false&fields=id,markdown_body,title");
    assert_eq!(Some(short.fields), Fields::parse("title"));
    assert_eq!(query("body=true").fields, Fields::ALL);
}

#[test]
fn every_field_can_be_sorted_by() {
    let project = example();
    for field in Field::ALL {
        let n_listed = listed(&project, &format!("sort=-{}", field.name())).len();
        assert_eq!(n_listed, 6, "{field:?}");
    }
}

proptest! {
    /// No text that is typed ends a query in a panic, and what is accepted can be evaluated.
    #[test]
    fn any_parameters_are_answered(
        pairs in prop::collection::vec(("(q|sort|has|path|cursor|due_after|fields|limit)!?", "\\PC{0,12}"), 0..4)
    ) {
        let project = example();
        let Ok(query) = Query::parse(pairs, LIMIT_MAX) else { return Ok(()) };
        if let Some(search) = &query.selection.search {
            let index = Index::of(project.tasks());
            let mut hits = query.selection.hits(search, &project, &index);
            hits.check_phrases(search);
        }
        let tasks = query.selection.tasks(&project);
        if let Sequence::Order(order) = query.selection.sequence() {
            prop_assert_eq!(order.sorted(&tasks, &[]).len(), tasks.len());
        }
    }
}
