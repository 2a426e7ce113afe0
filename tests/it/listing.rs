//! Lists and searches over REST: what matches, in which order, page by page, and what is told of it.

use crate::support::{Response, Server, eventually};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

const TASKS: &str = "/api/v1/projects/p/tasks";

const FILES: [(&str, Option<&str>); 6] = [
    ("p/project.yaml", Some("statuses: [open, doing, done]\n")),
    (
        "p/A.md",
        Some(
            "---\ntitle: Tide table\nstatus: done\npriority: high\ntags: [api]\ndue: 2026-12-01\n---\nKeep the cache.\n",
        ),
    ),
    (
        "p/B.md",
        Some(
            "---\ntitle: Cache\nstatus: open\npriority: low\nassignee: ana\ndepends_on: [A]\nestimate: 3\n---\nA 😀 day of tides.\n",
        ),
    ),
    (
        "p/back/C.md",
        Some("---\ntitle: apple\nstatus: doing\ndepends_on: [B]\n---\nfirst line\n"),
    ),
    ("p/D.md", Some("---\ntitle: Odd\nstatus: odd\n---\n")),
    ("q/E.md", Some("# The tide of q\n\nno cache here\n")),
];

fn ids(list: &Value) -> String {
    let tasks = list["tasks"].as_array().unwrap().iter();
    tasks.map(|task| task["id"].as_str().unwrap()).collect()
}

#[test]
fn a_list_holds_what_was_asked_for() {
    let server = Server::start_with(&FILES, &[]);
    for (query, expected) in [
        ("", "ABCD"),
        ("?status=open&status=doing", "BC"),
        ("?status!=done&sort=-status", "DCB"),
        ("?status%21=done&path=back", "C"),
        ("?tag=api&has=due_date&due_before=2027-01-01", "A"),
        ("?ready=true", "BD"),
        ("?sort=title", "CBDA"),
        ("?sort=priority,-id", "ABDC"),
        ("?q=cache", "BA"),
        ("?q=tid&status=done", "A"),
        ("?q=%22of+tides%22", "B"),
        ("?q=nothing", ""),
        ("?sync=1&assignee=ana", "B"),
    ] {
        let list = server.json(&format!("{TASKS}{query}"));
        assert_eq!(ids(&list), expected, "{query}");
        assert_eq!(list["total"], expected.len(), "{query}");
        assert_eq!(list["next_cursor"], Value::Null, "{query}");
        assert!(list["seq"].is_u64() && list["epoch"].is_string());
    }
    let short = server.json(&format!("{TASKS}?fields=title,status&tag=api"));
    let expected = json!([{"id": "A", "title": "Tide table", "status": "done"}]);
    assert_eq!(short["tasks"], expected);
    let without = server.json(&format!("{TASKS}?body=false&tag=api"));
    let mut whole = server.json(&format!("{TASKS}/A"));
    whole.as_object_mut().unwrap().remove("markdown_body");
    assert_eq!(without["tasks"][0], whole);
}

#[test]
fn what_is_not_understood_is_named() {
    let server = Server::start_with(&FILES, &[]);
    let by_id = server.json(&format!("{TASKS}?limit=1"))["next_cursor"].clone();
    let by_id = by_id.as_str().unwrap();
    for (path, parameter) in [
        (format!("{TASKS}?state=open"), "state"),
        (format!("{TASKS}?status="), "status"),
        (format!("{TASKS}?sort=nothing"), "sort"),
        (format!("{TASKS}?due_before=soon"), "due_before"),
        (format!("{TASKS}?fields=body"), "fields"),
        (format!("{TASKS}?q=+"), "q"),
        (format!("{TASKS}?cursor=A"), "cursor"),
        (format!("{TASKS}?cursor={by_id}&status=open"), "cursor"),
        (format!("{TASKS}?cursor={by_id}&sort=title"), "cursor"),
        ("/api/v1/search".to_owned(), "q"),
        ("/api/v1/search?q=a&sort=title".to_owned(), "sort"),
        ("/api/v1/search?q=a&limit=0".to_owned(), "limit"),
    ] {
        let refused = server.get(&path);
        assert_eq!(refused.outcome(), (400, "invalid_query".into()), "{path}");
        assert_eq!(refused.json()["field"], parameter, "{path}");
    }
}

#[test]
fn a_cursor_of_a_list_that_is_gone_is_told() {
    let server = Server::start_with(&FILES, &[]);
    let by_title = format!("{TASKS}?sort=title&limit=2");
    let cursor = |server: &Server| {
        let page = server.json(&by_title);
        page["next_cursor"].as_str().unwrap().to_owned()
    };
    let first = cursor(&server);
    let page = server.json(&format!("{by_title}&cursor={first}"));
    assert_eq!(ids(&page), "DA");
    // Another server, or the same after a restart, has not cut this list.
    let other = Server::over(&server.path("."), &[]);
    let gone = other.get(&format!("{by_title}&cursor={first}"));
    assert_eq!(gone.outcome(), (410, "cursor_expired".into()));
    assert_ne!(cursor(&other), first);
}

fn tag(response: &Response) -> String {
    response.headers["etag"].clone()
}

#[test]
fn who_has_the_list_is_told_so_until_something_changes() {
    let server = Server::start_with(&FILES, &[]);
    let asked = |query: &str, tag: &str| {
        let path = format!("{TASKS}?sync=1&{query}");
        server.send("GET", &path, &[("if-none-match", tag)], b"")
    };
    for query in ["limit=2", "sort=status", "q=tide", "ready=true"] {
        let list = asked(query, "\"none\"");
        assert_eq!(list.status, 200);
        let known = tag(&list);
        let same = asked(query, &known);
        assert_eq!(
            (same.status, same.body.len(), tag(&same)),
            (304, 0, known.clone())
        );
        assert_eq!(asked(&format!("{query}&body=false"), &known).status, 200);
        // Twice and three times, and the answer is the very same, though it is encoded once.
        for _ in 0..3 {
            let again = asked(query, "");
            assert_eq!(
                (tag(&again), &again.body),
                (known.clone(), &list.body),
                "{query}"
            );
        }
        server.write("p/A.md", &format!("---\nstatus: done\n---\ntide {query}\n"));
        assert_eq!(asked(query, &known).status, 200, "{query}");
    }
    // The settings say what is done and in which order, and are no event.
    let before = asked("sort=status", "");
    server.write("p/project.yaml", "statuses: [done, doing, open]\n");
    let after = asked("sort=status", &tag(&before));
    assert_eq!(
        (ids(&before.json()), ids(&after.json())),
        ("BCAD".into(), "ACBD".into())
    );
    assert_eq!(before.json()["seq"], after.json()["seq"]);
}

#[test]
fn a_search_finds_tasks_of_all_projects_and_shows_why() {
    let server = Server::start_with(&FILES, &[]);
    let found = |query: &str| server.json(&format!("/api/v1/search?sync=1&{query}"));
    let places = |found: &Value| -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let results = found["results"].as_array().unwrap().iter();
        let results = results.map(|result| {
            format!(
                "{}/{}",
                text(&result["project_id"]),
                text(&result["task"]["id"])
            )
        });
        results.collect()
    };
    let tides = found("q=tide");
    // Twice in titles, then in a body.
    let mut titles = places(&tides)[..2].to_vec();
    titles.sort();
    assert_eq!(titles, ["p/A", "q/E"]);
    assert_eq!(
        (places(&tides)[2].as_str(), &tides["total"]),
        ("p/B", &json!(3))
    );
    let scores: Vec<_> = tides["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["score"].as_f64().unwrap())
        .collect();
    assert!(
        scores.is_sorted_by(|one, other| one >= other) && scores[2] > 0.0,
        "{scores:?}"
    );
    let body = &tides["results"][2];
    assert_eq!(body["snippet"], "A 😀 day of tides.");
    // As JavaScript counts: the face is two.
    assert_eq!(body["matches"], json!([[12, 17]]));
    let task = body["task"].as_object().unwrap();
    assert!(task.contains_key("title") && !task.contains_key("markdown_body"));
    assert_eq!(places(&found("q=tide&project=q")), ["q/E"]);
    assert_eq!(places(&found("q=tide&project=none")), [""; 0]);
    assert_eq!(places(&found("q=tide&status=open&project=p")), ["p/B"]);
    let one = found("q=cache&limit=1");
    assert_eq!(
        (places(&one).as_slice(), &one["total"]),
        (["p/B".to_owned()].as_slice(), &json!(3))
    );
    // What is saved is found, and what is gone is not.
    server.write("p/D.md", "---\ntitle: Odd\n---\nlow tide\n");
    server.shell("rm q/E.md; mv p/A.md q/F.md");
    assert_eq!(places(&found("q=tide")), ["q/F", "p/D", "p/B"]);
    server.request(
        "PATCH",
        &format!("{TASKS}/B"),
        Some(json!({"markdown_body": "dry"})),
    );
    server.request("POST", TASKS, Some(json!({"title": "tidewater"})));
    assert_eq!(places(&found("q=tid")), ["p/TASK-001", "q/F", "p/D"]);
}

/// The pages of a list, one after the other.
fn pages(server: &Server, query: &str) -> Vec<Value> {
    let mut pages: Vec<Value> = Vec::new();
    loop {
        let cursor = pages
            .last()
            .map(|page| page["next_cursor"].as_str().unwrap());
        let cursor = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
        let page = server.json(&format!("{TASKS}?{query}{cursor}"));
        let is_last = page["next_cursor"].is_null();
        pages.push(page);
        if is_last {
            return pages;
        }
    }
}

#[test]
fn pages_hold_every_task_once_while_files_change() {
    const N_STEADY: usize = 40;
    let server = Server::start();
    server.shell(&format!(
        "for i in $(seq 1 {N_STEADY}); do printf -- '---\\ntitle: %s\\nstatus: open\\n---\\nword\\n' $((i * 7 % 10)) > p/s$i.md; done"
    ));
    eventually("all are listed", || {
        (server.tasks("p").len() == N_STEADY).then_some(())
    });
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0.. {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let (at, title) = (
                    format!("p/{}-{}.md", ["a", "s2", "t"][n % 3], n / 3 % 9),
                    n % 10,
                );
                if n % 5 == 0 && server.path(&at).exists() {
                    server.shell(&format!("rm {at}"));
                } else {
                    let status = ["open", "done"][n % 2];
                    let text = format!("---\ntitle: {title}\nstatus: {status}\n---\nword {n}\n");
                    server.write(&at, &text);
                }
            }
        });
        for round in 0..4 {
            for query in [
                "limit=7",
                "status=open&limit=6",
                "sort=title&limit=9",
                "sort=-updated_at&limit=8",
                "q=word&limit=11",
            ] {
                let pages = pages(&server, query);
                let mut n_times = BTreeMap::new();
                for id in pages
                    .iter()
                    .flat_map(|page| page["tasks"].as_array().unwrap())
                {
                    *n_times
                        .entry(id["id"].as_str().unwrap().to_owned())
                        .or_insert(0) += 1;
                }
                assert!(n_times.values().all(|n| *n == 1), "{query}: {n_times:?}");
                let n_steady = (1..=N_STEADY)
                    .filter(|n| n_times.contains_key(&format!("s{n}")))
                    .count();
                assert_eq!(n_steady, N_STEADY, "{round} {query}");
                if !query.starts_with("limit") && !query.starts_with("status") {
                    assert!(
                        pages.iter().all(|page| page["seq"] == pages[0]["seq"]),
                        "{query}"
                    );
                    assert_eq!(pages[0]["total"], n_times.len(), "{query}");
                }
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn whoever_asks_at_the_same_time_gets_the_same_bytes() {
    let server = Server::start_with(&FILES, &[]);
    for round in 0..5 {
        server.write("p/A.md", &format!("round {round}"));
        let answers: Vec<_> = std::thread::scope(|scope| {
            let ask = || server.get(&format!("{TASKS}?sync=1&sort=-title&limit=1000"));
            let threads: Vec<_> = (0..12).map(|_| scope.spawn(ask)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        for answer in answers {
            let list = answer.json();
            let task = list["tasks"]
                .as_array()
                .unwrap()
                .iter()
                .find(|task| task["id"] == "A");
            assert_eq!(task.unwrap()["markdown_body"], format!("round {round}"));
            assert_eq!(answer.headers["content-type"], "application/json");
        }
    }
}
