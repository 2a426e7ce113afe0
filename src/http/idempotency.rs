//! `Idempotency-Key`: what makes something may be sent again, and is done once.
//!
//! Who has lost an answer does not know whether there is a task now. The same request under the same key gets the answer
//! that was lost (draft-ietf-httpapi-idempotency-key-header-07). Keys live in memory: a restart forgets them. A route joins
//! by [`once`] around its handler.

mod ledger;

use super::App;
use super::error::{ApiError, Code};
use super::request::Body;
use crate::config::Limits;
use crate::fault::{self, Fault};
use blake3::{Hash, Hasher};
use bytes::Bytes;
use http_body_util::BodyExt;
use ledger::{Bounds, Claim, Ledger};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use warp::http::{HeaderMap, StatusCode, header};
use warp::reply::Response;

/// The header.
const NAME: &str = "idempotency-key";
/// Bytes of a key.
const KEY_BYTES_MAX: usize = 255;
/// What a kept answer takes besides its text, about.
const ANSWER_BYTES: usize = 512;
/// Whose the keys are. Everybody is the same as long as nobody has to show who it is.
const CALLER: &str = "";

/// What was made under keys.
#[derive(Debug)]
pub(crate) struct Repeats(Mutex<Ledger<Answer>>);

impl Repeats {
    /// Nothing yet.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self(Mutex::new(Ledger::new(Bounds {
            n_keys_max: limits.idempotency_keys,
            n_bytes_max: limits.idempotency_bytes,
            time: limits.idempotency_time,
        })))
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger<Answer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does what a request asks for, or if it was done under the request's key, answers as it was answered then.
pub(super) async fn once<H, F>(app: App, body: Body, handler: H) -> Result<Response, ApiError>
where
    H: FnOnce(App, Body) -> F + Send + 'static,
    F: Future<Output = Result<Response, ApiError>> + Send + 'static,
{
    let key = key(body.headers())?;
    let Some(key) = key.filter(|_| !fault::is(Fault::DoneAgain)) else {
        return handler(app, body).await;
    };
    let (body, bytes) = body.whole(&app).await?;
    let (key, request) = (name(CALLER, &key), fingerprint(&body, &bytes));
    let claim = app.repeats.ledger().claim(key, request, Instant::now());
    let place = match claim {
        Claim::First => Place::new(app.repeats.clone(), key),
        Claim::Answered(answer) => return answer.tell(),
        Claim::UnderWay => return Err(refused(Code::IdempotencyKeyInUse)),
        Claim::OfAnother => return Err(refused(Code::IdempotencyKeyReused)),
        Claim::Full => return Err(refused(Code::Overloaded)),
    };
    // It goes on when the client hangs up, for it may be writing already: the answer waits until the client comes again.
    let done = tokio::spawn(async move {
        let answer = Answer::of(handler(app, body).await).await?;
        place.settle(&answer);
        answer.tell()
    });
    done.await
        .map_err(|error| ApiError::internal(error.to_string()))?
}

fn refused(code: Code) -> ApiError {
    ApiError::new(code, code.meaning())
}

/// The key that a request comes under, if it does: 1 to 255 visible characters of ASCII, with quotes around them or without.
fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut values = headers.get_all(NAME).iter();
    let (Some(value), second) = (values.next(), values.next()) else {
        return Ok(None);
    };
    let key = value.to_str().ok().and_then(unquoted);
    let is_key = |key: &String| {
        (1..=KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let key = key.filter(is_key).filter(|_| second.is_none());
    key.map(Some)
        .ok_or_else(|| refused(Code::InvalidIdempotencyKey))
}

/// What a string of RFC 8941 holds, or a text that is none as it is.
fn unquoted(text: &str) -> Option<String> {
    let Some(rest) = text.strip_prefix('"') else {
        return Some(text.to_owned());
    };
    let (mut held, mut characters) = (String::new(), rest.chars());
    loop {
        match characters.next()? {
            '"' => return characters.as_str().is_empty().then_some(held),
            '\\' => held.push(characters.next().filter(|next| "\"\\".contains(*next))?),
            other => held.push(other),
        }
    }
}

/// A caller's key as it is kept.
fn name(caller: &str, key: &str) -> Hash {
    hash(&[caller.as_bytes(), key.as_bytes()])
}

/// Tells a request from every other.
fn fingerprint(body: &Body, bytes: &Bytes) -> Hash {
    let (method, target) = body.asked();
    let mut parts = vec![method.as_str().as_bytes(), target.as_bytes(), bytes];
    for condition in [header::IF_MATCH, header::IF_NONE_MATCH] {
        // Its end shows whose each of them is.
        let values = body.headers().get_all(condition).iter();
        parts.extend(values.map(|value| value.as_bytes()).chain([&b""[..]]));
    }
    hash(&parts)
}

/// A hash of all these, and of where each ends.
fn hash(parts: &[&[u8]]) -> Hash {
    let mut hasher = Hasher::new();
    for part in parts {
        hasher.update(&part.len().to_le_bytes()).update(part);
    }
    hasher.finalize()
}

/// A key that is under way. It is free again when this is dropped unsettled.
struct Place {
    repeats: Arc<Repeats>,
    key: Hash,
    is_settled: bool,
}

impl Place {
    fn new(repeats: Arc<Repeats>, key: Hash) -> Self {
        Self {
            repeats,
            key,
            is_settled: false,
        }
    }

    /// Keeps the answer, if it is to be.
    fn settle(mut self, answer: &Answer) {
        if answer.is_kept() {
            let (n_bytes, now) = (answer.n_bytes(), Instant::now());
            let mut ledger = self.repeats.ledger();
            ledger.settle(self.key, answer.clone(), n_bytes, now);
            drop(ledger);
            self.is_settled = true;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.is_settled {
            self.repeats.ledger().release(&self.key);
        }
    }
}

/// What a request was answered.
#[derive(Clone, Debug)]
enum Answer {
    Done {
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
    },
    /// Whose text names the request that gets it.
    Refused(ApiError),
}

impl Answer {
    async fn of(answered: Result<Response, ApiError>) -> Result<Self, ApiError> {
        let response = match answered {
            Ok(response) => response,
            Err(error) => return Ok(Self::Refused(error)),
        };
        let (head, body) = response.into_parts();
        let body = body.collect().await;
        Ok(Self::Done {
            status: head.status,
            headers: head.headers,
            body: body
                .map_err(|error| ApiError::internal(error.to_string()))?
                .to_bytes(),
        })
    }

    fn tell(self) -> Result<Response, ApiError> {
        match self {
            Self::Done {
                status,
                headers,
                body,
            } => {
                let mut response = Response::new(body.into());
                *response.status_mut() = status;
                *response.headers_mut() = headers;
                Ok(response)
            }
            Self::Refused(error) => Err(error),
        }
    }

    /// A request that is wrong in itself may be mended, and what failed here is to be tried again: neither has changed
    /// anything. What was refused for how things stand stays refused, for the client has been told so.
    fn is_kept(&self) -> bool {
        match self {
            Self::Done { status, .. } => status.is_success(),
            Self::Refused(error) => error.code().is_of_state(),
        }
    }

    fn n_bytes(&self) -> usize {
        let n_bytes = match self {
            Self::Done { headers, body, .. } => {
                let fields = headers.iter();
                let fields = fields.map(|(name, value)| name.as_str().len() + value.len());
                body.len() + fields.sum::<usize>()
            }
            Self::Refused(error) => error.n_bytes(),
        };
        ANSWER_BYTES + n_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use warp::http::HeaderValue;

    fn key_of(values: &[&str]) -> Result<Option<String>, Code> {
        let values = values.iter().map(|text| HeaderValue::from_str(text));
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(NAME, value.unwrap());
        }
        key(&headers).map_err(|error| error.code())
    }

    #[test]
    fn a_key_is_visible_ascii_with_quotes_or_without() {
        let longest = "k".repeat(255);
        for (text, is) in [
            ("8e03978e-40d5", "8e03978e-40d5"),
            ("\"8e03978e-40d5\"", "8e03978e-40d5"),
            ("a\"b\\", "a\"b\\"),
            (r#""a\"b\\""#, r#"a"b\"#),
            (&longest, &longest),
            (&format!("\"{longest}\""), &longest),
        ] {
            assert_eq!(key_of(&[text]), Ok(Some(is.to_owned())), "{text}");
        }
        assert_eq!(key_of(&[]), Ok(None));
        let bad = Err(Code::InvalidIdempotencyKey);
        let long = "k".repeat(256);
        for text in [
            "",
            "\"\"",
            "\"",
            "\"a",
            "\"a\"b",
            "\"a\";b",
            r#""a\b""#,
            r#""a\""#,
            "a b",
            "\"a b\"",
            "a\tb",
            &long,
            &format!("\"{long}\""),
        ] {
            assert_eq!(key_of(&[text]), bad, "{text}");
        }
        assert_eq!(key_of(&["a", "a"]), bad);
        let latin = HeaderValue::from_bytes(b"caf\xe9").unwrap();
        let headers = HeaderMap::from_iter([(header::HeaderName::from_static(NAME), latin)]);
        assert!(key(&headers).is_err());
    }

    #[test]
    fn a_callers_keys_are_its_own() {
        assert_eq!(name("ada", "k"), name("ada", "k"));
        assert_ne!(name("ada", "k"), name("bob", "k"));
        assert_ne!(name("a", "dak"), name("ada", "k"));
    }

    #[test]
    fn a_key_is_free_again_where_no_answer_is_kept() {
        let repeats = Arc::new(Repeats::new(&Limits::default()));
        let key = name("ada", "k");
        let first = || {
            let claim = repeats.ledger().claim(key, key, Instant::now());
            matches!(claim, Claim::First).then(|| Place::new(repeats.clone(), key))
        };
        drop(first().unwrap());
        let refused = |code| Answer::Refused(ApiError::new(code, ""));
        first().unwrap().settle(&refused(Code::StorageFull));
        let place = first().unwrap();
        assert!(first().is_none());
        place.settle(&refused(Code::TaskExists));
        assert!(first().is_none());
    }

    #[test]
    fn what_was_refused_for_how_things_stand_is_kept() {
        let is_kept = |code| Answer::Refused(ApiError::new(code, "")).is_kept();
        for code in Code::all() {
            let is_transient = code.status().is_server_error()
                || matches!(code, Code::WriteConflict | Code::IdempotencyKeyInUse);
            assert!(!(is_transient && is_kept(code)), "{code:?}");
        }
        for code in [
            Code::TaskExists,
            Code::ProjectNotFound,
            Code::RevisionMismatch,
        ] {
            assert!(is_kept(code), "{code:?}");
        }
        for code in [
            Code::InvalidJson,
            Code::InvalidField,
            Code::BodyTooLarge,
            Code::UnsupportedMediaType,
        ] {
            assert!(!is_kept(code), "{code:?}");
        }
    }
}
