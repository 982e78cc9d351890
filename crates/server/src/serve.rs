//! Connections: accepted, given a time limit for their headers, ended in order.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt;

/// Connections at once; further ones wait in the queue of the system.
const CONNECTIONS: usize = 2048;
/// A connection that does not get a request's head across in this time is closed; an idle one too.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// What is under way gets so long when the server is told to stop.
const FAREWELL: Duration = Duration::from_secs(10);
/// After a failure to accept (no file handles left, say).
const BREATH: Duration = Duration::from_millis(100);

/// How connections are secured.
#[derive(Clone)]
pub enum Security {
    /// Plain HTTP: loopback, or behind a proxy that ends TLS.
    Plain,
    /// TLS.
    #[cfg(feature = "tls")]
    Tls(tokio_rustls::TlsAcceptor),
}

#[cfg(feature = "tls")]
impl Security {
    /// TLS with a certificate made now and signed by nobody, for trying things out on devices that
    /// insist on `https`.
    ///
    /// # Errors
    /// What the certificate's maker says.
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

/// Answers connections until told to stop.
pub async fn serve(
    listener: TcpListener,
    security: Security,
    router: Router,
    stop: impl Future<Output = ()>,
) {
    let farewell = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut stop = std::pin::pin!(stop);
    loop {
        let place = Arc::clone(&places).acquire_owned();
        let next = async {
            let place = place.await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection =
                    connection(stream, security.clone(), router.clone(), peer, farewell.watcher());
                tokio::spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(FAREWELL, farewell.shutdown()).await;
}

type Watcher = hyper_util::server::graceful::Watcher;

async fn connection(
    stream: TcpStream,
    security: Security,
    router: Router,
    peer: SocketAddr,
    watcher: Watcher,
) {
    let _ = stream.set_nodelay(true);
    match security {
        Security::Plain => answer(stream, router, peer, watcher).await,
        #[cfg(feature = "tls")]
        Security::Tls(acceptor) => {
            if let Ok(Ok(stream)) = tokio::time::timeout(HEAD_TIMEOUT, acceptor.accept(stream)).await {
                answer(stream, router, peer, watcher).await;
            }
        }
    }
}

async fn answer<S>(stream: S, router: Router, peer: SocketAddr, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    // Whatever breaks here broke on the way; there is nobody left to tell.
    let _ = watcher.watch(builder.serve_connection(TokioIo::new(stream), service)).await;
}
