//! The local socket: HTTP/1.1 and JSON between the daemon and the commands. It reads through the
//! store's readers and changes things through the engine's handle only; it knows no SQL, no gateway.

pub mod client;
pub mod protocol;
pub mod server;
