//! One answer a connection, as bytes, for the client that asks for a token. It reads no request.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use dues::core::decline::Codes;
use dues::gateway::iamport::client::Client;
use dues::gateway::iamport::settings::{Authorization, Mode, Secret, Settings};
use dues::gateway::{Gateway, Refusal};

/// The secret with which tokens are asked for.
pub(super) const TOKEN_SECRET: &str = "hunter2hunter2";

/// How long the loopback is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that gives one answer a connection, and a client that asks it.
pub(super) struct Loopback {
    runtime: tokio::runtime::Runtime,
    client: Client,
    next: Sender<Vec<u8>>,
}

impl Loopback {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of this machine");
        let address = listener.local_addr().expect("its address");
        let (next, answers) = channel();
        std::thread::spawn(move || answer_all(&listener, &answers));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let settings = Settings {
            base_url: format!("http://{address}"),
            imp_key: Secret::new("key"),
            imp_secret: Secret::new(TOKEN_SECRET),
            request_timeout: PATIENCE,
            mode: Mode::Live,
            authorization: Authorization::Bearer,
            tier: None,
            proxy: None,
            in_flight_max: 1,
        };
        let client = Client::new(settings, Codes::default()).expect("settings that work");
        Self {
            runtime,
            client,
            next,
        }
    }

    pub(super) fn check(&self, status: u16, body: &[u8]) -> Result<(), Refusal> {
        let length = body.len();
        let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}");
        let answer = [head.as_bytes(), b"\r\n\r\n", body].concat();
        self.next.send(answer).expect("the server lives");
        self.runtime.block_on(self.client.check()).map(|_| ())
    }
}

fn answer_all(listener: &TcpListener, answers: &Receiver<Vec<u8>>) {
    while let Ok(answer) = answers.recv() {
        let Ok((mut stream, _)) = listener.accept() else {
            return;
        };
        // The request is read whole: a connection that is closed on unread bytes is reset. It ends
        // with the two braces of its body.
        let mut request = Vec::new();
        let mut part = [0; 1024];
        while !request.ends_with(b"}") {
            match stream.read(&mut part) {
                Ok(length) if length > 0 => request.extend_from_slice(&part[..length]),
                Ok(_) | Err(_) => break,
            }
        }
        // A client that has seen enough may close first.
        stream.write_all(&answer).ok();
    }
}
