//! The SMS stand-in's inbox.

use crate::stage::Stage;
use serde::Deserialize;

/// One SMS.
#[derive(Clone, Debug, Deserialize)]
pub struct Message {
    /// The full number, `+86…`.
    pub to: String,
    /// What it says.
    pub text: String,
    /// The code in it; notices have none.
    pub code: Option<String>,
}

impl Stage {
    /// Every SMS to a number, newest first.
    #[must_use]
    pub fn messages_to(&self, phone: &str) -> Vec<Message> {
        let all: Vec<Message> = self.server.get("/dev/inbox.json").json().expect("the inbox is a list");
        all.into_iter().filter(|message| message.to.ends_with(phone)).collect()
    }

    /// The code of the newest SMS with one.
    #[must_use]
    pub fn code_to(&self, phone: &str) -> String {
        let code = self.messages_to(phone).into_iter().find_map(|message| message.code);
        code.unwrap_or_else(|| panic!("no code was sent to {phone}"))
    }

    /// The newest SMS without a code; it may still be on its way.
    #[must_use]
    pub fn notice_to(&self, phone: &str) -> String {
        let notice = self.until(|| {
            let notice = self.messages_to(phone).into_iter().find(|message| message.code.is_none());
            notice.map(|message| message.text).ok_or_else(|| format!("nothing was told to {phone}"))
        });
        notice.unwrap_or_else(|why| panic!("{why}"))
    }

    /// Six digits that are not the newest code.
    #[must_use]
    pub fn wrong_code_to(&self, phone: &str) -> String {
        let wrong = if self.code_to(phone) == "000000" { "111111" } else { "000000" };
        wrong.to_owned()
    }
}
