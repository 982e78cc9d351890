//! A proxy between browser and server that drops, delays, slows down and corrupts traffic.
//!
//! One connection carries one request on either side, so that a browser never repeats by itself
//! what was lost (it does on connections it uses again). The proxy
//! rewrites `Host` and `Origin` to the server's name, and the server's name in answers to its own.
//! Answers are read completely before a fault is applied, so the server has finished the request. An
//! event stream is passed on as it arrives, or up to a cut; any other fault buffers it.

use crate::stage::PATIENCE;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What befalls an exchange.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The connection breaks before the request reaches the server.
    CutBefore,
    /// The server has acted and answered, and the connection breaks.
    CutAfter,
    /// The answer waits for [`Faults::release`] or [`Faults::cut`].
    Hold,
    /// The answer waits so long.
    Delay(Duration),
    /// The answer comes with so many bytes in a second.
    Rate(usize),
    /// The connection breaks after so many bytes of the answer's body; those of a stream come at once.
    Truncate(usize),
    /// This byte of the answer's body, counted from 0, arrives as another one.
    Flip(usize),
    /// Somebody on the way answers; the server hears nothing.
    Gateway(Answer),
    /// The server has acted, and somebody on the way puts another answer in place of its own.
    Mask(Answer),
}

/// An answer that our server did not give.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// Status line and headers, without version and length: `503 Busy\r\nRetry-After: 5`.
    pub head: &'static str,
    /// The body.
    pub body: &'static str,
}

impl Answer {
    /// Another binary than the one that was asked for, which browsers keep as they keep ours.
    pub const OTHER_BINARY: Self = Self {
        head: "200 OK\r\nContent-Type: application/wasm\r\nCache-Control: public, max-age=31536000, immutable",
        body: "\0asm\u{1}\0\0\0",
    };
    /// Another script, likewise.
    pub const OTHER_SCRIPT: Self = Self {
        head: "200 OK\r\nContent-Type: text/javascript\r\nCache-Control: public, max-age=31536000, immutable",
        body: "export {};",
    };

    fn bytes(self) -> Vec<u8> {
        let Self { head, body } = self;
        let length = body.len();
        format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").into_bytes()
    }
}

/// The faults that are waiting for their exchange, and what has passed so far.
#[derive(Default)]
pub struct Faults {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<Waiting>,
    sent: Vec<String>,
    passed: Vec<String>,
    held: usize,
    released: usize,
    cut: usize,
    over: bool,
}

struct Waiting {
    line: String,
    fault: Fault,
    times: usize,
}

impl Faults {
    /// The next request of this method whose path begins like this meets the fault. Of several
    /// faults for a request, the one named first comes first.
    pub fn once(&self, method: &str, path: &str, fault: Fault) {
        self.times(1, method, path, fault);
    }

    /// So do the next few.
    pub fn times(&self, times: usize, method: &str, path: &str, fault: Fault) {
        self.state().waiting.push(Waiting { line: format!("{method} {path}"), fault, times });
    }

    /// So does every one until [`Faults::end`].
    pub fn always(&self, method: &str, path: &str, fault: Fault) {
        self.times(usize::MAX, method, path, fault);
    }

    /// From now on everything passes.
    pub fn end(&self) {
        self.state().waiting.clear();
    }

    /// Lets every answer go that is held now.
    pub fn release(&self) {
        self.state().released += 1;
        self.changed.notify_all();
    }

    /// Breaks the connection of every answer that is held now.
    pub fn cut(&self) {
        self.state().cut += 1;
        self.changed.notify_all();
    }

    /// Waits until an answer is held: the server has acted, the browser does not know.
    #[track_caller]
    pub fn must_hold(&self) {
        let looked = self.changed.wait_timeout_while(self.state(), PATIENCE, |state| state.held == 0);
        let (state, _) = looked.unwrap_or_else(PoisonError::into_inner);
        assert!(state.held > 0, "no answer is held; passed so far: {:?}", state.passed);
    }

    /// How many requests of this method, with paths that begin like this, the browser has sent.
    #[must_use]
    pub fn sent(&self, method: &str, path: &str) -> usize {
        count(&self.state().sent, method, path)
    }

    /// How many of them the server has answered, whatever became of its answers.
    #[must_use]
    pub fn passed(&self, method: &str, path: &str) -> usize {
        count(&self.state().passed, method, path)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a request and takes the fault that waits for it.
    fn befalling(&self, line: &str) -> Option<Fault> {
        let mut state = self.state();
        state.sent.push(line.to_owned());
        let met =
            state.waiting.iter_mut().find(|waiting| waiting.times > 0 && line.starts_with(&waiting.line))?;
        met.times -= 1;
        Some(met.fault.clone())
    }

    /// Lets so much time pass, or less if the test is over.
    fn pause(&self, time: Duration) {
        drop(self.changed.wait_timeout_while(self.state(), time, |state| !state.over));
    }

    /// Holds an answer; whether it is to go on.
    fn hold(&self) -> bool {
        let mut state = self.state();
        state.held += 1;
        let (released, cut) = (state.released, state.cut);
        self.changed.notify_all();
        let still = |state: &mut State| (state.released, state.cut) == (released, cut) && !state.over;
        let mut state = self.changed.wait_while(state, still).unwrap_or_else(PoisonError::into_inner);
        state.held -= 1;
        state.cut == cut
    }
}

fn count(lines: &[String], method: &str, path: &str) -> usize {
    let beginning = format!("{method} {path}");
    lines.iter().filter(|line| line.starts_with(&beginning)).count()
}

/// The running proxy; it ends with its owner.
pub(crate) struct Proxy {
    /// `http://127.0.0.1:PORT`
    pub(crate) origin: String,
    pub(crate) faults: Arc<Faults>,
}

impl Proxy {
    /// Stands before a server that is known by its origin.
    pub(crate) fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("the port has a number").to_string();
        let origin = format!("http://{address}");
        let way = Way { own: address, server: server.replace("http://", ""), faults: Arc::default() };
        let faults = way.faults.clone();
        std::thread::spawn(move || {
            for browser in listener.incoming().map_while(Result::ok) {
                if way.faults.state().over {
                    break;
                }
                let way = way.clone();
                // Whatever breaks here broke on the way, as it is meant to.
                std::thread::spawn(move || drop(way.carry(browser)));
            }
        });
        Self { origin, faults }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.faults.state().over = true;
        self.faults.changed.notify_all();
        // Wakes whoever waits for the next connection.
        drop(TcpStream::connect(self.origin.replace("http://", "")));
    }
}

/// From the browser to the server and back.
#[derive(Clone)]
struct Way {
    own: String,
    server: String,
    faults: Arc<Faults>,
}

impl Way {
    /// Carries one request and its answer.
    fn carry(&self, browser: TcpStream) -> io::Result<()> {
        let Some((line, request)) = self.read_request(&browser)? else { return Ok(()) };
        let fault = self.faults.befalling(&line);
        let mut answer = match &fault {
            Some(Fault::CutBefore) => return Ok(()),
            Some(Fault::Gateway(answer)) => answer.bytes(),
            _ => {
                let mut server = TcpStream::connect(&self.server)?;
                server.write_all(&request)?;
                let mut answer = Vec::new();
                let most = match &fault {
                    None => Some(usize::MAX),
                    Some(Fault::Truncate(bytes)) => Some(*bytes),
                    _ => None,
                };
                if let Some(most) = most
                    && read_head(&mut server, &mut answer)?
                {
                    self.faults.state().passed.push(line);
                    return pass(server, &browser, &answer, most);
                }
                server.read_to_end(&mut answer)?;
                self.faults.state().passed.push(line);
                self.renamed(answer)
            }
        };
        let body = answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |end| end + 4);
        let mut rate = usize::MAX;
        match fault {
            Some(Fault::CutAfter) => return Ok(()),
            Some(Fault::Hold) if !self.faults.hold() => return Ok(()),
            Some(Fault::Delay(time)) => self.faults.pause(time),
            Some(Fault::Rate(bytes)) => rate = bytes,
            Some(Fault::Truncate(bytes)) => answer.truncate(body + bytes),
            Some(Fault::Flip(at)) => answer[body + at] ^= 0x01,
            Some(Fault::Mask(other)) => answer = other.bytes(),
            Some(Fault::CutBefore | Fault::Gateway(_) | Fault::Hold) | None => {}
        }
        self.send(&browser, &answer, rate)
    }

    /// `GET /path` and the request as the server is to see it; nothing if the browser only tried
    /// the connection.
    fn read_request(&self, browser: &TcpStream) -> io::Result<Option<(String, Vec<u8>)>> {
        let mut reader = BufReader::new(browser);
        let mut lines = Vec::new();
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            if line == "\r\n" {
                break;
            }
            if !lower.starts_with("connection:") {
                lines.push(line.replace(&self.own, &self.server));
            }
        }
        let mut request = (lines.concat() + "Connection: close\r\n\r\n").into_bytes();
        let head = request.len();
        request.resize(head + length, 0);
        reader.read_exact(&mut request[head..])?;
        let mut words = lines[0].split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        Ok(Some((format!("{method} {path}"), request)))
    }

    /// The answer with the proxy's name in place of the server's; both are of one length, as
    /// everything else is then.
    fn renamed(&self, mut answer: Vec<u8>) -> Vec<u8> {
        let (server, own) = (self.server.as_bytes(), self.own.as_bytes());
        if server.len() == own.len() {
            for at in 0..answer.len().saturating_sub(server.len()) {
                if answer[at..].starts_with(server) {
                    answer[at..at + own.len()].copy_from_slice(own);
                }
            }
        }
        answer
    }

    fn send(&self, mut browser: &TcpStream, answer: &[u8], rate: usize) -> io::Result<()> {
        /// Parts of a second.
        const TICKS: u32 = 10;
        let mut parts = answer.chunks((rate / TICKS as usize).max(1)).peekable();
        while let Some(part) = parts.next() {
            browser.write_all(part)?;
            if parts.peek().is_some() {
                self.faults.pause(Duration::from_secs(1) / TICKS);
            }
        }
        Ok(())
    }
}

/// Reads on until the head of an answer is whole; whether a stream of events follows.
fn read_head(server: &mut TcpStream, answer: &mut Vec<u8>) -> io::Result<bool> {
    let mut part = [0; 4096];
    let end = loop {
        if let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        match server.read(&mut part)? {
            0 => return Ok(false),
            count => answer.extend_from_slice(&part[..count]),
        }
    };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    Ok(head.contains("content-type: text/event-stream"))
}

/// Passes on what has come of a stream and all that comes, up to so many bytes of its body.
fn pass(mut server: TcpStream, mut browser: &TcpStream, come: &[u8], most: usize) -> io::Result<()> {
    let body = come.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |end| end + 4);
    let mut part = [0; 4096];
    let mut left = most.saturating_add(body);
    let mut next = come.to_vec();
    while !next.is_empty() && left > 0 {
        next.truncate(left);
        browser.write_all(&next)?;
        left -= next.len();
        if left > 0 {
            let count = server.read(&mut part)?;
            next = part[..count].to_vec();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, channel};

    /// A server that answers `hello` to everything and tells what it heard.
    fn proxy() -> (Proxy, Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (heard, hears) = channel();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let mut request = vec![0; 4096];
                let length = stream.read(&mut request).unwrap();
                request.truncate(length);
                heard.send(String::from_utf8(request).unwrap()).unwrap();
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").unwrap();
            }
        });
        (Proxy::before(&origin), hears)
    }

    /// Everything that came back.
    fn post(origin: &str, path: &str) -> String {
        let host = origin.replace("http://", "");
        let mut stream = TcpStream::connect(&host).unwrap();
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nConnection: keep-alive");
        stream.write_all(format!("{head}\r\ncontent-length: 4\r\n\r\nbody").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn what_passes_is_whole_and_counted() {
        let (proxy, server) = proxy();
        assert!(post(&proxy.origin, "/a?b=c").ends_with("\r\n\r\nhello"));
        let heard = server.recv().unwrap();
        assert!(heard.starts_with("POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:"), "{heard}");
        assert!(heard.ends_with("\r\nConnection: close\r\n\r\nbody"), "{heard}");
        assert!(!heard.contains(proxy.origin.as_str()) && !heard.contains("keep-alive"), "{heard}");
        assert_eq!((proxy.faults.sent("POST", "/a"), proxy.faults.passed("POST", "/a")), (1, 1));
        assert_eq!((proxy.faults.sent("GET", "/a"), proxy.faults.passed("POST", "/b")), (0, 0));
    }

    #[test]
    fn a_cut_before_reaches_nobody_and_a_cut_after_has_happened() {
        let (proxy, server) = proxy();
        proxy.faults.once("POST", "/a", Fault::CutBefore);
        proxy.faults.once("POST", "/a", Fault::CutAfter);
        assert_eq!(post(&proxy.origin, "/a"), "");
        assert_eq!((proxy.faults.sent("POST", "/a"), proxy.faults.passed("POST", "/a")), (1, 0));
        assert!(server.try_recv().is_err());
        assert!(post(&proxy.origin, "/b").ends_with("hello"));
        assert_eq!(post(&proxy.origin, "/a"), "");
        assert_eq!((proxy.faults.sent("POST", "/a"), proxy.faults.passed("POST", "/a")), (2, 1));
        assert!(post(&proxy.origin, "/a").ends_with("hello"));
    }

    #[test]
    fn a_fault_comes_as_often_as_it_is_told_to() {
        let (proxy, _server) = proxy();
        proxy.faults.times(2, "POST", "/a", Fault::CutBefore);
        let came = [0; 3].map(|_| post(&proxy.origin, "/a").len());
        assert!(came[0] == 0 && came[1] == 0 && came[2] > 0, "{came:?}");
        proxy.faults.always("POST", "/", Fault::CutAfter);
        assert_eq!([0; 3].map(|_| post(&proxy.origin, "/a").len()), [0; 3]);
        proxy.faults.end();
        assert!(post(&proxy.origin, "/a").ends_with("hello"));
    }

    #[test]
    fn an_answer_is_held_until_it_is_released_or_cut() {
        let (proxy, server) = proxy();
        for (go_on, end) in [(Faults::release as fn(&Faults), "hello"), (Faults::cut, "")] {
            proxy.faults.once("POST", "/a", Fault::Hold);
            std::thread::scope(|scope| {
                let held = scope.spawn(|| post(&proxy.origin, "/a"));
                proxy.faults.must_hold();
                assert!(server.try_recv().is_ok() && !held.is_finished());
                go_on(&proxy.faults);
                let came = held.join().unwrap();
                assert!(came.ends_with(end) && came.is_empty() == end.is_empty(), "{came}");
            });
        }
    }

    #[test]
    fn an_answer_is_garbled() {
        let (proxy, _server) = proxy();
        let other = Answer { head: "503 Busy\r\nContent-Type: text/html", body: "<p>" };
        let faults = [
            Fault::Truncate(2),
            Fault::Flip(1),
            Fault::Rate(1000),
            Fault::Mask(other),
            Fault::Gateway(other),
        ];
        let came = faults.map(|fault| {
            proxy.faults.once("POST", "/a", fault);
            post(&proxy.origin, "/a")
        });
        let ends = ["Length: 5\r\n\r\nhe", "\r\n\r\nhdllo", "\r\n\r\nhello", "\r\n\r\n<p>", "\r\n\r\n<p>"];
        for (came, end) in came.iter().zip(ends) {
            assert!(came.ends_with(end), "{came:?} does not end with {end:?}");
        }
        assert!(came[4].starts_with("HTTP/1.1 503 Busy\r\nContent-Type: text/html\r\n"), "{}", came[4]);
        assert_eq!(proxy.faults.passed("POST", "/a"), 4);
    }

    #[test]
    fn a_stream_passes_as_it_comes_or_up_to_where_it_is_cut() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Proxy::before(&format!("http://{}", listener.local_addr().unwrap()));
        let (go_on, goes_on) = channel();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
                assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
                stream.write_all(format!("{head}one").as_bytes()).unwrap();
                goes_on.recv().unwrap();
                stream.write_all(b"two").unwrap();
            }
        });
        proxy.faults.once("GET", "/a", Fault::Truncate(2));
        for (first, rest) in [("on", ""), ("one", "two")] {
            let mut stream = TcpStream::connect(proxy.origin.replace("http://", "")).unwrap();
            stream.write_all(b"GET /a HTTP/1.1\r\n\r\n").unwrap();
            let mut come = String::new();
            while !come.ends_with(&format!("\r\n\r\n{first}")) {
                let mut byte = [0];
                assert_eq!(stream.read(&mut byte).unwrap(), 1, "{come}");
                come.push(byte[0].into());
            }
            assert_eq!(proxy.faults.passed("GET", "/a"), proxy.faults.sent("GET", "/a"));
            go_on.send(()).unwrap();
            come.clear();
            stream.read_to_string(&mut come).unwrap();
            assert_eq!(come, rest);
        }
    }

    #[test]
    fn where_the_server_tells_its_own_name_the_browser_reads_ours() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let proxy = Proxy::before(&format!("http://{address}"));
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
            stream.write_all(format!("HTTP/1.1 200 OK\r\n\r\nhttp://{address}/q").as_bytes()).unwrap();
        });
        assert!(post(&proxy.origin, "/a").ends_with(&format!("\r\n\r\n{}/q", proxy.origin)));
    }

    #[test]
    fn what_still_waits_ends_with_the_test() {
        let (proxy, server) = proxy();
        let origin = proxy.origin.clone();
        proxy.faults.once("POST", "/a", Fault::Delay(Duration::from_secs(3600)));
        let late = std::thread::spawn(move || post(&origin, "/a"));
        server.recv().unwrap();
        drop(proxy);
        assert!(late.join().unwrap().ends_with("hello"));
    }
}
