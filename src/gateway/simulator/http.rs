//! The way in over HTTP/1.1, built on hyper itself: an answer that is lost has to close the
//! connection, and a truncated one has to break off, which a framework above would not let us do. It
//! knows which paths are the control surface's and nothing else of what a request means.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::gateway::simulator::control;
use crate::gateway::simulator::reply::{Fate, Reply};
use crate::gateway::simulator::request::{Method, Request};
use crate::gateway::simulator::shared::Shared;

/// The longest body that is read, in bytes.
const BODY_MAX: usize = 256 * 1024;

/// Answers requests until `shutdown` completes; then every connection closes where it stands, as
/// when the plug is pulled: clients of a gateway have to stand that.
///
/// # Errors
/// None at present: a connection that cannot be accepted is waited out.
pub async fn serve<N>(
    listener: TcpListener,
    shared: Shared<N>,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()>
where
    N: Fn() -> Timestamp + Clone + Send + Sync + 'static,
{
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(converse(stream, shared.clone()))),
                // Out of file descriptors, or the peer has gone: neither ends the server.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next() => {}
            () = &mut shutdown => return Ok(()),
        }
    }
}

/// Why a connection ends without the answer.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the answer is lost on purpose")]
    OnPurpose,
    #[error("the request cannot be read")]
    Unreadable(#[source] hyper::Error),
}

async fn converse<N>(stream: TcpStream, shared: Shared<N>)
where
    N: Fn() -> Timestamp + Send + Sync + 'static,
{
    // Without it an answer may wait for the client's delayed acknowledgement.
    stream.set_nodelay(true).ok();

    let service = service_fn(|request| respond(request, &shared));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // An error here is a client that left, or a connection that we broke ourselves.
    connection.await.ok();
}

async fn respond<N>(
    request: hyper::Request<Incoming>,
    shared: &Shared<N>,
) -> Result<hyper::Response<ReplyBody>, Broken>
where
    N: Fn() -> Timestamp,
{
    let (head, body) = request.into_parts();
    let Some(body) = read(body).await? else {
        return Ok(response(Reply::page(413, "Payload Too Large")));
    };
    let request = Request {
        method: method(&head.method),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        authorization: header(&head.headers, &AUTHORIZATION),
        content_type: header(&head.headers, &CONTENT_TYPE),
        body: &body,
    };

    let reply = shared.with(|behaviour, now| {
        if request.path.starts_with(control::PREFIX) {
            control::answer(behaviour, &request)
        } else {
            behaviour.handle(&request, now)
        }
    });
    if !reply.after.is_zero() {
        tokio::time::sleep(reply.after).await;
    }

    match reply.fate {
        Fate::Deliver | Fate::Truncate => Ok(response(reply)),
        Fate::Unreachable | Fate::DropBefore | Fate::DropAfter => Err(Broken::OnPurpose),
    }
}

/// The whole body, or nothing if it is too long.
async fn read(mut body: Incoming) -> Result<Option<Bytes>, Broken> {
    let mut whole = Bytes::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(Broken::Unreadable)?;
        let Ok(part) = frame.into_data() else {
            continue;
        };
        if whole.len() + part.len() > BODY_MAX {
            return Ok(None);
        }
        // Nearly always the body comes in one part, which is then not copied.
        whole = if whole.is_empty() {
            part
        } else {
            [whole, part].concat().into()
        };
    }
    Ok(Some(whole))
}

fn response(reply: Reply) -> hyper::Response<ReplyBody> {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = HeaderValue::from_static(reply.content_type);
    let location = reply.location.map(HeaderValue::from_static);
    let alone = reply.alone.map(|alone| HeaderValue::from(alone.as_secs()));

    let mut response = hyper::Response::new(ReplyBody::of(reply));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    if let Some(location) = location {
        response.headers_mut().insert(LOCATION, location);
    }
    if let Some(alone) = alone {
        response.headers_mut().insert(RETRY_AFTER, alone);
    }
    response
}

/// The body of an answer, whole or broken off.
enum ReplyBody {
    Whole(Bytes),
    Sent,
    /// The first half, and the length that was promised.
    Half(Bytes, u64),
    /// The half has to leave before the connection breaks, or the client would not see any of it.
    Leaving,
    Breaking,
}

impl ReplyBody {
    fn of(reply: Reply) -> Self {
        match reply.fate {
            Fate::Truncate => {
                let half = Bytes::copy_from_slice(reply.first_half());
                Self::Half(half, u64::try_from(reply.body.len()).unwrap_or(u64::MAX))
            }
            Fate::Deliver | Fate::Unreachable | Fate::DropBefore | Fate::DropAfter => {
                Self::Whole(reply.body.into())
            }
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let (next, step) = match std::mem::replace(&mut *self, Self::Sent) {
            Self::Whole(bytes) => (Self::Sent, Poll::Ready(Some(Ok(Frame::data(bytes))))),
            Self::Sent => (Self::Sent, Poll::Ready(None)),
            Self::Half(bytes, _) => (Self::Leaving, Poll::Ready(Some(Ok(Frame::data(bytes))))),
            Self::Leaving => {
                // hyper flushes what it has when a body is not ready.
                context.waker().wake_by_ref();
                (Self::Breaking, Poll::Pending)
            }
            Self::Breaking => (Self::Sent, Poll::Ready(Some(Err(Broken::OnPurpose)))),
        };
        *self = next;
        step
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Sent => true,
            Self::Half(..) | Self::Leaving | Self::Breaking => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => {
                SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
            }
            Self::Half(_, promised) => SizeHint::with_exact(*promised),
            Self::Sent => SizeHint::with_exact(0),
            Self::Leaving | Self::Breaking => SizeHint::default(),
        }
    }
}

fn method(method: &hyper::Method) -> Method {
    match *method {
        hyper::Method::GET => Method::Get,
        hyper::Method::POST => Method::Post,
        hyper::Method::PUT => Method::Put,
        hyper::Method::DELETE => Method::Delete,
        _ => Method::Other,
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
