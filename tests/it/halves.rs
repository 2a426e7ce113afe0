//! No half-saved file is ever published: whoever saves slowly, in whatever pieces, is told of once, when it is whole.
//!
//! Many files are saved at once, each by a saver with a way of its own and pauses between its calls; meanwhile the
//! problems are asked for again and again. `TASKMD_HALVES` is how many saves there are.

mod slow;

use crate::dice::{Dice, asked_for, spread};
use crate::line::{Line, revision};
use crate::support::{Client, Server};
use serde_json::{Value, json};
use slow::{Manner, Slow, Stalled};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Files that are saved at once.
const FILES: usize = 64;
/// Nothing more comes after this time.
const SETTLED: Duration = Duration::from_millis(1_500);

/// What was told of each task, and when it was heard.
type Told = BTreeMap<String, Vec<(Value, Instant)>>;

/// A server with these files, and nothing else.
fn serve(saves: &[Slow]) -> (Server, Client) {
    let texts: Vec<_> = saves
        .iter()
        .filter_map(|save| Some((save.path(), save.before()?)))
        .collect();
    let mut entries: Vec<_> = texts
        .iter()
        .map(|(path, text)| (path.as_str(), Some(text.as_str())))
        .collect();
    entries.push(("p", None));
    let server = Server::start_with(&entries, &[]);
    let client = server.connect("p");
    (server, client)
}

/// Runs all savers at once, and listens to the stream and for problems until all is quiet.
fn save_all(
    server: &Server,
    client: &mut Client,
    saves: &[Slow],
) -> (Vec<Result<Instant, Stalled>>, Told, Vec<String>) {
    let is_over = AtomicBool::new(false);
    let mut told = Told::new();
    let (ends, problems) = std::thread::scope(|scope| {
        let problems = scope.spawn(|| find_problems(server, &is_over));
        scope.spawn(|| sync(server, &is_over));
        let savers: Vec<_> = saves
            .iter()
            .map(|save| scope.spawn(|| save.run(&server.path(&save.path()))))
            .collect();
        let mut heard_at = Instant::now();
        while heard_at.elapsed() < SETTLED || savers.iter().any(|saver| !saver.is_finished()) {
            if let Some(event) = client.event_within(SETTLED / 10) {
                heard_at = Instant::now();
                let id = event["task_id"].as_str().unwrap().to_owned();
                told.entry(id).or_default().push((event, heard_at));
            }
        }
        is_over.store(true, Ordering::Relaxed);
        let ends = savers.into_iter().map(|saver| saver.join().unwrap());
        (ends.collect(), problems.join().unwrap())
    });
    (ends, told, problems)
}

/// All problems that are ever listed.
fn find_problems(server: &Server, is_over: &AtomicBool) -> Vec<String> {
    let mut line = Line::to(server);
    let mut found = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let listed = line.get("/api/v1/projects/p/problems").json();
        found.extend(
            listed["problems"]
                .as_array()
                .unwrap()
                .iter()
                .map(Value::to_string),
        );
        std::thread::sleep(Duration::from_millis(3));
    }
    found.dedup();
    found
}

/// Asks for everything that was done before, which half a save is not.
fn sync(server: &Server, is_over: &AtomicBool) {
    let mut line = Line::to(server);
    while !is_over.load(Ordering::Relaxed) {
        let answer = line.get("/api/v1/projects/p/tasks?sync=1");
        assert!(matches!(answer.status, 200 | 503), "{}", answer.text());
        std::thread::sleep(Duration::from_millis(3));
    }
}

/// The one event that a save is to be, as a client would notice it.
fn expected(save: &Slow) -> Vec<(Value, Value)> {
    let kind = if save.before().is_some() {
        "task.updated"
    } else {
        "task.created"
    };
    vec![(json!(kind), json!(revision(save.text.as_bytes())))]
}

#[test]
fn a_slow_save_is_one_event() {
    let n_saves = asked_for("TASKMD_HALVES", 128);
    let mut dice = Dice::new(7);
    let mut times: BTreeMap<Manner, Vec<Duration>> = BTreeMap::new();
    let (mut n_stalled, mut wrong) = (0, Vec::new());
    for round in 0..n_saves.div_ceil(FILES) {
        let saves: Vec<_> = (0..FILES)
            .map(|n| Slow::new(&mut dice, round * FILES + n))
            .collect();
        let (server, mut client) = serve(&saves);
        let (ends, told, problems) = save_all(&server, &mut client, &saves);
        for (save, end) in saves.iter().zip(ends) {
            let Ok(end) = end else {
                n_stalled += 1;
                continue;
            };
            let told = told.get(&save.id).map_or(&[][..], Vec::as_slice);
            let seen: Vec<_> = told
                .iter()
                .map(|(event, _)| (event["type"].clone(), event["data"]["revision"].clone()))
                .collect();
            if seen == expected(save) {
                let time = told[0].1.saturating_duration_since(end);
                times.entry(save.manner).or_default().push(time);
            } else {
                wrong.push(format!("{save:?}:\n  told {seen:?}\n"));
            }
            let problems = problems.iter().filter(|problem| problem.contains(&save.id));
            wrong.extend(problems.map(|problem| format!("{save:?}: {problem}\n")));
        }
        assert_eq!(*client.replay(), server.tasks("p"));
    }
    for (manner, times) in &mut times {
        eprint!("{}", spread(&format!("{manner:?}"), times));
    }
    eprintln!("not judged, for the machine stood still: {n_stalled}");
    let n_wrong = wrong.len();
    wrong.truncate(8);
    assert!(n_wrong == 0, "{n_wrong} times:\n{}", wrong.concat());
}

/// What the settings say of all files is no reason to look at one that is being written.
#[test]
fn other_settings_do_not_publish_half_a_save() {
    let mut dice = Dice::new(11);
    let saves: Vec<_> = (0..8)
        .map(|n| Slow::of(&mut dice, n, Manner::InPlace))
        .collect();
    let (server, mut client) = serve(&saves);
    let (ends, told, problems) = std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..40 {
                server.write("p/project.yaml", &format!("default_status: s{n}\n"));
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        save_all(&server, &mut client, &saves)
    });
    assert_eq!(problems, [""; 0]);
    for (save, end) in saves.iter().zip(ends) {
        let last = revision(save.text.as_bytes());
        let before = save.before().map(|text| revision(text.as_bytes()));
        let known = |event: &Value| {
            let seen = event["data"]["revision"].as_str().unwrap_or("none");
            seen == last || Some(seen) == before.as_deref()
        };
        let told = told.get(&save.id).map_or(&[][..], Vec::as_slice);
        let halves: Vec<_> = told.iter().filter(|(event, _)| !known(event)).collect();
        assert!(end.is_err() || halves.is_empty(), "{save:?}: {halves:?}");
    }
}
