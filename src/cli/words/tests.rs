use super::*;
use serde_json::json;

fn read(typed: &[&str]) -> Result<Words, String> {
    Words::read(typed.iter().map(OsString::from).collect())
}

#[test]
fn words_become_the_object_of_the_api() {
    for (typed, object) in [
        (&[][..], json!({})),
        (&["status=open"], json!({"status": "open"})),
        (&["state=open"], json!({"status": "open"})),
        (&["title=a=b"], json!({"title": "a=b"})),
        (&["priority=2"], json!({"priority": "2"})),
        (&["due=2027-01-01"], json!({"due_date": "2027-01-01"})),
        (&["due="], json!({"due_date": null})),
        (&["status="], json!({"status": null})),
        (&["tags=a"], json!({"tags": ["a"]})),
        (&["tags=a, b,,c "], json!({"tags": ["a", "b", "c"]})),
        (
            &["tag=a", "labels=b", "tags=c,d"],
            json!({"tags": ["a", "b", "c", "d"]}),
        ),
        (&["tags="], json!({"tags": null})),
        (&["tags=", "tags=a"], json!({"tags": ["a"]})),
        (&["assignee=ana"], json!({"assignees": ["ana"]})),
        (&["position=2"], json!({"position": 2})),
        (&["order=-1.5"], json!({"position": -1.5})),
        (&["position="], json!({"position": null})),
        (&["id=A-1"], json!({"id": "A-1"})),
        (
            &["estimate=3", "größe=4.5", "x-y.z=true", "note=", "a_1=null"],
            json!({"metadata": {"estimate": 3, "größe": 4.5, "x-y.z": true, "note": null, "a_1": "null"}}),
        ),
    ] {
        let words = read(typed).unwrap();
        assert_eq!(Json::Object(words.object), object, "{typed:?}");
        assert_eq!(words.plain.len(), 0, "{typed:?}");
    }
}

#[test]
fn what_would_lose_a_digit_stays_text() {
    for text in [
        "1.10",
        "007",
        "+1",
        "1e3",
        "0x10",
        "9007199254740993",
        "18446744073709551615",
        "-",
        ".5",
        "1.",
        " 1",
        "True",
        "yes",
        "[1]",
        "{}",
        "\"a\"",
        "-0",
        "1 2",
    ] {
        assert_eq!(typed(text), Json::from(text), "{text}");
    }
    for (text, json) in [
        ("0", json!(0)),
        ("-12", json!(-12)),
        ("9007199254740992", json!(9_007_199_254_740_992_u64)),
        ("0.25", json!(0.25)),
        ("false", json!(false)),
        ("", Json::Null),
    ] {
        assert_eq!(typed(text), json, "{text}");
    }
}

#[test]
fn what_is_no_pair_is_told_apart() {
    for word in [
        "notes",
        "./a=b",
        "Fix a=b",
        "=x",
        "",
        "1=2",
        "a b=c",
        "-=x",
        "status!=done",
    ] {
        assert_eq!(read(&[word]).unwrap().plain, [word], "{word}");
    }
    for (plain, expected) in [
        (&["One"][..], Ok((None, "One"))),
        (&["notes", "One two"], Ok((Some("notes"), "One two"))),
        (&[], Err("the title is missing")),
        (
            &["Fix", "the", "clock"],
            Err("`clock` is one word too many: what has spaces stands in quotes"),
        ),
    ] {
        let found = read(plain).unwrap().directory_and("the title");
        let expected = expected
            .map(|(dir, subject)| (dir.map(PathBuf::from), subject.to_owned()))
            .map_err(str::to_owned);
        assert_eq!(found, expected, "{plain:?}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    for (typed, reason) in [
        (&["position=first"][..], "`position` should be a number"),
        (&["order=[1]"], "`order` should be a number"),
        (
            &["status=a", "state=b"],
            "`status` is given twice, and is no list",
        ),
        (&["x=1", "x=2"], "`x` is given twice, and is no list"),
        (&["markdown_body=x"], "`markdown_body` is told by --body"),
        (&["project_id=x"], "`project_id` is told by --project"),
        (&["revision=x"], "`revision` is told by --if-match"),
        (&["path=x"], "`path` cannot be set"),
        (&["metadata=x"], "`metadata` cannot be set"),
    ] {
        assert_eq!(read(typed).unwrap_err(), reason, "{typed:?}");
    }
}
