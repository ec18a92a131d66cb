//! The simulated gateway as a process: how it is started, told what to do, and asked for its books.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::real::stage::{DUES, Running};

/// The simulated gateway.
pub(crate) struct Simulator {
    pub(crate) process: Running,
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
}

impl Simulator {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_by(Command::new(DUES), arguments)
    }

    /// Through another command, which is given the arguments.
    pub(crate) fn start_by(mut command: Command, arguments: &[&str]) -> Self {
        let mut child = command
            .args(["simulator", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let address = line.trim().rsplit('/').next().unwrap().to_owned();
        Self {
            process: Running(child),
            address,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn get(&self, path: &str) -> String {
        http(TcpStream::connect(&self.address).unwrap(), "GET", path, "")
            .unwrap()
            .1
    }

    pub(crate) fn put(&self, path: &str, body: &Value) {
        let connection = TcpStream::connect(&self.address).unwrap();
        let (status, said) = http(connection, "PUT", path, &body.to_string()).unwrap();
        assert_eq!(status, 200, "{said}");
    }

    /// The sums of its own books.
    pub(crate) fn ledger(&self) -> Value {
        serde_json::from_str(&self.get("/simulator/ledger")).unwrap()
    }

    /// Every payment of its own books.
    pub(crate) fn payments(&self) -> Vec<Value> {
        let mut payments = Vec::new();
        loop {
            let path = format!("/simulator/payments?after={}&limit=5000", payments.len());
            let page = lines(&self.get(&path));
            if page.is_empty() {
                return payments;
            }
            payments.extend(page);
        }
    }

    /// Payments of a status, by its own books.
    pub(crate) fn count(&self, status: &str) -> usize {
        let count = &self.ledger()[status];
        usize::try_from(count.as_u64().unwrap()).unwrap()
    }
}

/// Each line as JSON.
pub(crate) fn lines(text: &str) -> Vec<Value> {
    let read = |line: &str| serde_json::from_str(line).unwrap();
    text.lines().map(read).collect()
}

/// One request over HTTP: the status and the body of the answer, if there is a whole one.
pub(crate) fn http(
    mut connection: impl Read + Write,
    method: &str,
    path: &str,
    body: &str,
) -> Option<(u16, String)> {
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: dues\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    connection.write_all(request.as_bytes()).ok()?;
    let mut reply = String::new();
    connection.read_to_string(&mut reply).ok()?;
    let (head, body) = reply.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}
