//! The limit: a loop that charges over HTTP as our client does, and remembers nothing. Same library,
//! same headers, same bodies; the answer is read, not understood.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::header::{ACCEPT, AUTHORIZATION};
use reqwest::{Client, redirect, retry};
use serde::{Deserialize, Serialize};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::Instant;

use crate::{Measured, memory_peak_kib};

#[derive(Serialize)]
struct Charge<'a> {
    customer_uid: &'a str,
    merchant_uid: &'a str,
    amount: i64,
    name: &'a str,
}

#[derive(Deserialize)]
struct Envelope {
    response: Token,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

/// Charges so many customers, so many at a time.
pub(crate) fn run(url: &str, charges: u32, concurrency: u32) -> Result<Measured> {
    let runtime = crate::daemon::runtime()?;
    let micros = LocalSet::new().block_on(&runtime, charge_all(url, charges, concurrency))?;
    Ok(Measured {
        charges,
        micros,
        memory_kib: memory_peak_kib()?,
    })
}

async fn charge_all(url: &str, charges: u32, concurrency: u32) -> Result<u64> {
    let client = client(usize::try_from(concurrency)?)?;
    let authorization: Rc<str> = format!("Bearer {}", token(&client, url).await?).into();
    let url: Rc<str> = format!("{url}/subscribe/payments/again").into();

    let next = Rc::new(Cell::new(0));
    let mut workers = JoinSet::new();
    let begun_at = Instant::now();
    for _ in 0..concurrency {
        let (client, url, authorization) = (client.clone(), url.clone(), authorization.clone());
        let next = Rc::clone(&next);
        workers.spawn_local(async move {
            while next.get() < charges {
                let number = next.replace(next.get() + 1);
                charge(&client, &url, &authorization, number).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = workers.join_next().await {
        ended??;
    }
    Ok(u64::try_from(begun_at.elapsed().as_micros())?)
}

async fn charge(client: &Client, url: &str, authorization: &str, number: u32) -> Result<()> {
    let charge = Charge {
        customer_uid: &format!("card-{number}"),
        merchant_uid: &format!("bench-sub-{number}-0"),
        amount: 9_900,
        name: "월간 구독",
    };
    let request = client.post(url).json(&charge);
    let request = request.header(ACCEPT, "application/json");
    let response = request.header(AUTHORIZATION, authorization).send().await?;
    ensure!(response.status().is_success(), "{}", response.status());
    response.bytes().await?;
    Ok(())
}

async fn token(client: &Client, url: &str) -> Result<String> {
    let url = format!("{url}/users/getToken");
    let keys = [("imp_key", "bench"), ("imp_secret", "bench")];
    let keys: std::collections::BTreeMap<_, _> = keys.into_iter().collect();
    let response = client.post(url).json(&keys).send().await?;
    let envelope: Envelope = serde_json::from_slice(&response.bytes().await?)?;
    Ok(envelope.response.access_token)
}

/// A client that is set up as the daemon's is.
pub(crate) fn client(idle_max: usize) -> Result<Client> {
    // An error means that a provider is installed already.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    Client::builder()
        .user_agent("dues/bench")
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_proxy()
        .http1_only()
        .tcp_nodelay(true)
        .pool_max_idle_per_host(idle_max)
        .timeout(Duration::from_mins(1))
        .build()
        .context("cannot prepare HTTP")
}
