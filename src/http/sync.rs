//! `?sync=1` on a GET: the answer comes once every file change that was made before has been seen.

use super::App;
use super::error::{ApiError, Code};
use crate::name::ProjectId;
use percent_encoding::percent_decode_str;
use warp::http::uri::PathAndQuery;
use warp::http::{Method, Request, Uri};

/// Takes `sync` out of the query of a GET under /api/v1, and waits if it says so.
pub(super) async fn wait_for_files<B>(request: &mut Request<B>, app: &App) -> Result<(), ApiError> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let Some((uri, value)) = take(request.uri()).filter(|_| is_read) else {
        return Ok(());
    };
    let project = project(&uri);
    *request.uri_mut() = uri;
    match value.as_str() {
        "0" => return Ok(()),
        "1" => {}
        _ => return Err(ApiError::invalid_query("sync", "0 or 1")),
    }
    app.probe.sync(project).await.map_err(|_late| {
        let detail =
            "files are being written, or cannot be read, and have not come to rest in time";
        ApiError::new(Code::SyncTimeout, detail)
    })
}

/// The address without its parameter `sync`, and that parameter's value. None when it has none.
fn take(uri: &Uri) -> Option<(Uri, String)> {
    let (query, path) = (uri.query()?, uri.path());
    if !path.starts_with("/api/v1/") {
        return None;
    }
    let value = |pair: &'_ str| Some(pair.strip_prefix("sync")?.strip_prefix('=')?.to_owned());
    let (sync, others): (Vec<_>, Vec<_>) = query
        .split('&')
        .partition(|pair| value(pair).is_some() || *pair == "sync");
    let mut values = sync.iter().map(|pair| value(pair).unwrap_or_default());
    let first = values.next()?;
    // Said twice, it is no clear word.
    let value = values.next().map_or(first, |_| "twice".to_owned());
    let rest = match others.join("&") {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(rest).ok()?);
    Some((Uri::from_parts(parts).ok()?, value))
}

/// The project that a path under /api/v1 is about, if it is about one.
fn project(uri: &Uri) -> Option<ProjectId> {
    let segment = uri.path().strip_prefix("/api/v1/projects/")?;
    let segment = segment.split('/').next()?;
    let id = percent_decode_str(segment).decode_utf8().ok()?;
    ProjectId::parse(&id).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameter_is_taken_out_and_the_rest_stays() {
        let taken = |text: &str| {
            let (uri, value) = take(&text.parse().unwrap())?;
            Some((uri.to_string(), value))
        };
        let some = |uri: &str, value: &str| Some((uri.to_owned(), value.to_owned()));
        assert_eq!(taken("/api/v1/projects"), None);
        assert_eq!(taken("/api/v1/projects?limit=1"), None);
        assert_eq!(taken("/healthz?sync=1"), None);
        assert_eq!(taken("/api/v1/projects?syncs=1"), None);
        assert_eq!(taken("/api/v1/x?sync=1"), some("/api/v1/x", "1"));
        assert_eq!(
            taken("/api/v1/x?a=1&sync=1&b=%20"),
            some("/api/v1/x?a=1&b=%20", "1")
        );
        assert_eq!(taken("/api/v1/x?sync"), some("/api/v1/x", ""));
        assert_eq!(taken("/api/v1/x?sync=1&sync=1"), some("/api/v1/x", "twice"));
    }

    #[test]
    fn the_project_is_the_paths() {
        let project = |text: &str| project(&text.parse().unwrap()).map(|id| id.to_string());
        assert_eq!(project("/api/v1/projects"), None);
        assert_eq!(
            project("/api/v1/projects/a%20b/tasks").as_deref(),
            Some("a b")
        );
        assert_eq!(project("/api/v1/ws/stats"), None);
    }
}
