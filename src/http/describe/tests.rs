//! Nothing is served that is not described, and nothing described that is not served.

use super::*;
use crate::http::methods;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn document() -> Json {
    serde_json::from_slice(&OPENAPI.text).unwrap()
}

/// Every path of the description, `*` for each parameter, and its methods.
fn described_methods() -> BTreeMap<String, BTreeSet<String>> {
    let document = document();
    let paths = document["paths"].as_object().unwrap().iter();
    let segment = |segment: &str| match segment.starts_with('{') {
        true => "*".to_owned(),
        false => segment.to_owned(),
    };
    let paths = paths.map(|(path, item)| {
        let path = path.split('/').map(segment).collect::<Vec<_>>().join("/");
        let methods = item.as_object().unwrap().keys();
        (
            path,
            methods.map(|method| method.to_ascii_uppercase()).collect(),
        )
    });
    paths.collect()
}

#[test]
fn what_is_served_is_described_and_nothing_else() {
    let served = methods::TABLE.iter().filter(|(path, _)| *path != "*");
    let served = served.map(|(path, methods)| {
        let methods = methods.split(", ").map(str::to_owned).collect();
        ((*path).to_owned(), methods)
    });
    assert_eq!(described_methods(), served.collect());
}

#[test]
fn every_code_of_an_error_is_described() {
    let document = document();
    let codes = &document["components"]["schemas"]["ErrorCode"]["enum"];
    let told = codes
        .as_array()
        .unwrap()
        .iter()
        .map(|code| code.as_str().unwrap());
    assert!(Code::all().map(Code::as_str).eq(told));
    // And each is one of an operation's, but those of what is not described.
    let paths = document["paths"].to_string();
    let elsewhere = [Code::NotFound, Code::MethodNotAllowed];
    for code in Code::all().filter(|code| !elsewhere.contains(code)) {
        let code = code.as_str();
        let is_alone = paths.contains(&format!("/responses/{code}\""));
        assert!(is_alone || paths.contains(&format!("\"{code}\"")), "{code}");
    }
}

#[test]
fn all_that_is_referred_to_is_there() {
    for document in [&OPENAPI, &ASYNCAPI] {
        let document: Json = serde_json::from_slice(&document.text).unwrap();
        let mut pending = vec![&document];
        let mut n_references = 0;
        while let Some(value) = pending.pop() {
            if let Some(reference) = value.get("$ref").and_then(Json::as_str) {
                let pointer = reference.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{reference}");
                n_references += 1;
            }
            let members = value.as_object().into_iter();
            pending.extend(members.flat_map(|object| object.values()));
            pending.extend(value.as_array().into_iter().flatten());
        }
        assert!(n_references > 20);
    }
}

#[test]
fn operations_have_names_of_their_own() {
    let document = document();
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|item| item.as_object().unwrap().values());
    let names: Vec<_> = operations
        .map(|operation| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    let set: BTreeSet<_> = names.iter().collect();
    assert_eq!(set.len(), names.len());
}

/// A change of the API is a change of these files, which everybody sees. `TASKMD_BLESS=1 cargo test` writes them.
#[test]
#[expect(clippy::disallowed_methods, reason = "a golden file is no task")]
fn the_description_is_the_one_that_was_agreed_on() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let documents: [(&str, &Fixed); 2] = [("openapi.json", &OPENAPI), ("asyncapi.json", &ASYNCAPI)];
    for (name, document) in documents {
        let path = folder.join(name);
        if std::env::var_os("TASKMD_BLESS").is_some_and(|value| value == "1") {
            std::fs::write(&path, &document.text).unwrap();
        }
        let agreed = std::fs::read_to_string(&path).unwrap_or_default();
        let is_same = agreed.as_bytes() == &document.text[..];
        assert!(
            is_same,
            "the API has changed: if that is meant, TASKMD_BLESS=1 cargo test, and look at the diff of {name}"
        );
    }
}
