//! The trait by which a request type names its method, path and reply.

use json::FromJson;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::borrow::Cow;

/// The two methods the API uses: `GET` reads and changes nothing, `POST` does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads; the request's fields are in its path.
    Get,
    /// Acts; the whole request struct is the JSON body.
    Post,
}

/// A request type that knows where it goes and what comes back.
pub trait Endpoint: Serialize {
    /// What the server answers when it does not refuse.
    type Reply: Serialize + DeserializeOwned + FromJson;
    /// How it is sent.
    const METHOD: Method;
    /// Where it goes, with `{name}` for a value in the path, as the router and OpenAPI write it.
    const PATH: &'static str;

    /// The path of this very request.
    fn path(&self) -> Cow<'static, str> {
        Cow::Borrowed(Self::PATH)
    }

    /// The `Idempotency-Key` of an effect (G4): the same key with the same body is answered
    /// with the recorded outcome. A wizard's commit uses its change id.
    fn idempotency_key(&self) -> Option<&str> {
        None
    }
}

/// A single sensitive action (G1): refused with `STEP_UP_NEEDED` until it carries a grant.
pub trait Gated: Endpoint<Reply = crate::change::Change> + Clone {
    /// The action a step-up has to be begun for.
    const ACTION: crate::me::Action;

    /// The one thing it is about, for a grant that is good for that one alone.
    fn about(&self) -> Option<&str> {
        None
    }

    /// The same request with the grant.
    #[must_use]
    fn granted(self, grant: String) -> Self;
}

/// A reply that says nothing but "done".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Done {}
