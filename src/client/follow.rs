//! A project's stream, which goes on where it was.

use super::{ANSWER_TIME, ClientError, Server, Stream};
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use warp::http::HeaderValue;
use warp::http::header::HOST;

/// Bytes of a message: how a large project stands.
const MESSAGE_BYTES_MAX: usize = 256 << 20;
/// After so long without a word the server is asked whether it is there; after twice as long, it is not.
const SILENCE: Duration = Duration::from_secs(30);

/// The stream of a project's events, as far as one connection goes.
pub struct Follower {
    socket: WebSocketStream<Box<dyn Stream>>,
}

/// The connection has ended: why.
#[derive(Debug)]
pub struct Lost(pub String);

impl Server {
    /// Follows a project from a position on, as `since` of the WebSocket has it.
    ///
    /// # Errors
    /// [`ClientError`], when there is no answer or a refusal.
    pub async fn follow(&self, project: &str, since: &str) -> Result<Follower, ClientError> {
        let late = |_| self.unreachable("it does not answer");
        let following = self.upgrade(project, since);
        timeout(ANSWER_TIME, following).await.map_err(late)?
    }

    async fn upgrade(&self, project: &str, since: &str) -> Result<Follower, ClientError> {
        let stream = self.connect().await?;
        let project =
            percent_encoding::utf8_percent_encode(project, percent_encoding::NON_ALPHANUMERIC);
        let mount = &self.mount;
        // The scheme says nothing here: the stream is connected.
        let url = format!("ws://localhost{mount}/api/v1/projects/{project}/ws?since={since}");
        let unreachable = |error: Error| self.unreachable(error);
        let mut request = url.into_client_request().map_err(unreachable)?;
        let host = HeaderValue::from_str(&self.authority).map_err(|e| self.unreachable(e))?;
        request.headers_mut().insert(HOST, host);
        let mut config = WebSocketConfig::default();
        config.max_message_size = Some(MESSAGE_BYTES_MAX);
        config.max_frame_size = Some(MESSAGE_BYTES_MAX);
        match client_async_with_config(request, stream, Some(config)).await {
            Ok((socket, _)) => Ok(Follower { socket }),
            Err(Error::Http(answer)) => {
                let body = answer.body().clone().unwrap_or_default();
                Err(self.refused(answer.status(), &body))
            }
            Err(error) => Err(unreachable(error)),
        }
    }
}

impl Follower {
    /// The next message.
    ///
    /// # Errors
    /// [`Lost`], when the connection has ended, or nobody seems to be at its other end.
    pub async fn next(&mut self) -> Result<String, Lost> {
        let mut is_asked = false;
        loop {
            match timeout(SILENCE, self.socket.next()).await {
                Ok(Some(Ok(Message::Text(text)))) => return Ok(text.to_string()),
                Ok(Some(Ok(Message::Close(close)))) => {
                    let code = close.map_or(1005, |close| close.code.into());
                    return Err(Lost(format!("the server has closed it ({code})")));
                }
                Ok(Some(Ok(_))) => is_asked = false,
                Ok(Some(Err(error))) => return Err(Lost(error.to_string())),
                Ok(None) => return Err(Lost("it has ended".to_owned())),
                Err(_) if is_asked => return Err(Lost("nobody answers".to_owned())),
                Err(_) => {
                    is_asked = true;
                    let ping = self.socket.send(Message::Ping(bytes::Bytes::new()));
                    let late = || Lost("nobody takes what is sent".to_owned());
                    let sent = timeout(SILENCE, ping).await.map_err(|_| late())?;
                    sent.map_err(|error| Lost(error.to_string()))?;
                }
            }
        }
    }
}
