//! Tasks move: to another place in their column, to another column, to another project.

use crate::support::{Client, QUIET, Server, shorten};
use serde_json::{Value, json};

fn path(project: &str, id: &str) -> String {
    format!("/api/v1/projects/{project}/tasks/{id}")
}

fn go(server: &Server, id: &str, to: Value) -> (u16, String) {
    let answer = server.request("POST", &(path("p", id) + "/move"), Some(to));
    answer.outcome()
}

/// A task's file with a line that a careless hand would lose.
fn file(id: &str, status: &str, rest: &str) -> String {
    format!(
        "---\n# mine\nid: {id}\ntitle: '{id}'   # why\nstatus: {status}\n{rest}---\n\nBody of {id}\n"
    )
}

fn column() -> Server {
    let texts: Vec<(String, String)> = [("A", 1000), ("B", 2000), ("C", 3000), ("D", 4000)]
        .map(|(id, position)| {
            let rest = format!("position: {position}\n");
            (format!("p/{id}.md"), file(id, "open", &rest))
        })
        .into();
    let entries: Vec<_> = texts
        .iter()
        .map(|(path, text)| (path.as_str(), Some(text.as_str())))
        .chain([("q", None)])
        .collect();
    Server::start_with(&entries, &[])
}

fn order(server: &Server, status: &str) -> Vec<String> {
    let path = format!("/api/v1/projects/p/tasks?status={status}&sort=position");
    let page = server.json(&path);
    let tasks = page["tasks"].as_array().unwrap().iter();
    tasks
        .map(|task| task["id"].as_str().unwrap().to_owned())
        .collect()
}

/// All that a client hears until nothing more comes.
fn heard(client: &mut Client) -> Vec<String> {
    std::iter::from_fn(|| client.event_within(QUIET))
        .map(|event| shorten(&event))
        .collect()
}

#[test]
fn a_place_is_one_line_of_one_file_and_one_event() {
    let server = column();
    let mut client = server.connect("p");
    let others = ["A", "B", "C"].map(|id| server.read(&format!("p/{id}.md")));
    let before = server.read("p/D.md");
    assert_eq!(go(&server, "D", json!({"after": "A"})).0, 200);
    assert_eq!(order(&server, "open"), ["A", "D", "B", "C"]);
    let expected = before.replace("position: 4000", "position: 1500");
    assert_eq!(server.read("p/D.md"), expected);
    assert_eq!(
        ["A", "B", "C"].map(|id| server.read(&format!("p/{id}.md"))),
        others
    );
    // It is there already: nothing is written, nothing told.
    assert_eq!(
        go(&server, "D", json!({"after": "A", "before": "B"})).0,
        200
    );
    assert_eq!(go(&server, "D", json!({})).0, 200);
    assert_eq!(server.read("p/D.md"), expected);
    assert_eq!(heard(&mut client), ["updated D"]);

    // To another column, which is empty, and back before the first.
    assert_eq!(go(&server, "B", json!({"status": "done"})).0, 200);
    assert_eq!(
        go(&server, "B", json!({"status": "open", "before": "A"})).0,
        200
    );
    assert_eq!(order(&server, "open"), ["B", "A", "D", "C"]);
    assert_eq!(heard(&mut client), ["updated B", "updated B"]);
}

#[test]
fn who_has_no_position_gets_one_where_another_needs_it() {
    let names = ["A", "B", "C"];
    let texts = names.map(|id| (format!("p/{id}.md"), file(id, "open", "")));
    let entries: Vec<_> = texts
        .iter()
        .map(|(path, text)| (path.as_str(), Some(text.as_str())))
        .collect();
    let server = Server::start_with(&entries, &[]);
    let mut client = server.connect("p");
    assert_eq!(go(&server, "C", json!({"after": "A"})).0, 200);
    assert_eq!(order(&server, "open"), ["A", "C", "B"]);
    assert_eq!(heard(&mut client), ["updated A", "updated C"]);
    assert_eq!(server.read("p/B.md"), file("B", "open", ""));
}

#[test]
fn to_another_project_the_file_goes_as_it_is() {
    let server = column();
    let (mut here, mut there) = (server.connect("p"), server.connect("q"));
    let before = server.read("p/B.md");
    let to = json!({"project_id": "q"});
    let answer = server.request("POST", &(path("p", "B") + "/move"), Some(to));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["project_id"], "q");
    assert_eq!(answer.headers["content-location"], path("q", "B"));
    assert_eq!(server.read("q/B.md"), before);
    assert!(!server.path("p/B.md").exists());
    assert_eq!(heard(&mut here), ["deleted B"]);
    assert_eq!(heard(&mut there), ["created B"]);
    assert_eq!(
        server.get(&path("q", "B")).headers["etag"],
        answer.headers["etag"]
    );

    // With another status it is that line.
    let to = json!({"project_id": "q", "status": "done"});
    assert_eq!(go(&server, "C", to).0, 200);
    let expected = file("C", "done", "position: 3000\n");
    assert_eq!(server.read("q/C.md"), expected);

    // Where there is such a task, none goes.
    server.write("p/B.md", &file("B", "open", ""));
    crate::support::eventually("B is there again", || server.tasks("p").get("B").map(drop));
    let to = json!({"project_id": "q"});
    assert_eq!(go(&server, "B", to), (409, "task_exists".into()));
    assert!(server.path("p/B.md").exists() && server.read("q/B.md") == before);
}

#[test]
fn what_cannot_be_is_refused_and_nothing_changes() {
    let server = column();
    let mut client = server.connect("p");
    let field = |id: &str, to: Value| {
        let answer = server.request("POST", &(path("p", id) + "/move"), Some(to));
        let field = answer.json()["field"].as_str().unwrap_or("").to_owned();
        (answer.status, field)
    };
    let wrong = |field: &str| (422, field.to_owned());
    assert_eq!(field("A", json!({"before": "Z"})), wrong("before"));
    assert_eq!(field("A", json!({"after": "A"})), wrong("after"));
    assert_eq!(
        field("A", json!({"status": "done", "after": "B"})),
        wrong("after")
    );
    assert_eq!(
        field("A", json!({"after": "D", "before": "B"})),
        wrong("before")
    );
    assert_eq!(field("A", json!({"before": 1})), wrong("before"));
    assert_eq!(field("A", json!({"status": " "})), wrong("status"));
    assert_eq!(field("A", json!({"place": 1})), wrong("place"));
    assert_eq!(field("A", json!({"project_id": ".."})), wrong("project_id"));
    let nowhere = json!({"project_id": "nowhere"});
    assert_eq!(go(&server, "A", nowhere), (404, "project_not_found".into()));
    assert_eq!(go(&server, "Z", json!({})), (404, "task_not_found".into()));
    // A file that was saved since is not moved by who has not seen that.
    let tag = server.get(&path("p", "A")).headers["etag"].clone();
    server.write("p/A.md", &file("A", "open", "position: 1\n"));
    let headers = [
        ("if-match", tag.as_str()),
        ("content-type", "application/json"),
    ];
    for to in [json!({"after": "C"}), json!({"project_id": "q"})] {
        let to = to.to_string();
        let answer = server.send("POST", &(path("p", "A") + "/move"), &headers, to.as_bytes());
        assert_eq!(answer.outcome(), (412, "revision_mismatch".into()));
        assert_eq!(answer.json()["task"]["position"], 1);
    }
    assert_eq!(heard(&mut client), ["updated A"]);
    assert!(server.tasks("q").is_empty());
}

#[test]
fn many_who_move_at_once_all_get_there() {
    let server = column();
    let mut client = server.connect("p");
    std::thread::scope(|scope| {
        for (id, anchor) in [("A", "B"), ("B", "C"), ("C", "D"), ("D", "A")] {
            let server = &server;
            scope.spawn(move || {
                for _ in 0..10 {
                    let (status, code) = go(server, id, json!({"after": anchor}));
                    assert!(status == 200 || code == "write_conflict", "{code}");
                }
            });
        }
    });
    while client.event_within(QUIET).is_some() {}
    assert_eq!(*client.replay(), server.tasks("p"));
}
