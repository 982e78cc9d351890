//! A phone with WeChat, played by the demo's stand-in: it scans the screen and allows or refuses.
//!
//! The QR is decoded from a screenshot, as a camera would, and its text is sent to the stand-in.

use crate::browser::Browser;
use crate::element::said;
use crate::stage::Stage;
use contract::account::DeviceKind;
use contract::refusal::Refusal;
use contract::scan::{ScanPurpose, ScanState};
use contract::time::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The page around a QR that a camera sees too, in CSS pixels.
const AROUND: f64 = 24.0;

/// Somebody's phone.
pub struct Wechat<'s> {
    stage: &'s Stage,
    who: &'s str,
}

/// What the phone asks its owner (QR-03).
pub struct Consent<'s> {
    stage: &'s Stage,
    asked: Asked,
}

/// As the stand-in tells it.
#[derive(Clone, Debug, Deserialize)]
pub struct Asked {
    scan_id: String,
    /// What it is good for.
    pub purpose: ScanPurpose,
    /// The masked number of the account, if there is one.
    pub account: Option<String>,
    /// What the other screen is.
    pub device: DeviceKind,
    /// Where it is.
    pub place: String,
    /// When the QR was asked for.
    pub at: Timestamp,
    /// The two digits that the other screen shows too.
    #[serde(rename = "match")]
    pub number: String,
}

#[derive(Deserialize)]
struct Answered {
    state: ScanState,
}

impl Stage {
    /// The phone of one of the demo's WeChats, as `wx-lin`.
    #[must_use]
    pub fn wechat<'s>(&'s self, who: &'s str) -> Wechat<'s> {
        Wechat { stage: self, who }
    }

    /// Tells the stand-in something; what it says, or why it refuses.
    fn tell_wechat<T: DeserializeOwned>(&self, path: &str, what: &Value) -> Result<T, Refusal> {
        let response = self.server.answer_to_post(path, what);
        if response.status().is_success() {
            return Ok(response.json().expect("it answers as agreed"));
        }
        let why: Value = response.json().expect("a refusal is JSON");
        Err(serde_json::from_value(why.clone()).unwrap_or_else(|_| panic!("{path} answers {why}")))
    }
}

impl<'s> Wechat<'s> {
    /// Scans what a QR says; whatever it is, WeChat takes it.
    #[track_caller]
    #[must_use]
    pub fn scan(&self, text: &str) -> Consent<'s> {
        match self.try_to_scan(text) {
            Ok(asked) => Consent { stage: self.stage, asked },
            Err(refusal) => panic!("{} cannot scan `{text}`: {refusal:?}", self.who),
        }
    }

    /// Scans what a QR says, and brings why that is refused.
    #[track_caller]
    #[must_use]
    pub fn refused_scan(&self, text: &str) -> Refusal {
        match self.try_to_scan(text) {
            Ok(asked) => panic!("{} is asked: {asked:?}", self.who),
            Err(refusal) => refusal,
        }
    }

    fn try_to_scan(&self, text: &str) -> Result<Asked, Refusal> {
        self.stage.tell_wechat("/dev/wechat/scan", &json!({ "url": text, "as": self.who }))
    }
}

impl Consent<'_> {
    /// What is asked.
    #[must_use]
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Says yes; where the scan then stands.
    #[track_caller]
    pub fn allow(&self) -> ScanState {
        self.answer(true)
    }

    /// Says no; where the scan then stands.
    #[track_caller]
    pub fn deny(&self) -> ScanState {
        self.answer(false)
    }

    #[track_caller]
    fn answer(&self, allow: bool) -> ScanState {
        let word = json!({ "scan_id": self.asked.scan_id, "allow": allow });
        let answered: Result<Answered, Refusal> = self.stage.tell_wechat("/dev/wechat/answer", &word);
        match answered {
            Ok(answered) => answered.state,
            Err(refusal) => panic!("the answer is refused: {refusal:?}"),
        }
    }
}

impl Browser<'_> {
    /// Waits for a QR and reads it from a picture of the screen.
    #[track_caller]
    #[must_use]
    pub fn read_qr(&self) -> String {
        self.read_qr_after("")
    }

    /// What the QR on the screen says, at one look; or why it cannot be read.
    ///
    /// # Errors
    /// Where there is none, or none that can be read.
    #[track_caller]
    pub fn glance_at_qr(&self) -> Result<String, String> {
        self.done(async || Ok(self.look_at_qr().await)).and_then(|picture| decoded(&picture))
    }

    /// Waits until another QR than this one is there, and reads it.
    #[track_caller]
    #[must_use]
    pub fn read_qr_after(&self, text: &str) -> String {
        let newer = self.until(async || {
            let newer = self.look_at_qr().await.and_then(|picture| decoded(&picture))?;
            if newer == text { Err("the same QR is there".to_owned()) } else { Ok(newer) }
        });
        // It may be on the screen, and nowhere else.
        if let Some((_, scene)) = newer.split_once("scene=") {
            self.remember_secret(scene);
        }
        newer
    }

    /// Waits until a phone has the QR and both show the same digits: to eyes and to a screen reader.
    #[track_caller]
    pub fn must_match(&self, consent: &Consent<'_>) {
        let number = &consent.asked.number;
        assert!(number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit()), "`{number}` is no number");
        let script = "const text = (css) => document.querySelector(css)?.textContent.trim() ?? '';
            return [text('.match'), text('.scan [role=status]')]";
        self.until(async || {
            let shown = said(self.driver().execute(script, vec![]).await)?.json().clone();
            let is_seen = shown[0] == json!(number);
            let is_spoken = shown[1].as_str().is_some_and(|text| text.ends_with(number));
            if is_seen && is_spoken { Ok(()) } else { Err(format!("{shown} does not match {number}")) }
        });
    }

    /// A picture of the QR and the page around it.
    async fn look_at_qr(&self) -> Result<Picture, String> {
        let qr = self.image(self.t().scan().label).find().await?;
        said(qr.scroll_into_view().await)?;
        let place = "const box = arguments[0].getBoundingClientRect();
            return [box.left, box.top, box.right, box.bottom, devicePixelRatio]";
        let place = said(self.driver().execute(place, vec![said(qr.to_json())?]).await)?.json().clone();
        let place: [f64; 5] = serde_json::from_value(place).map_err(|error| error.to_string())?;
        let picture = Picture::read(&said(self.driver().screenshot_as_png().await)?);
        let [left, top, right, bottom, scale] = place;
        let pixel = |at: f64| (at.max(0.0) * scale).round() as usize;
        Ok(picture
            .cut(pixel(left - AROUND)..pixel(right + AROUND), pixel(top - AROUND)..pixel(bottom + AROUND)))
    }
}

/// Levels of grey, row by row.
struct Picture {
    width: usize,
    pixels: Vec<u8>,
}

impl Picture {
    /// A picture as browsers take it.
    fn read(file: &[u8]) -> Self {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().expect("a browser makes valid pictures");
        let mut data = vec![0; reader.output_buffer_size().expect("it fits into the memory")];
        let info = reader.next_frame(&mut data).expect("a browser makes valid pictures");
        let channels = info.color_type.samples();
        let colors = if channels < 3 { 1 } else { 3 };
        let grey = |pixel: &[u8]| {
            let sum: usize = pixel[..colors].iter().map(|level| usize::from(*level)).sum();
            (sum / colors) as u8
        };
        let pixels = data[..info.buffer_size()].chunks(channels).map(grey).collect();
        Self { width: info.width as usize, pixels }
    }

    /// A part of it.
    fn cut(&self, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) -> Self {
        let height = self.pixels.len() / self.width;
        let columns = columns.start..columns.end.min(self.width);
        let row = |y: usize| &self.pixels[y * self.width..][columns.clone()];
        let pixels = (rows.start..rows.end.min(height)).flat_map(row).copied().collect();
        Self { width: columns.len(), pixels }
    }
}

/// The one QR in a picture.
fn decoded(picture: &Picture) -> Result<String, String> {
    let Picture { width, pixels } = picture;
    let height = pixels.len() / width.max(&1);
    let mut seen = rqrr::PreparedImage::prepare_from_greyscale(*width, height, |x, y| pixels[y * width + x]);
    match &seen.detect_grids()[..] {
        [qr] => qr.decode().map(|(_, text)| text).map_err(|error| format!("the QR cannot be read: {error}")),
        found => Err(format!("a camera sees {} QRs", found.len())),
    }
}
