//! The certificate, which is renewed while the server runs.

use crate::transport::tls::Certificate;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// Looks at the certificate's files now and then, until all ends.
pub(super) async fn keep_fresh(
    certificate: Arc<Certificate>,
    every: Duration,
    shutdown: CancellationToken,
) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last_error = String::new();
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        let looked_at = certificate.clone();
        let refreshed = tokio::task::spawn_blocking(move || looked_at.refresh()).await;
        last_error = match refreshed {
            Ok(Ok(false)) => continue,
            Ok(Ok(true)) => {
                tracing::info!("the certificate has been renewed");
                String::new()
            }
            Ok(Err(error)) => told_once(error.to_string(), &last_error),
            Err(error) => told_once(error.to_string(), &last_error),
        };
    }
}

/// Says what is wrong, unless that has just been said: the other half of a renewal may be on its way.
fn told_once(error: String, last: &str) -> String {
    if error != last {
        tracing::warn!("the certificate stays as it was: {error}");
    }
    error
}
