//! A minimal HTTP client with cookies on a keep-alive connection.

use contract::endpoint::{Endpoint, Method};
use contract::refusal::Refusal;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// The server went away before it answered; whether it acted is not known.
#[derive(Debug)]
pub(crate) struct Gone;

/// A reply or a refusal, if there was an answer at all.
pub(crate) type Answered<E> = Result<Result<<E as Endpoint>::Reply, Refusal>, Gone>;

/// Keeps every cookie, even one it is told to forget: that a token is worth nothing any more is
/// for the server to see to.
#[derive(Default)]
pub(crate) struct Browser {
    cookies: BTreeMap<String, String>,
    connection: Option<(String, BufReader<TcpStream>)>,
}

impl Browser {
    /// Another connection with the same cookies.
    pub(crate) fn another(&self) -> Self {
        Self { cookies: self.cookies.clone(), connection: None }
    }

    /// Sends a request of the contract as the app does; again if the server has no time for it,
    /// as when the disk stands still for seconds.
    pub(crate) fn send<E: Endpoint>(&mut self, host: &str, request: &E) -> Answered<E> {
        loop {
            match self.send_once(host, request) {
                Ok(Err(Refusal::TooBusy { .. })) => {}
                answer => return answer,
            }
        }
    }

    /// The same once, whatever the answer.
    pub(crate) fn send_once<E: Endpoint>(&mut self, host: &str, request: &E) -> Answered<E> {
        let (method, body) = match E::METHOD {
            Method::Get => ("GET", String::new()),
            Method::Post => ("POST", serde_json::to_string(request).expect("JSON")),
        };
        let key = request.idempotency_key().map(|key| format!("Idempotency-Key: {key}\r\n"));
        let (status, body) = self
            .exchange(host, method, &request.path(), &key.unwrap_or_default(), body.as_bytes())
            .inspect_err(|_| self.connection = None)
            .map_err(|_| Gone)?;
        if (200..300).contains(&status) {
            return Ok(Ok(serde_json::from_str(&body).expect("the reply of the contract")));
        }
        let refusal: Refusal =
            serde_json::from_str(&body).unwrap_or_else(|_| panic!("{status} is not a refusal: {body}"));
        Ok(Err(refusal))
    }

    /// Asks for a path; answers the status and the body.
    pub(crate) fn get(&mut self, host: &str, path: &str) -> Result<(u16, String), Gone> {
        self.exchange(host, "GET", path, "", b"").inspect_err(|_| self.connection = None).map_err(|_| Gone)
    }

    /// Posts to a path; answers the status and the body.
    pub(crate) fn post(&mut self, host: &str, path: &str, body: &str) -> Result<(u16, String), Gone> {
        self.exchange(host, "POST", path, "", body.as_bytes())
            .inspect_err(|_| self.connection = None)
            .map_err(|_| Gone)
    }

    /// What every SMS to a number is about, the newest first.
    pub(crate) fn messages_to(&mut self, host: &str, phone: &str) -> Result<Vec<String>, Gone> {
        #[derive(Deserialize)]
        struct Sms {
            to: String,
            purpose: String,
        }
        let (_, body) = self.get(host, "/dev/inbox.json")?;
        let inbox: Vec<Sms> = serde_json::from_str(&body).expect("a list of SMS");
        Ok(inbox.into_iter().filter(|sms| sms.to == phone).map(|sms| sms.purpose).collect())
    }

    /// Sends a file; answers the status and the body.
    pub(crate) fn upload(&mut self, host: &str, path: &str, file: &[u8]) -> Result<(u16, String), Gone> {
        self.exchange(host, "POST", path, "", file).inspect_err(|_| self.connection = None).map_err(|_| Gone)
    }

    /// The newest code to a number, out of the inbox that plays everybody's phone.
    pub(crate) fn code_to(&mut self, host: &str, phone: &str) -> Result<String, Gone> {
        #[derive(Deserialize)]
        struct Sms {
            to: String,
            code: Option<String>,
        }
        let (_, body) = self.exchange(host, "GET", "/dev/inbox.json", "", b"").map_err(|_| Gone)?;
        let inbox: Vec<Sms> = serde_json::from_str(&body).expect("a list of SMS");
        let newest = inbox.into_iter().find(|sms| sms.to == phone && sms.code.is_some());
        Ok(newest.and_then(|sms| sms.code).expect("a code was sent"))
    }

    fn exchange(
        &mut self,
        host: &str,
        method: &str,
        path: &str,
        more: &str,
        body: &[u8],
    ) -> io::Result<(u16, String)> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nX-Client: menshen-test/1\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: application/json\r\nCookie: {}\r\n{more}Content-Length: {}\r\n\r\n",
            cookies.join("; "),
            body.len()
        );
        let kept = self.connection.take().filter(|(to, _)| to == host);
        let (_, connection) = match kept {
            Some(kept) => self.connection.insert(kept),
            None => {
                let stream = TcpStream::connect(host)?;
                stream.set_nodelay(true)?;
                self.connection.insert((host.to_owned(), BufReader::new(stream)))
            }
        };
        connection.get_mut().write_all(request.as_bytes())?;
        connection.get_mut().write_all(body)?;
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if connection.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match line.trim_end() {
                "" => break,
                line => head.push(line.to_owned()),
            }
        }
        let field = |name: &str| {
            let name = name.to_owned();
            head.iter().filter_map(move |line| {
                let (found, value) = line.split_once(':')?;
                found.eq_ignore_ascii_case(&name).then(|| value.trim())
            })
        };
        let length = field("content-length").next().and_then(|length| length.parse().ok());
        let mut body = vec![0; length.expect("an answer of known length")];
        connection.read_exact(&mut body)?;
        // Only now the whole answer is here.
        for cookie in field("set-cookie") {
            let (name, rest) = cookie.split_once('=').expect("name=value");
            if !cookie.contains("Max-Age=0") {
                let value = rest.split(';').next().unwrap_or_default();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let status = head[0].split(' ').nth(1).and_then(|status| status.parse().ok());
        Ok((status.expect("a status"), String::from_utf8(body).expect("text")))
    }
}
