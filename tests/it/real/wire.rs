//! A wire between a daemon and the simulated gateway that can be broken in every way a wire breaks:
//! it understands requests, so that it can let one through and lose its answer.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the listener looks whether it is still wanted.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Where a text that is said of any order names it.
pub(crate) const UID: &str = "<uid>";

/// What becomes of a request.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    /// Which requests it is about; the others pass.
    pub(crate) of: Which,
    /// Whether the gateway gets it.
    pub(crate) arrives: bool,
    /// What the daemon gets.
    pub(crate) says: Says,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    All,
    Charges,
    LookUps,
}

#[derive(Debug, Clone)]
pub(crate) enum Says {
    /// What the gateway says.
    Truth,
    /// These bytes, and the end of the connection.
    Bytes(Vec<u8>),
    /// One of these texts after the other, over and over; in each [`UID`] stands for the order that is
    /// asked about.
    Each(Vec<String>),
    /// Nothing, and the connection stays.
    Nothing,
    /// These bytes, one after the other, with a pause after each.
    Drop(Vec<u8>, Duration),
    /// These bytes, over and over.
    Flood(Vec<u8>),
}

impl Manner {
    pub(crate) fn pass() -> Self {
        Self {
            of: Which::All,
            arrives: true,
            says: Says::Truth,
        }
    }
}

pub(crate) struct Wire {
    address: String,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

struct Shared {
    gateway: String,
    manner: Mutex<Manner>,
    is_open: AtomicBool,
    broken: AtomicUsize,
    connections: Mutex<Vec<TcpStream>>,
}

impl Wire {
    /// A wire to the gateway at this address.
    pub(crate) fn to(gateway: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared {
            gateway: gateway.to_owned(),
            manner: Mutex::new(Manner::pass()),
            is_open: AtomicBool::new(true),
            broken: AtomicUsize::new(0),
            connections: Mutex::default(),
        });
        let listener = Some(listen(listener, shared.clone()));
        Self {
            address,
            shared,
            listener,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on requests fare so.
    pub(crate) fn is(&self, manner: Manner) {
        *self.shared.manner.lock().unwrap() = manner;
    }

    /// How many requests did not pass.
    pub(crate) fn broken(&self) -> usize {
        self.shared.broken.load(Ordering::SeqCst)
    }

    /// Breaks every connection and takes no more.
    pub(crate) fn cut(&mut self) {
        self.shared.is_open.store(false, Ordering::SeqCst);
        if let Some(listener) = self.listener.take() {
            listener.join().unwrap();
        }
        for connection in self.shared.connections.lock().unwrap().drain(..) {
            // Its other end may be gone already.
            connection.shutdown(Shutdown::Both).ok();
        }
    }

    /// Listens again where it did.
    pub(crate) fn mend(&mut self) {
        self.shared.is_open.store(true, Ordering::SeqCst);
        let listener = TcpListener::bind(&self.address).unwrap();
        self.listener = Some(listen(listener, self.shared.clone()));
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.cut();
    }
}

fn listen(listener: TcpListener, shared: Arc<Shared>) -> JoinHandle<()> {
    listener.set_nonblocking(true).unwrap();
    std::thread::spawn(move || {
        while shared.is_open.load(Ordering::SeqCst) {
            match listener.accept() {
                Ok((connection, _)) => {
                    connection.set_nonblocking(false).unwrap();
                    let kept = connection.try_clone().unwrap();
                    shared.connections.lock().unwrap().push(kept);
                    let shared = shared.clone();
                    // Whoever is at the other end may go away at any moment.
                    std::thread::spawn(move || carry(connection, &shared).ok());
                }
                Err(why) if why.kind() == ErrorKind::WouldBlock => std::thread::sleep(LOOK_EVERY),
                Err(why) => panic!("{why}"),
            }
        }
    })
}

/// Carries one request; the connection ends with its answer.
fn carry(mut connection: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let request = whole(&mut connection)?;
    let manner = shared.manner.lock().unwrap().clone();
    let line = request
        .split(|byte| *byte == b'\r')
        .next()
        .unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let is_charge = line.contains("/subscribe/payments/again");
    let is_look_up = line.contains(" /payments/");
    let manner = match manner.of {
        Which::Charges if !is_charge => Manner::pass(),
        Which::LookUps if !is_look_up => Manner::pass(),
        Which::All | Which::Charges | Which::LookUps => manner,
    };

    let mut answer = Vec::new();
    if manner.arrives {
        let mut gateway = TcpStream::connect(&shared.gateway)?;
        gateway.write_all(&closing(&request))?;
        gateway.read_to_end(&mut answer)?;
    }
    let before = match manner.says {
        Says::Truth => 0,
        Says::Bytes(_) | Says::Each(_) | Says::Nothing | Says::Drop(..) | Says::Flood(_) => {
            shared.broken.fetch_add(1, Ordering::SeqCst)
        }
    };
    match manner.says {
        Says::Truth => connection.write_all(&answer)?,
        Says::Bytes(bytes) => connection.write_all(&bytes)?,
        Says::Each(texts) => {
            let text = texts[before % texts.len()].replace(UID, asked_about(&line));
            connection.write_all(text.as_bytes())?;
        }
        Says::Nothing => {
            connection.read_to_end(&mut Vec::new())?;
        }
        Says::Drop(bytes, pause) => {
            for byte in bytes {
                connection.write_all(&[byte])?;
                std::thread::sleep(pause);
            }
        }
        Says::Flood(bytes) => loop {
            connection.write_all(&bytes)?;
        },
    }
    connection.shutdown(Shutdown::Both)
}

/// The order that a look-up is about.
fn asked_about(line: &str) -> &str {
    let path = line.split(['?', ' ']).nth(1).unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

/// A request with its body.
fn whole(connection: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut request = Vec::new();
    let mut part = [0; 4096];
    loop {
        let count = connection.read(&mut part)?;
        request.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&request);
        let body = text.split_once("\r\n\r\n").map(|(head, body)| {
            let length = head.to_lowercase();
            let length = length.split_once("content-length:").map(|(_, rest)| {
                let digits = rest.trim_start().split('\r').next().unwrap_or_default();
                digits.parse::<usize>().unwrap_or(0)
            });
            body.len() >= length.unwrap_or(0)
        });
        if count == 0 || body == Some(true) {
            return Ok(request);
        }
    }
}

/// The request, asking for the connection to end with the answer.
fn closing(request: &[u8]) -> Vec<u8> {
    let end = request
        .windows(2)
        .position(|two| two == b"\r\n")
        .unwrap_or(0);
    [&request[..end], b"\r\nconnection: close", &request[end..]].concat()
}
