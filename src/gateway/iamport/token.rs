//! The access token: kept until shortly before it ends, fetched by one caller at a time, thrown away
//! only by whom it failed. Knows nothing of HTTP: how a token is fetched is the caller's.
//!
//! Its life is counted on the monotonic clock from before it was asked for; the wall clock and the
//! difference between theirs and ours do not matter.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::gateway::iamport::settings::Secret;

/// How long before its end a token is no longer used. It has to stay under a minute: with more than
/// that left the gateway gives the same token again, with less it adds five minutes (docs: getToken).
const REFRESH_EARLY: Duration = Duration::from_secs(30);

/// A token as the gateway issued it.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    pub(crate) token: Secret,
    /// How long it will live, by the gateway's own reckoning.
    pub(crate) life: Duration,
}

/// A token to send. The serial tells two fetches of one text apart.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) secret: Secret,
    serial: u64,
}

/// The tokens of one key.
#[derive(Debug)]
pub(crate) struct Tokens<E> {
    slot: Mutex<Slot<E>>,
    /// How many fetches have ended; read without the lock, to tell who waited through one.
    fetches: AtomicU64,
}

#[derive(Debug)]
enum Slot<E> {
    Empty,
    Failed(E),
    Cached { token: Token, good_until: Instant },
}

impl<E: Clone> Tokens<E> {
    pub(crate) fn new() -> Self {
        Self {
            slot: Mutex::new(Slot::Empty),
            fetches: AtomicU64::new(0),
        }
    }

    /// The cached token, or a fresh one. While one caller fetches, the others wait for it and share
    /// what comes of it, a failure too: they would otherwise time out one after the other.
    pub(crate) async fn get(
        &self,
        fetch: impl AsyncFnOnce() -> Result<Issued, E>,
    ) -> Result<Token, E> {
        let fetches_seen = self.fetches.load(Ordering::Acquire);
        let mut slot = self.slot.lock().await;
        match &*slot {
            Slot::Cached { token, good_until } if Instant::now() < *good_until => {
                return Ok(token.clone());
            }
            Slot::Failed(failure) if self.fetches.load(Ordering::Acquire) != fetches_seen => {
                return Err(failure.clone());
            }
            Slot::Empty | Slot::Failed(_) | Slot::Cached { .. } => {}
        }

        let asked_at = Instant::now();
        let issued = fetch().await;
        self.keep(&mut slot, asked_at, issued)
    }

    /// Keeps a token that was fetched outside of [`Tokens::get`], asked for at that instant.
    pub(crate) async fn put(&self, asked_at: Instant, issued: Issued) {
        let mut slot = self.slot.lock().await;
        let kept: Result<Token, E> = self.keep(&mut slot, asked_at, Ok(issued));
        drop(kept);
    }

    /// Forgets a token that was refused, unless a newer one has taken its place.
    pub(crate) async fn invalidate(&self, refused: &Token) {
        let mut slot = self.slot.lock().await;
        match &*slot {
            Slot::Cached { token, .. } if token.serial == refused.serial => *slot = Slot::Empty,
            Slot::Cached { .. } | Slot::Empty | Slot::Failed(_) => {}
        }
    }

    fn keep(
        &self,
        slot: &mut Slot<E>,
        asked_at: Instant,
        issued: Result<Issued, E>,
    ) -> Result<Token, E> {
        let serial = self.fetches.fetch_add(1, Ordering::AcqRel);
        match issued {
            Ok(issued) => {
                let secret = issued.token;
                let token = Token { secret, serial };
                *slot = Slot::Cached {
                    token: token.clone(),
                    good_until: asked_at + usable(issued.life),
                };
                Ok(token)
            }
            Err(failure) => {
                *slot = Slot::Failed(failure.clone());
                Err(failure)
            }
        }
    }
}

/// How long a token of that life is used. A very short one is used for half of it.
fn usable(life: Duration) -> Duration {
    life.saturating_sub(REFRESH_EARLY.min(life / 2))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn issued(life: Duration) -> Issued {
        let token = Secret::new("same text every time");
        Issued { token, life }
    }

    #[test]
    fn a_token_is_given_up_early_but_not_a_minute_early() {
        let cases = [(1800, 1770), (330, 300), (60, 30), (40, 20), (1, 0), (0, 0)];
        for (life, used) in cases {
            assert_eq!(usable(Duration::from_secs(life)).as_secs(), used, "{life}");
        }
        assert!(REFRESH_EARLY < Duration::from_mins(1));
    }

    #[tokio::test]
    async fn only_a_token_still_cached_is_invalidated() {
        let tokens = Tokens::new();
        let old = tokens
            .get(async || Ok::<_, &str>(issued(HOUR)))
            .await
            .unwrap();
        tokens.invalidate(&old).await;
        let new = tokens
            .get(async || Ok::<_, &str>(issued(HOUR)))
            .await
            .unwrap();
        // The late 401 of another request that carried the old token.
        tokens.invalidate(&old).await;
        let cached = tokens.get(async || Err("fetched again")).await.unwrap();
        assert_eq!(cached.serial, new.serial);
        assert_ne!(cached.serial, old.serial);
    }

    #[tokio::test]
    async fn an_ended_token_is_fetched_again_and_put_replaces() {
        let tokens = Tokens::new();
        tokens
            .get(async || Ok::<_, &str>(issued(Duration::ZERO)))
            .await
            .unwrap();
        let again = tokens.get(async || Err("fetched again")).await;
        assert_eq!(again.unwrap_err(), "fetched again");
        tokens.put(Instant::now(), issued(HOUR)).await;
        assert!(tokens.get(async || Err("fetched again")).await.is_ok());
    }

    #[tokio::test]
    async fn those_who_waited_share_a_failure_and_those_who_come_later_ask_again() {
        let tokens = Tokens::new();
        let fetches = Cell::new(0);
        let fetch = async || {
            fetches.set(fetches.get() + 1);
            tokio::task::yield_now().await;
            Err::<Issued, _>("silence")
        };
        let (first, second, third) =
            tokio::join!(tokens.get(&fetch), tokens.get(&fetch), tokens.get(&fetch));
        assert!(first.is_err() && second.is_err() && third.is_err());
        assert_eq!(fetches.get(), 1);
        assert!(tokens.get(&fetch).await.is_err());
        assert_eq!(fetches.get(), 2);
    }
}
