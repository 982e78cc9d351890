//! Accepts connections, limits their number and time, and ends them in order.
//!
//! Connections are limited per address and per network, so that one client cannot occupy all of them. Each
//! has a longest life, a lowest rate at which its answers are read, and small buffers. The operator's own
//! proxies are exempt from the limits per address and network, because all clients come through them.

use crate::domain::network::Network;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Sleep;
use tower::ServiceExt;

/// Connections at the same time; further ones are closed.
const CONNECTIONS: usize = 2048;
/// File descriptors for everything else: the database, static files, gateways, the log.
const RESERVE: usize = 256;
/// The server does not start if it can have fewer connections than this.
const FEWEST: usize = 64;
/// One address has at most 1/`ADDRESS_SHARE` of all connections, one network 1/`NETWORK_SHARE`.
const ADDRESS_SHARE: usize = 8;
const NETWORK_SHARE: usize = 4;
/// A connection is closed if a request's head does not arrive in this time; an idle one, too.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// After this time a connection takes no further requests.
const LIFE: Duration = Duration::from_secs(10 * 60);
/// Then a request under way has this long until its connection is closed: longer than a scan is watched.
const LAST_ANSWER: Duration = Duration::from_secs(3 * 60);
/// A client is disconnected if it reads less than this of an answer in that time: 820 bytes per second.
const LEAST_READ: usize = 16 * 1024;
const READ_TIME: Duration = Duration::from_secs(20);
/// Bytes buffered for a connection in each direction; a request's head has to fit in.
const BUFFER: usize = 32 * 1024;
/// Bytes that the system buffers for a client to read; Linux doubles the value.
const SYSTEM_BUFFER: u32 = 64 * 1024;
/// Connections that can wait to be accepted.
const BACKLOG: u32 = 1024;
/// Time for requests under way when the server is asked to stop.
const FAREWELL: Duration = Duration::from_secs(10);
/// Pause after a failure to accept, e.g. when no file descriptors are left.
const BREATH: Duration = Duration::from_millis(100);

/// How connections are secured.
#[derive(Clone)]
pub enum Security {
    /// Plain HTTP: on loopback, or behind a proxy that ends TLS.
    Plain,
    /// TLS.
    #[cfg(feature = "tls")]
    Tls(tokio_rustls::TlsAcceptor),
}

#[cfg(feature = "tls")]
impl Security {
    /// TLS with a self-signed certificate made now, for trials on devices that insist on `https`.
    ///
    /// # Errors
    /// If the certificate or its configuration cannot be made.
    pub fn self_signed() -> Result<Self, String> {
        use tokio_rustls::rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let made = rcgen::generate_simple_self_signed(names).map_err(|error| error.to_string())?;
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![made.cert.into()], key))
            .map_err(|error| error.to_string())?;
        Ok(Self::Tls(Arc::new(config).into()))
    }
}

/// How many connections this process can have, by its limit of open file descriptors (`ulimit -n`).
///
/// # Errors
/// One sentence for the operator, if they are too few to start.
pub fn capacity() -> Result<usize, String> {
    // Only Linux has this file; elsewhere the limit is assumed to suffice.
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let Some(descriptors) = descriptors(&limits) else { return Ok(CONNECTIONS) };
    let connections = connections(descriptors)?;
    if connections < CONNECTIONS {
        tracing::warn!(
            "the system lets this process open {descriptors} files at once (ulimit -n): it serves \
             {connections} connections instead of {CONNECTIONS}"
        );
    }
    Ok(connections)
}

/// The soft limit of open files in `/proc/self/limits`; none if it is unlimited.
fn descriptors(limits: &str) -> Option<usize> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// How many connections a number of descriptors suffices for.
fn connections(descriptors: usize) -> Result<usize, String> {
    match descriptors.saturating_sub(RESERVE) {
        connections if connections < FEWEST => Err(format!(
            "The system lets this process open {descriptors} files at once; it needs {} at least, and {} \
             for all its connections (ulimit -n, or LimitNOFILE= of systemd).",
            RESERVE + FEWEST,
            RESERVE + CONNECTIONS
        )),
        connections => Ok(connections.min(CONNECTIONS)),
    }
}

/// Listens on an address; its connections have small send buffers.
///
/// # Errors
/// The error of the operating system.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    // Connections inherit it; by default the system would buffer megabytes that a client does not read.
    socket.set_send_buffer_size(SYSTEM_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Answers connections until `stop` resolves, at most `capacity` at once; `proxies` are the operator's own.
pub async fn serve(
    listener: TcpListener,
    security: Security,
    router: Router,
    capacity: usize,
    proxies: Vec<IpAddr>,
    stop: impl Future<Output = ()>,
) {
    let places = Places::new(capacity, proxies);
    let (stop_all, stopping) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => match places.take(peer.ip()) {
                Some(place) => {
                    let (security, router) = (security.clone(), router.clone());
                    connections.spawn(connection(stream, security, router, peer, place, stopping.clone()));
                }
                // A client over its share is disconnected without an answer, which costs nothing.
                None => drop(stream),
            },
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    let _ = stop_all.send(true);
    let _ = tokio::time::timeout(FAREWELL, async { while connections.join_next().await.is_some() {} }).await;
}

async fn connection(
    stream: TcpStream,
    security: Security,
    router: Router,
    peer: SocketAddr,
    connection: Connection,
    stopping: watch::Receiver<bool>,
) {
    let _ = stream.set_nodelay(true);
    // Giving up discards what was written and not read, instead of waiting for it.
    let stream = Paced::new(stream, |stream| drop(stream.set_zero_linger()));
    match security {
        Security::Plain => answer(stream, router, peer, connection, stopping).await,
        #[cfg(feature = "tls")]
        Security::Tls(acceptor) => {
            if let Ok(Ok(stream)) = tokio::time::timeout(HEAD_TIMEOUT, acceptor.accept(stream)).await {
                answer(stream, router, peer, connection, stopping).await;
            }
        }
    }
}

async fn answer<S>(
    stream: S,
    router: Router,
    peer: SocketAddr,
    connection: Connection,
    mut stopping: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        // Work for a request goes on after its client has left, and keeps the connection's place until then.
        request.extensions_mut().insert(connection.clone());
        router.clone().oneshot(request)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(BUFFER);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let last = async {
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => {}
            () = tokio::time::sleep(LIFE) => {}
        }
    };
    tokio::select! {
        // The connection has ended or broken: there is no client to answer.
        _ = connection.as_mut() => return,
        () = last => connection.as_mut().graceful_shutdown(),
    }
    let _ = tokio::time::timeout(LAST_ANSWER, connection).await;
}

/// Counts the open connections.
#[derive(Clone)]
struct Places(Arc<Room>);

struct Room {
    capacity: usize,
    proxies: Vec<IpAddr>,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    in_all: usize,
    /// By address and by network, in text form.
    by: HashMap<String, usize>,
}

impl Places {
    fn new(capacity: usize, proxies: Vec<IpAddr>) -> Self {
        Self(Arc::new(Room { capacity, proxies, taken: Mutex::default() }))
    }

    /// Takes a place for a connection from an address, if one is free.
    fn take(&self, peer: IpAddr) -> Option<Connection> {
        let room = &self.0;
        let peer = peer.to_canonical();
        let owners = if room.proxies.contains(&peer) {
            Vec::new()
        } else {
            let share = |parts: usize| (room.capacity / parts).max(1);
            vec![
                (peer.to_string(), share(ADDRESS_SHARE)),
                (Network::of(peer).to_string(), share(NETWORK_SHARE)),
            ]
        };
        let mut taken = room.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = taken.in_all >= room.capacity
            || owners.iter().any(|(owner, share)| taken.by.get(owner).is_some_and(|count| count >= share));
        if is_full {
            return None;
        }
        taken.in_all += 1;
        for (owner, _) in &owners {
            *taken.by.entry(owner.clone()).or_default() += 1;
        }
        let owners = owners.into_iter().map(|(owner, _)| owner).collect();
        Some(Connection(Arc::new(Held { room: Arc::clone(room), owners })))
    }
}

/// The place of one connection, shared with its requests and released when the last of them has ended.
#[derive(Clone)]
pub(crate) struct Connection(#[expect(dead_code, reason = "held for its end")] Arc<Held>);

struct Held {
    room: Arc<Room>,
    owners: Vec<String>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut taken = self.room.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.in_all -= 1;
        for owner in &self.owners {
            match taken.by.get_mut(owner) {
                Some(count) if *count > 1 => *count -= 1,
                _ => drop(taken.by.remove(owner)),
            }
        }
    }
}

/// A connection that is given up if the client reads too slowly what is written to it.
struct Paced<S> {
    stream: S,
    /// Called when the connection is given up.
    give_up: fn(&S),
    /// Runs while a write waits; `read` counts the bytes taken meanwhile.
    waiting: Option<Pin<Box<Sleep>>>,
    read: usize,
}

impl<S> Paced<S> {
    fn new(stream: S, give_up: fn(&S)) -> Self {
        Self { stream, give_up, waiting: None, read: 0 }
    }

    /// The result of a write, or an error if the client took too long to read.
    fn paced(
        &mut self,
        written: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(count)) => {
                self.read += count;
                if self.read >= LEAST_READ {
                    self.rest();
                }
                Poll::Ready(Ok(count))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(READ_TIME)));
                ready!(waiting.as_mut().poll(context));
                (self.give_up)(&self.stream);
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }

    fn rest(&mut self) {
        self.waiting = None;
        self.read = 0;
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.paced(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.paced(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Called when everything is written: no write waits any more.
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(context));
        self.rest();
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn v3_no_address_and_no_network_keeps_all_others_out() {
        let places = Places::new(64, vec![ip("10.0.0.1")]);
        let fill = |address: &str| -> Vec<Connection> {
            std::iter::from_fn(|| places.take(ip(address))).take(100).collect()
        };
        let one = fill("192.0.2.1");
        assert_eq!(one.len(), 8, "an eighth");
        let neighbor = fill("192.0.2.2");
        assert_eq!((neighbor.len(), fill("192.0.2.3").len()), (8, 0), "a quarter for the network");
        let others: Vec<_> = ["198.51.100.1", "2001:db8::1"].map(fill).into();
        assert_eq!(others.iter().map(Vec::len).sum::<usize>(), 16);
        // The operator's proxy gets all that are left.
        let proxy = fill("10.0.0.1");
        assert_eq!(proxy.len(), 32);
        assert!(fill("203.0.113.1").is_empty(), "all are taken");
        // Work for a request keeps the place after the connection has ended.
        let work = one[0].clone();
        drop(one);
        assert_eq!(fill("203.0.113.1").len(), 7);
        drop(work);
        assert_eq!(fill("203.0.113.1").len(), 8);
        drop((neighbor, others, proxy));
        let taken = places.0.taken.lock().expect("whole");
        assert_eq!((taken.in_all, taken.by.len()), (0, 0));
    }

    #[test]
    fn v3_descriptors_are_kept_in_reserve_and_too_few_are_told() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max open files            1024                 524288               files\n";
        assert_eq!(descriptors(limits), Some(1024));
        assert_eq!(
            descriptors("Max open files            unlimited            unlimited            files"),
            None
        );
        assert_eq!(connections(1024), Ok(1024 - RESERVE));
        assert_eq!(connections(1_000_000), Ok(CONNECTIONS));
        let why = connections(RESERVE).expect_err("too few");
        assert!(why.contains("ulimit -n") && why.contains(&RESERVE.to_string()), "{why}");
        assert!(capacity().is_ok(), "of this process");
    }

    #[tokio::test]
    async fn v3_the_system_takes_little_of_what_nobody_reads() {
        let listener = listen(([127, 0, 0, 1], 0).into()).expect("listens");
        let reader = TcpSocket::new_v4().expect("a socket");
        reader.set_recv_buffer_size(4096).expect("set");
        let address = listener.local_addr().expect("an address");
        let (far, accepted) = tokio::join!(reader.connect(address), listener.accept());
        let (_far, (near, _)) = (far.expect("connects"), accepted.expect("accepted"));
        let block = vec![0; 64 * 1024];
        let mut taken = 0;
        // Until nothing is taken for 100 ms.
        while tokio::time::timeout(Duration::from_millis(100), near.writable()).await.is_ok() {
            taken += near.try_write(&block).unwrap_or_default();
        }
        assert!((1..512 * 1024).contains(&taken), "{taken}");
    }

    #[tokio::test(start_paused = true)]
    async fn v3_who_hardly_reads_is_given_up_and_who_reads_slowly_is_not() {
        let (near, mut far) = tokio::io::duplex(1024);
        let mut writer = Paced::new(near, |_| ());
        let answer = vec![0; 200 * 1024];
        // The client reads nothing.
        let error = writer.write_all(&answer).await.expect_err("given up");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);

        // 800 bytes per second are too few, 900 are enough.
        for (a_second, is_enough) in [(800, false), (900, true)] {
            let (near, mut far) = tokio::io::duplex(1024);
            let reader = tokio::spawn(async move {
                let mut buffer = vec![0; a_second];
                while far.read_exact(&mut buffer).await.is_ok() {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            });
            let mut writer = Paced::new(near, |_| ());
            let written = writer.write_all(&answer).await;
            assert_eq!(written.is_ok(), is_enough, "{a_second}: {written:?}");
            drop(writer);
            reader.await.expect("it ends");
        }

        // A client that has read everything may pause for any time.
        let (near, mut far2) = tokio::io::duplex(1024);
        let mut writer = Paced::new(near, |_| ());
        for _ in 0..3 {
            let reading = async {
                tokio::time::sleep(Duration::from_secs(15)).await;
                far2.read_exact(&mut [0; 2000]).await.expect("read");
            };
            let (written, ()) = tokio::join!(
                async {
                    writer.write_all(&answer[..2000]).await?;
                    writer.flush().await
                },
                reading
            );
            written.expect("read in time each time");
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        far.shutdown().await.expect("closed");
    }
}
