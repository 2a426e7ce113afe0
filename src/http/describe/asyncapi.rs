//! The stream in AsyncAPI 3.0: the messages, the two ways to them, and how they end.

use super::parts::SINCE;
use crate::config::Limits;
use crate::project::change::Kind;
use crate::stream::CLOSES;
use crate::wire::schema::{EVENTS, SNAPSHOT, example_of, example_of_snapshot};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

const ABOUT: &str = "One message for one change, whoever made it. Whoever connects with the \
                     position of the last event that he has had, as `since`, gets every event \
                     after it, in order: never a hole, never one twice. Where the server does not \
                     have them any more, a snapshot of the project comes first. What a client \
                     sends is read and dropped.";

/// The description, with those of these schemas that it refers to.
pub(super) fn document(schemas: &Map<String, Json>) -> Json {
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "taskmd",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "webSocket": {
                "host": "localhost:8080",
                "protocol": "ws",
                "description": "`wss` where the server speaks TLS.",
                "security": security(),
            },
            "http": {"host": "localhost:8080", "protocol": "http", "security": security()},
        },
        "channels": {
            "webSocket": web_socket(),
            "events": events(),
        },
        "operations": {
            "followByWebSocket": follow("webSocket"),
            "followByEvents": follow("events"),
        },
        "components": {
            "messages": messages(),
            "parameters": {
                "projectId": {
                    "description": "The project: its folder's name, percent-encoded.",
                    "examples": ["my-project"],
                },
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "cookie": {"type": "httpApiKey", "in": "cookie", "name": "taskmd_token"},
                "token": {"type": "httpApiKey", "in": "query", "name": "token"},
                "ticket": {
                    "type": "httpApiKey",
                    "in": "query",
                    "name": "ticket",
                    "description": "What `POST /api/v1/ws/ticket` has given: it opens one \
                                    connection, and stands in no header.",
                },
            },
            "schemas": reachable(schemas),
        },
    })
}

/// Where a server has a key for tokens, one of these shows who connects.
fn security() -> Json {
    let scheme = |name| json!({"$ref": format!("#/components/securitySchemes/{name}")});
    ["bearer", "cookie", "token", "ticket"].map(scheme).into()
}

fn web_socket() -> Json {
    let limits = Limits::default();
    let closes: Map<String, Json> = CLOSES
        .iter()
        .map(|(code, meaning)| (code.to_string(), (*meaning).into()))
        .collect();
    let about = format!(
        "A WebSocket (RFC 6455) of text messages, each a JSON object; no subprotocol, no \
         compression. The server pings every 54 s, and expects a pong within {} s. A client may \
         send messages of at most {} bytes in at most {} fragments, {} at once and {} a second \
         after that.",
        limits.pong_time.as_secs(),
        limits.ws_message_bytes,
        limits.ws_fragments,
        limits.ws_burst,
        limits.ws_messages_a_second,
    );
    json!({
        "address": "/api/v1/projects/{projectId}/ws",
        "title": "WebSocket",
        "description": about,
        "servers": [{"$ref": "#/servers/webSocket"}],
        "parameters": parameters(),
        "messages": referred_messages(),
        "bindings": {
            "ws": {
                "method": "GET",
                "query": {
                    "type": "object",
                    "properties": {"since": since(), "ticket": {"type": "string"}},
                },
                "bindingVersion": "0.1.0",
            },
        },
        "x-close-codes": closes,
    })
}

fn events() -> Json {
    json!({
        "address": "/api/v1/projects/{projectId}/events",
        "title": "Server-Sent Events",
        "description": "The same messages, byte for byte, as `data` of Server-Sent Events. `id` \
                        is the position, which an EventSource says as `Last-Event-ID` when it \
                        comes again; there is no `event`, so `onmessage` gets everything. `retry` \
                        differs from client to client. A comment comes every 54 s where there is \
                        nothing else to say. OpenAPI tells of `?since=`, `?ticket=` and \
                        `?wait=`.",
        "servers": [{"$ref": "#/servers/http"}],
        "parameters": parameters(),
        "messages": referred_messages(),
    })
}

fn parameters() -> Json {
    json!({"projectId": {"$ref": "#/components/parameters/projectId"}})
}

fn since() -> Json {
    json!({
        "type": "string",
        "pattern": SINCE,
        "description": "The position of the last event that the client has had, as `epoch:seq`; \
                        with `0` a snapshot comes first.",
    })
}

/// The server's part of a channel.
fn follow(channel: &str) -> Json {
    let messages: Vec<_> = names()
        .map(|name| json!({"$ref": format!("#/channels/{channel}/messages/{name}")}))
        .collect();
    json!({
        "action": "send",
        "channel": {"$ref": format!("#/channels/{channel}")},
        "summary": "Tell of each change",
        "messages": messages,
    })
}

/// The schemas of all messages.
fn names() -> impl Iterator<Item = &'static str> {
    EVENTS.into_iter().map(|(_, name)| name).chain([SNAPSHOT])
}

fn referred_messages() -> Json {
    let refer = |name| {
        (
            String::from(name),
            json!({"$ref": format!("#/components/messages/{name}")}),
        )
    };
    Json::Object(names().map(refer).collect())
}

fn messages() -> Json {
    let message = |(name, kind, example): (&str, &str, Json)| {
        let message = json!({
            "name": kind,
            "contentType": "application/json",
            "payload": {"$ref": format!("#/components/schemas/{name}")},
            "examples": [{"payload": example}],
        });
        (name.to_owned(), message)
    };
    let event = |(kind, name): (Kind, &'static str)| (name, kind.event_type(), example_of(kind));
    let snapshot = (SNAPSHOT, "snapshot", example_of_snapshot());
    let all = EVENTS.into_iter().map(event).chain([snapshot]);
    Json::Object(all.map(message).collect())
}

/// Those schemas that messages are made of.
fn reachable(schemas: &Map<String, Json>) -> Json {
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut pending: Vec<String> = names().map(String::from).collect();
    while let Some(name) = pending.pop() {
        let Some(schema) = schemas.get(&name) else {
            continue;
        };
        if reached.insert(name) {
            referred(schema, &mut pending);
        }
    }
    let schemas = schemas.iter().filter(|(name, _)| reached.contains(*name));
    Json::Object(
        schemas
            .map(|(name, schema)| (name.clone(), schema.clone()))
            .collect(),
    )
}

/// Adds the names of the schemas that this one refers to.
fn referred(schema: &Json, names: &mut Vec<String>) {
    match schema {
        Json::Object(members) => {
            let reference = members.get("$ref").and_then(Json::as_str);
            let name =
                reference.and_then(|reference| reference.strip_prefix("#/components/schemas/"));
            names.extend(
                name.and_then(|name| name.split('/').next())
                    .map(String::from),
            );
            members.values().for_each(|member| referred(member, names));
        }
        Json::Array(items) => items.iter().for_each(|item| referred(item, names)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}
