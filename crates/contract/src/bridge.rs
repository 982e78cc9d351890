//! The messages between the page and a host app (W8, WV-1, WV-2); see docs/embedding.md.
//!
//! Every message is one JSON object as text, an [`Envelope`]. The page sends `ready` with the
//! capabilities it can use; the host answers `hello` with those it has. An answer carries the id of
//! its request. Unknown messages are ignored.

use crate::refusal::SessionEnd;
use json::FromJson;
use serde::{Deserialize, Serialize};

/// The protocol's name and version, in every message.
pub const PROTOCOL: &str = "menshen/1";

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Envelope {
    /// [`PROTOCOL`].
    pub p: String,
    /// Of the asking message; its answer has the same.
    pub id: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: MessageKind,
    /// What it says beyond that.
    #[serde(default)]
    pub data: Data,
}

/// The kinds of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// The page is there.
    Ready,
    /// The host is there.
    Hello,
    /// To the page: go one step back. Its answer has the same kind and says whether there was one.
    Back,
    /// To the host: the person is done here.
    Close,
    /// To the host: the title of the screen.
    Title,
    /// To the host: open this link in WeChat. Its answer has the same kind once WeChat is open.
    OpenWechat,
    /// To the host: let the person pick or take a picture. Its answer has the same kind, without an
    /// image where none was picked.
    PickImage,
    /// To the host: nobody is signed in any more, and why.
    SessionEnded,
    /// To the host: the number of the account is another.
    PhoneChanged,
    /// To the host: the WeChat of the account is another, or its first.
    WechatChanged,
    /// To the host: the account was canceled, or will be once its cooling-off is over.
    AccountCanceled,
    /// To the page: what was asked cannot be done.
    Error,
    /// Of a newer version.
    #[serde(other)]
    Unknown,
}

/// What the page can make use of, and does when it is asked.
pub const OFFERED: [MessageKind; 3] = [MessageKind::OpenWechat, MessageKind::PickImage, MessageKind::Back];

/// What a message says beyond its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Data {
    /// With `ready` and `hello`: what the sender can do or make use of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub can: Vec<MessageKind>,
    /// With `open_wechat`: the link, what a QR would show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// With the answer to `pick_image`: the file, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// With `title`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// With `session_ended`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<SessionEnd>,
    /// With the answer to `back`: whether the page went back; if not, it has no step before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handled: Option<bool>,
}

impl Envelope {
    /// A message of the page.
    #[must_use]
    pub fn new(id: String, kind: MessageKind, data: Data) -> Self {
        Self { p: PROTOCOL.to_owned(), id, kind, data }
    }

    /// Whether it is a message of ours.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.p == PROTOCOL
    }
}

impl Data {
    /// What the sender can do or make use of.
    #[must_use]
    pub fn able(can: &[MessageKind]) -> Self {
        Self { can: can.to_vec(), ..Self::default() }
    }

    /// Whether the sender can do that.
    #[must_use]
    pub fn can(&self, kind: MessageKind) -> bool {
        self.can.contains(&kind)
    }
}

#[cfg(test)]
mod tests {
    use super::{Data, Envelope, MessageKind, OFFERED};
    use crate::refusal::SessionEnd;

    fn read(text: &str) -> Option<Envelope> {
        serde_json::from_str(text).ok().filter(Envelope::is_ours)
    }

    #[test]
    fn wv_1_envelopes_are_written_and_read_as_documented() {
        let nothing = Data::default;
        let samples = [
            (
                MessageKind::Ready,
                Data::able(&OFFERED),
                r#""ready","data":{"can":["open_wechat","pick_image","back"]}"#,
            ),
            (MessageKind::PickImage, nothing(), r#""pick_image","data":{}"#),
            (
                MessageKind::OpenWechat,
                Data { url: Some("http://weixin.qq.com/q/1".to_owned()), ..nothing() },
                r#""open_wechat","data":{"url":"http://weixin.qq.com/q/1"}"#,
            ),
            (
                MessageKind::Back,
                Data { handled: Some(false), ..nothing() },
                r#""back","data":{"handled":false}"#,
            ),
            (MessageKind::Close, nothing(), r#""close","data":{}"#),
            (
                MessageKind::Title,
                Data { title: Some("Phone".to_owned()), ..nothing() },
                r#""title","data":{"title":"Phone"}"#,
            ),
            (
                MessageKind::SessionEnded,
                Data { why: Some(SessionEnd::SignedOut), ..nothing() },
                r#""session_ended","data":{"why":"signed_out"}"#,
            ),
            (MessageKind::PhoneChanged, nothing(), r#""phone_changed","data":{}"#),
            (MessageKind::WechatChanged, nothing(), r#""wechat_changed","data":{}"#),
            (MessageKind::AccountCanceled, nothing(), r#""account_canceled","data":{}"#),
        ];
        let samples = samples.map(|(kind, data, rest)| {
            (
                Envelope::new("7".to_owned(), kind, data),
                format!(r#"{{"p":"menshen/1","id":"7","type":{rest}}}"#),
            )
        });
        for (envelope, text) in samples {
            assert_eq!(serde_json::to_string(&envelope).expect("JSON"), text);
            assert_eq!(read(&text), Some(envelope));
        }
        let hello = read(r#"{"p":"menshen/1","id":"1","type":"hello","data":{"can":["open_wechat","fly"]}}"#);
        assert!(hello.is_some_and(|hello| hello.data.can(MessageKind::OpenWechat)));
        let picked = read(r#"{"p":"menshen/1","id":"3","type":"pick_image","data":{"image":"/9j/"}}"#);
        assert_eq!(picked.and_then(|picked| picked.data.image).as_deref(), Some("/9j/"));
        let newer = read(r#"{"p":"menshen/1","id":"1","type":"haptic"}"#);
        assert_eq!(newer.map(|newer| newer.kind), Some(MessageKind::Unknown));
    }

    #[test]
    fn wv_1_what_is_not_ours_is_not_read() {
        for text in [
            "",
            "{}",
            "[]",
            r#"{"p":"other/1","id":"1","type":"hello","data":{"can":["open_wechat"]}}"#,
            r#"{"id":"1","type":"hello"}"#,
            r#"{"p":"menshen/1","id":1,"type":"hello"}"#,
            r#"{"p":"menshen/1","id":"1","type":"hello","data":7}"#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
