//! A measurement, not a test: how many charges a second the simulated gateway takes over loopback.
//! It is the other end of the throughput benchmark, so it has to be well above what is measured.
//!
//! `cargo test --release --lib simulator_rate -- --ignored --nocapture`

use std::thread;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Shop, start};
use crate::gateway::simulator::http::serve;
use crate::gateway::simulator::shared::Shared;
use crate::gateway::simulator::switches::Switches;

const CONNECTIONS: usize = 32;
const CHARGES: usize = 10_000;

#[test]
#[ignore = "a measurement"]
fn simulator_rate_over_http() {
    let shop = Shop::new(Switches::honest());
    let token = shop.token.clone();
    let gateway = Shared::new(shop.gateway, start);
    let (announce, announced) = std::sync::mpsc::channel();
    let (close, end) = oneshot::channel::<()>();

    // One thread, so that the figure is that of one core.
    let served = gateway.clone();
    let serving = thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            announce.send(listener.local_addr().unwrap()).unwrap();
            serve(listener, served, async { end.await.unwrap() })
                .await
                .unwrap();
        });
    });
    let address = announced.recv().unwrap();

    let client = Builder::new_current_thread().enable_all().build().unwrap();
    let took = client.block_on(async {
        let begun = Instant::now();
        let mut connections = JoinSet::new();
        for connection in 0..CONNECTIONS {
            let stream = TcpStream::connect(address).await.unwrap();
            connections.spawn(converse(stream, connection, token.clone()));
        }
        connections.join_all().await;
        begun.elapsed()
    });
    close.send(()).unwrap();
    serving.join().unwrap();

    let totals = gateway.with(|gateway, _| gateway.ledger().totals());
    assert_eq!(totals.paid, u64::try_from(CONNECTIONS * CHARGES).unwrap());
    report("over HTTP, one thread", totals.paid, took);
}

#[test]
#[ignore = "a measurement"]
fn simulator_rate_in_process() {
    let mut shop = Shop::new(Switches::honest());
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let took = runtime.block_on(async {
        let begun = Instant::now();
        for order in 0..1_000_000 {
            shop.charge("cust", &format!("shop-{order}-0"));
        }
        begun.elapsed()
    });
    report("in process", shop.gateway.ledger().totals().paid, took);
}

async fn converse(mut stream: TcpStream, connection: usize, token: String) {
    stream.set_nodelay(true).unwrap();
    let mut buffer = vec![0; 8192];
    for charge in 0..CHARGES {
        let body = format!(
            r#"{{"customer_uid":"c{connection}","merchant_uid":"shop-{connection}-{charge}","amount":9900,"name":"basic"}}"#
        );
        let head = format!(
            "POST /subscribe/payments/again HTTP/1.1\r\nhost: localhost\r\nauthorization: {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).await.unwrap();
        // The answer is small and arrives in one piece; its end is the envelope's.
        let mut length = 0;
        while !buffer[..length].ends_with(b"}}") {
            length += stream.read(&mut buffer[length..]).await.unwrap();
        }
    }
}

fn report(what: &str, requests: u64, took: Duration) {
    let a_second = u128::from(requests) * 1_000_000 / took.as_micros().max(1);
    println!("{requests} charges {what}: {a_second} a second");
}
