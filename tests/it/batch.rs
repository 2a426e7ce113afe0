//! Several changes in one request: each is what a request of its own would be.

use crate::support::{QUIET, Server, shorten};
use serde_json::{Value, json};

const BATCH: &str = "/api/v1/projects/p/tasks:batch";

fn run(server: &Server, operations: Value) -> Vec<Value> {
    let body = json!({"operations": operations});
    let answer = server.request("POST", BATCH, Some(body));
    assert_eq!(answer.status, 207, "{}", answer.text());
    answer.json()["results"].as_array().unwrap().clone()
}

/// The status of each result, and the code of its error.
fn outcomes(results: &[Value]) -> Vec<(u64, String)> {
    let outcome = |result: &Value| {
        let status = result["status"].as_u64().unwrap();
        let error = &result["error"];
        assert_eq!(error.is_null(), status < 400, "{result}");
        if status >= 400 {
            assert_eq!(error["status"], status);
            assert_eq!(error["request_id"].as_str().unwrap().len(), 16);
        }
        let code = error["code"].as_str().unwrap_or_default();
        (status, code.to_owned())
    };
    results.iter().map(outcome).collect()
}

#[test]
fn each_has_its_own_result_its_own_event_and_no_say_in_the_others() {
    let texts = ["A", "B"].map(|id| format!("---\nid: {id}\ntitle: {id}\n---\n"));
    let entries = [("p/A.md", Some(&*texts[0])), ("p/B.md", Some(&*texts[1]))];
    let server = Server::start_with(&entries, &[]);
    let mut client = server.connect("p");
    let revision = server.tasks("p")["B"]["revision"].clone();
    let results = run(
        &server,
        json!([
            {"op": "create", "task": {"title": "New", "id": "N"}},
            {"op": "create", "task": {"title": "New", "id": "N"}},
            {"op": "create", "task": {}},
            {"op": "patch", "id": "A", "patch": {"status": "done"}, "if_match": "b3-00"},
            {"op": "patch", "id": "A", "patch": {"status": "done"}, "if_match": "*"},
            {"op": "patch", "id": "N", "patch": {"title": "Made a moment ago"}},
            {"op": "delete", "id": "B", "if_match": revision},
            {"op": "delete", "id": "B"},
        ]),
    );
    let refused = |status, code: &str| (status, code.to_owned());
    assert_eq!(
        outcomes(&results),
        [
            refused(201, ""),
            refused(409, "task_exists"),
            refused(422, "invalid_field"),
            refused(412, "revision_mismatch"),
            refused(200, ""),
            refused(200, ""),
            refused(204, ""),
            refused(404, "task_not_found"),
        ]
    );
    assert_eq!(results[0]["task"]["id"], "N");
    assert_eq!(results[2]["error"]["field"], "title");
    assert_eq!(results[3]["error"]["task"]["title"], "A");
    assert_eq!(results[4]["task"]["status"], "done");
    let events: Vec<_> = (0..4).map(|_| shorten(&client.next_event())).collect();
    assert_eq!(events, ["created N", "updated A", "updated N", "deleted B"]);
    assert!(client.event_within(QUIET).is_none());
    assert_eq!(*client.replay(), server.tasks("p"));
}

#[test]
fn what_cannot_be_read_costs_the_others_nothing() {
    let server = Server::start();
    let results = run(
        &server,
        json!([
            1,
            {"op": "move", "id": "A"},
            {"op": "patch", "id": "A"},
            {"op": "patch", "patch": {}},
            {"op": "delete", "id": "../A"},
            {"op": "delete", "id": "A", "if_match": 3},
            {"op": "delete", "id": "A", "patch": {}},
            {"task": {"title": "x"}},
            {"op": "create", "task": {"title": "x"}},
        ]),
    );
    let fields: Vec<_> = results
        .iter()
        .map(|result| result["error"]["field"].as_str().unwrap_or_default())
        .collect();
    let expected = [
        "operations",
        "op",
        "patch",
        "id",
        "id",
        "if_match",
        "patch",
        "op",
        "",
    ];
    assert_eq!(fields, expected);
    assert_eq!(results.last().unwrap()["status"], 201);
}

#[test]
fn an_envelope_that_is_none_is_refused_as_a_whole() {
    let server = Server::start();
    let one = json!({"op": "create", "task": {"title": "x"}});
    for body in [
        json!({}),
        json!({"operations": one}),
        json!({"operations": vec![&one; 501]}),
        json!({"operations": [one], "atomic": true}),
    ] {
        let answer = server.request("POST", BATCH, Some(body));
        assert_eq!(answer.outcome(), (422, "invalid_field".into()));
    }
    assert!(server.tasks("p").is_empty());
    assert!(run(&server, json!([])).is_empty());
    assert_eq!(run(&server, json!(vec![&one; 500])).len(), 500);
    assert_eq!(server.tasks("p").len(), 500);
}

#[test]
fn others_get_their_turn_between_two_of_them() {
    let server = Server::start();
    let one = json!({"op": "create", "task": {"title": "x"}});
    std::thread::scope(|scope| {
        let batch = scope.spawn(|| run(&server, json!(vec![&one; 500])));
        crate::support::eventually("it has begun", || {
            (!server.tasks("p").is_empty()).then_some(())
        });
        let path = "/api/v1/projects/p/tasks";
        let mine = server.request("POST", path, Some(json!({"title": "mine", "id": "mine"})));
        assert_eq!(mine.status, 201);
        assert!(!batch.is_finished(), "the batch was over before one write");
        assert_eq!(batch.join().unwrap().len(), 500);
    });
}
