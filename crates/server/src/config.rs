//! The configuration file, checked before anything starts.
//!
//! Unknown keys are refused by name, so that a misspelled one does not go unnoticed.

use axum::http::{HeaderName, Uri, header};
use contract::account::{DeviceKind, Surface};
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

/// The complete configuration: the file and the flags.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of the database and the key file.
    pub data: PathBuf,
    /// The built app; without it only the API answers.
    pub dist: Option<PathBuf>,
    /// Demo data and stand-ins.
    pub demo: bool,
    /// Whether the local network may open `/dev/wechat`.
    pub lan: bool,
    /// Whether the clock is accepted as right, however far it jumped.
    pub accept_clock: bool,
    /// The address to listen on.
    pub listen: IpAddr,
    /// The port; 0 takes any free one.
    pub port: u16,
    /// Values of `Host` that are answered, besides the loopback names with this port.
    pub allowed_hosts: Vec<String>,
    /// Hosts that are always a shared device, whatever the address says; answered as well.
    pub kiosk_hosts: Vec<String>,
    /// The host in the last line of each SMS (OTP-13).
    pub public_host: String,
    /// The SMS relay.
    pub sms: Option<SmsRelay>,
    /// Host apps that embed the account center.
    pub hosts: Vec<Host>,
    /// The meeting service, which reports who is in which meeting.
    pub meeting_service: Option<MeetingService>,
    /// Addresses of the operator's own proxies, whose forwarding header is trusted.
    pub proxies: Vec<IpAddr>,
    /// The header that they write; a client can forge any other.
    pub proxy_header: ProxyHeader,
    /// Days in which a canceled account can still be kept (C8); 0 for no cooling-off.
    pub cooling_off_days: u32,
    /// Limits over many numbers.
    pub limits: Limits,
}

/// Longest cooling-off, in days: data that a person wants deleted must not stay for years.
const LONGEST_COOLING_OFF: u32 = 365;

/// The header in which a proxy names the client that it forwards for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyHeader {
    /// `X-Forwarded-For`, which most proxies write.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl ProxyHeader {
    pub(crate) const fn name(self) -> HeaderName {
        match self {
            Self::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            Self::Forwarded => header::FORWARDED,
        }
    }
}

/// Limits over many numbers; the limits of one number are fixed by G2 and not configured.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Codes that one browser may request in a rolling hour, over all numbers.
    pub codes_per_browser_and_hour: u32,
    /// Codes that one account may request in a rolling day, over all numbers.
    pub codes_per_account_and_day: u32,
    /// Codes that one network (IPv4 /24, IPv6 /56) may request in a rolling hour.
    pub codes_per_network_and_hour: u32,
    /// Wrong codes and passwords from one network in a rolling hour.
    pub wrong_tries_per_network_and_hour: u32,
    /// Codes sent in a day of UTC in total: the cap on their cost (OTP-10). The last fifth is reserved for
    /// browsers that know the number, and for signed-in people.
    pub codes_per_day: u32,
    /// Writes of one account per hour, for each route that has no budget of its own.
    pub writes_per_account_and_hour: u32,
    /// Sign-ins to one account from one network per hour.
    pub sign_ins_per_account_and_hour: u32,
    /// Messages handed over in a day of UTC; beyond that, those that are not urgent wait for the next day.
    pub messages_per_day: u32,
    /// Wrong codes in a day of UTC in total; beyond that, unknown browsers get codes of eight digits. At
    /// 25,000 guesses of one in a million each, the probability of any success stays below 0.05 in every 24
    /// hours (OTP-08).
    pub wrong_codes_per_day: u32,
    /// QRs that one browser may request in a rolling hour (QR-10).
    pub scans_per_browser_and_hour: u32,
    /// QRs for sign-in that one network may request in a rolling hour (QR-10).
    pub scans_per_network_and_hour: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            codes_per_browser_and_hour: 20,
            codes_per_account_and_day: 20,
            codes_per_network_and_hour: 300,
            wrong_tries_per_network_and_hour: 300,
            codes_per_day: 100_000,
            writes_per_account_and_hour: 120,
            sign_ins_per_account_and_hour: 120,
            messages_per_day: 100_000,
            wrong_codes_per_day: 25_000,
            scans_per_browser_and_hour: 60,
            scans_per_network_and_hour: 1_000,
        }
    }
}

impl Limits {
    /// No limits, to measure what else takes time.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            codes_per_browser_and_hour: u32::MAX,
            codes_per_account_and_day: u32::MAX,
            codes_per_network_and_hour: u32::MAX,
            wrong_tries_per_network_and_hour: u32::MAX,
            codes_per_day: u32::MAX,
            writes_per_account_and_hour: u32::MAX,
            sign_ins_per_account_and_hour: u32::MAX,
            messages_per_day: u32::MAX,
            wrong_codes_per_day: u32::MAX,
            scans_per_browser_and_hour: u32::MAX,
            scans_per_network_and_hour: u32::MAX,
        }
    }
}

impl Config {
    /// A demo on a data folder, as with `--demo --data DIR`.
    #[must_use]
    pub fn demo(data: &Path) -> Self {
        Self { demo: true, ..File::default().into_config(data) }.with_demo_hosts()
    }

    /// Adds the demo's two host apps and its meeting service.
    #[must_use]
    pub fn with_demo_hosts(mut self) -> Self {
        use DeviceKind::{Android, Ios, Ipad, Mac, Windows};
        let host = |id: &str, surface, device_kinds, secret: &str| Host {
            id: id.to_owned(),
            surface,
            device_kinds,
            secret: secret.to_owned(),
            referrers: Vec::new(),
        };
        self.hosts.push(host("demo-app", Surface::App, vec![Ios, Android, Ipad], "demo-app-secret"));
        self.hosts.push(host("demo-desktop", Surface::Desktop, vec![Windows, Mac], "demo-desktop-secret"));
        self.meeting_service = Some(MeetingService { secret: "demo-meeting-secret".to_owned() });
        self
    }

    /// The values of `Host` that are answered once the port is known, normalized for comparison.
    #[must_use]
    pub fn host_list(&self, port: u16) -> Vec<String> {
        let mut list: Vec<String> = self.allowed_hosts.iter().map(|host| plain_host(host)).collect();
        list.extend(self.kiosk_hosts.iter().cloned());
        list.extend(["127.0.0.1", "localhost", "[::1]"].map(|name| plain_host(&format!("{name}:{port}"))));
        list
    }
}

/// The operator's relay, which turns a request of this server into an SMS.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsRelay {
    /// `http://` on loopback or a private network.
    pub url: String,
    /// Sent as `Authorization: Bearer …`.
    pub token: String,
}

impl std::fmt::Debug for SmsRelay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmsRelay").field("url", &self.url).finish_non_exhaustive()
    }
}

/// A host app; its secret proves that a webview is its own (`docs/rules.md`, Terms: surface).
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// Its id.
    pub id: String,
    /// The surface its webviews have.
    pub surface: Surface,
    /// The kinds of device it runs on.
    pub device_kinds: Vec<DeviceKind>,
    /// The secret that only its own server has.
    pub secret: String,
    /// Origins of its own pages, in lower case; links from there may carry a host code.
    #[serde(default)]
    pub referrers: Vec<String>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("id", &self.id).field("surface", &self.surface).finish_non_exhaustive()
    }
}

/// The meeting service; its secret authenticates its requests.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeetingService {
    /// The secret that only the service has.
    pub secret: String,
}

impl std::fmt::Debug for MeetingService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MeetingService").finish_non_exhaustive()
    }
}

/// The file as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    listen: Option<IpAddr>,
    port: Option<u16>,
    #[serde(default)]
    allowed_hosts: Vec<String>,
    #[serde(default)]
    kiosk_hosts: Vec<String>,
    public_host: Option<String>,
    sms: Option<SmsRelay>,
    #[serde(default)]
    hosts: Vec<Host>,
    meeting_service: Option<MeetingService>,
    #[serde(default)]
    proxies: Vec<IpAddr>,
    #[serde(default)]
    proxy_header: ProxyHeader,
    #[serde(default)]
    cooling_off_days: u32,
    #[serde(default)]
    limits: Limits,
}

/// The beginning of the secrets in `menshen.example.toml`.
const EXAMPLE_SECRET: &str = "at-least-sixteen-characters";

impl File {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// One sentence for the operator, if it cannot be read, is not TOML, has an unknown key or an invalid
    /// value.
    pub fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("The configuration {shown} cannot be read: {error}."))?;
        let file = Self::parse(&text);
        file.and_then(Self::with_secrets_of_its_own)
            .map_err(|why| format!("The configuration {shown} is not usable: {why}."))
    }

    /// Refuses the secrets of the example, which everybody can read.
    fn with_secrets_of_its_own(self) -> Result<Self, String> {
        let hosts = self.hosts.iter().map(|host| (host.id.as_str(), host.secret.as_str()));
        let service = self.meeting_service.iter().map(|service| ("meeting_service", service.secret.as_str()));
        match hosts.chain(service).find(|(_, secret)| secret.starts_with(EXAMPLE_SECRET)) {
            Some((whose, _)) => Err(format!(
                "the secret of {whose} is the one of the example; make one of your own (openssl rand -base64 32)"
            )),
            None => Ok(self),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
            let at = line.map(|line| format!(" in line {line}")).unwrap_or_default();
            format!("{}{at}", error.message().trim_end_matches('.'))
        })?;
        if let Some(sms) = &file.sms {
            check_relay_url(&sms.url)?;
            if sms.token.is_empty() || !sms.token.bytes().all(|b| b.is_ascii_graphic()) {
                return Err("sms.token has to be visible ASCII text".to_owned());
            }
        }
        if file.cooling_off_days > LONGEST_COOLING_OFF {
            return Err(format!("cooling_off_days cannot be more than {LONGEST_COOLING_OFF}"));
        }
        if file.meeting_service.as_ref().is_some_and(|service| service.secret.len() < 16) {
            return Err("meeting_service.secret has to have 16 characters or more".to_owned());
        }
        for host in &file.hosts {
            if !matches!(host.surface, Surface::App | Surface::Desktop) {
                return Err(format!("the surface of host {} has to be app or desktop", host.id));
            }
            if host.secret.len() < 16 {
                return Err(format!("the secret of host {} has to have 16 characters or more", host.id));
            }
            if host.device_kinds.iter().any(|kind| matches!(kind, DeviceKind::Web | DeviceKind::Kiosk)) {
                return Err(format!("host {} cannot speak for the device kinds web and kiosk", host.id));
            }
        }
        Ok(file)
    }

    /// Completes the file with the data folder and the defaults.
    #[must_use]
    pub fn into_config(self, data: &Path) -> Config {
        let public_host = self.public_host.or_else(|| self.allowed_hosts.first().cloned());
        Config {
            data: data.to_owned(),
            dist: None,
            demo: false,
            lan: false,
            accept_clock: false,
            listen: self.listen.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            port: self.port.unwrap_or(8080),
            allowed_hosts: self.allowed_hosts,
            kiosk_hosts: self.kiosk_hosts.iter().map(|host| plain_host(host)).collect(),
            public_host: public_host.unwrap_or_else(|| "127.0.0.1".to_owned()),
            sms: self.sms,
            hosts: self.hosts,
            meeting_service: self.meeting_service,
            proxies: self.proxies.into_iter().map(|ip| ip.to_canonical()).collect(),
            proxy_header: self.proxy_header,
            cooling_off_days: self.cooling_off_days,
            limits: self.limits,
        }
    }
}

/// Normalizes a host for comparison: lower case, without the final dot of a full name and without the default
/// port of https.
pub(crate) fn plain_host(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    let (name, port) = match host.rsplit_once(':') {
        // A colon within brackets is part of an IPv6 address.
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host.as_str(), None),
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    match port {
        None | Some("443") => name.to_owned(),
        Some(port) => format!("{name}:{port}"),
    }
}

/// Checks the URL of a relay: plain HTTP is allowed on loopback and private networks alone. A name (as in
/// container networks) is assumed to be private.
fn check_relay_url(url: &str) -> Result<(), String> {
    let uri: Uri = url.parse().map_err(|_| "sms.url is not a URL".to_owned())?;
    if uri.scheme_str() != Some("http") {
        return Err("sms.url has to begin with http:// (a relay beside the server)".to_owned());
    }
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let private = match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        Err(_) => !host.is_empty(),
    };
    if private { Ok(()) } else { Err("sms.url has to be on loopback or a private network".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::{File, plain_host};

    #[test]
    fn the_example_is_understood() {
        let file = File::parse(include_str!("../menshen.example.toml")).expect("a configuration");
        let config = file.into_config(std::path::Path::new("data"));
        assert_eq!(config.public_host, "account.example.com");
        assert!(config.host_list(1).contains(&"localhost:1".to_owned()));
        assert!(!format!("{config:?}").contains("bearer-token"));
        assert!(!format!("{config:?}").contains("sixteen-characters"));
        assert!(config.meeting_service.is_some());
        let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("menshen.example.toml");
        let why = File::read(&shipped).expect_err("everybody knows its secrets");
        assert!(why.contains("secret of meeting-app") && why.contains("openssl rand"), "{why}");
        let text = include_str!("../menshen.example.toml").replacen(
            "secret = \"at-least",
            "secret = \"of-our-own",
            2,
        );
        let why =
            File::parse(&text).and_then(File::with_secrets_of_its_own).map(drop).expect_err("the third");
        assert!(why.contains("secret of meeting_service"), "{why}");
        assert_eq!(config.kiosk_hosts, ["lobby.example.com"]);
        assert_eq!(format!("{:?}", config.limits), format!("{:?}", super::Limits::default()), "the defaults");
    }

    #[test]
    fn mistakes_are_named() {
        for (text, named) in [
            ("prot = 1", "prot"),
            ("port = 'x'", "line 1"),
            ("proxies = ['the-proxy']", "line 1"),
            ("proxy_header = 'via'", "line 1"),
            ("cooling_off_days = 366", "cooling_off_days"),
            ("cooling_off_days = -1", "line 1"),
            ("[limits]\ncodes_per_year = 1", "codes_per_year"),
            ("[sms]\nurl = 'http://127.0.0.1/'\ntoken = ''", "sms.token"),
            ("[sms]\nurl = 'https://x/'\ntoken = 't'", "http://"),
            ("[sms]\nurl = 'http://8.8.8.8/'\ntoken = 't'", "private"),
            ("[[hosts]]\nid='h'\nsurface='kiosk'\ndevice_kinds=[]\nsecret='0123456789abcdef'", "surface"),
            (
                "[[hosts]]\nid='h'\nsurface='app'\ndevice_kinds=['web']\nsecret='0123456789abcdef'",
                "device kinds",
            ),
            ("[[hosts]]\nid='h'\nsurface='app'\ndevice_kinds=[]\nsecret='short'", "secret"),
            ("[meeting_service]\nsecret='short'", "meeting_service.secret"),
            ("[meeting_service]\nurl='http://x/'\nsecret='0123456789abcdef'", "url"),
        ] {
            let error = File::parse(text).expect_err(text);
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn b44_a_host_is_the_same_however_it_is_written() {
        for (written, plain) in [
            ("name", "name"),
            ("NAME.", "name"),
            ("name:443", "name"),
            ("name.:443", "name"),
            ("name:8080", "name:8080"),
            ("name.:8080", "name:8080"),
            ("[::1]", "[::1]"),
            ("[::1]:8080", "[::1]:8080"),
            ("[::1]:443", "[::1]"),
        ] {
            assert_eq!(plain_host(written), plain, "{written}");
        }
        for other in ["name..", "name:4430", "name:", ".name", "name.evil"] {
            assert_ne!(plain_host(other), "name", "{other}");
        }
    }
}
