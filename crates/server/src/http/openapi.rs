//! The OpenAPI document, made from the types of the contract and a table of endpoints; none of them is
//! described twice.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use contract::activity::{Activity, GetActivity};
use contract::avatar::{Frame, RemoveAvatar, SetAvatar, UPLOAD, Uploaded};
use contract::cancel::{CancelAccount, Consequences, GetCancel, StartCancel, UndoCancel};
use contract::change::{Change, GetChange, StartChange};
use contract::code::SentCode;
use contract::console::{
    ChangeSuperAdmin, DeleteUser, GetSettings, GetUsers, SetRole, SetSettings, Settings, User, Users,
};
use contract::devices::{Devices, EndDevice, EndOtherSessions, GetDevices};
use contract::endpoint::{Done, Endpoint, Method};
use contract::history::{GetHistory, History, HistorySync, SetHistorySync};
use contract::me::{GetMe, Me};
use contract::meetings::{CanJoin, GetCanJoin, GetMeetings, Meetings};
use contract::outcome::GetOutcome;
use contract::password::SetPassword;
use contract::phone::{BindPhone, SendNewPhoneCode};
use contract::problem::ProblemBody;
use contract::scan::{GetScan, SCAN_EVENTS, Scan, StartNewWechatScan, StartSignInScan, StartStepUpScan};
use contract::sign_in::{
    ChooseAccount, EndVisit, EnterSurface, Entered, SendSignInCode, SignIn, SignInByPassword, SignInBySms,
    SignInByWechat, SignOut,
};
use contract::step_up::{SendStepUpCode, StepUpByPassword, StepUpBySms, StepUpByWechat};
use contract::wechat::BindWechat;
use utoipa::ToSchema;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn, PathsBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::{
    Components, ComponentsBuilder, HttpMethod, InfoBuilder, ObjectBuilder, OpenApiBuilder, PathItem, Ref,
    RefOr, Required, Response as Answer, Responses, Schema, Type,
};

/// Where the document is served.
pub(crate) const PATH: &str = "/api/v1/openapi.json";

/// Effects that carry an `Idempotency-Key` (G4).
const KEYED: [&str; 8] = [
    BindPhone::PATH,
    SetPassword::PATH,
    BindWechat::PATH,
    CancelAccount::PATH,
    EndDevice::PATH,
    EndOtherSessions::PATH,
    DeleteUser::PATH,
    ChangeSuperAdmin::PATH,
];
/// Of these, the ones behind the step-up gate (G1).
const GATED: [&str; 4] = [EndDevice::PATH, EndOtherSessions::PATH, DeleteUser::PATH, ChangeSuperAdmin::PATH];

pub(crate) async fn answer() -> Response<Body> {
    crate::http::extract::json_text(StatusCode::OK, document())
}

/// The document as formatted JSON with a final line break, as it is committed.
#[must_use]
pub fn document() -> String {
    let mut table = Table::default();
    table.post::<SendSignInCode>("Asks for a code to sign in.");
    table.post::<SignInBySms>("Signs in by the code from the SMS.");
    table.post::<SignInByPassword>("Signs in by the password.");
    table.post::<StartSignInScan>("Begins a scan to sign in.");
    table.post::<SignInByWechat>("Signs in by a scan that was allowed on a phone.");
    table.post::<ChooseAccount>("Picks one of the accounts the proof opened.");
    table.post::<UndoCancel>("Keeps an account that is being canceled, and signs in to it.");
    table.post::<SignOut>("Signs out of this browser.");
    table.post::<EnterSurface>("Says where the next sign-in of this browser happens.");
    table.post::<EndVisit>("Ends the visit of a person at a shared device.");
    table.get::<GetMe>("Who is signed in and what is open to them.");
    table.upload(
        UPLOAD,
        "Uploads a picture: PNG, JPEG or WebP, at most 5 MB and 4096 pixels on a side. The square in its \
         middle is kept, or the one that the four numbers of the query tell together, on white.",
    );
    table.post::<SetAvatar>("Puts an uploaded picture in the place of the one before.");
    table.post::<RemoveAvatar>("Takes the picture away.");
    table.post::<StartChange>("Begins a change, or goes on with the one under way.");
    table.get::<GetChange>("Where a change stands.");
    table.post::<SendStepUpCode>("Sends a code to the bound phone.");
    table.post::<StepUpBySms>("Proves the bound phone by its code.");
    table.post::<StepUpByPassword>("Proves the account by its password.");
    table.post::<StartStepUpScan>("Begins a scan by the bound WeChat.");
    table.post::<StepUpByWechat>("Proves the bound WeChat by a scan that it allowed.");
    table.post::<SendNewPhoneCode>("Sends a code to the new number.");
    table.post::<BindPhone>("Binds the new number and ends every session of the account.");
    table.post::<SetPassword>("Sets the password and ends every other session of the account.");
    table.post::<StartNewWechatScan>("Begins a scan by the WeChat that is to be bound.");
    table.post::<BindWechat>("Binds that WeChat and ends the sessions opened with the replaced one.");
    table.get::<GetCancel>("What canceling the account would mean, and why it is closed if it is.");
    table.post::<StartCancel>("Begins to cancel with the notice read, or goes on with what is under way.");
    table.post::<CancelAccount>("Cancels the account and ends every session of it.");
    table.get::<GetScan>("Where a scan stands.");
    table.events(
        SCAN_EVENTS,
        "The same as server-sent events: `scan` with each new state, `replaced` at last if \
                               this browser opened another stream. Without `X-Client`.",
    );
    table.get::<GetDevices>("Where the account is signed in.");
    table.post::<EndDevice>("Ends the session of one other device; needs a grant for that one.");
    table.post::<EndOtherSessions>("Ends every other session of the account; needs a grant.");
    table.get::<GetMeetings>("Which meetings the account is in, by kind of device.");
    table.get_with::<GetCanJoin>(
        "Whether the account could be in one more meeting, or the rule against it.",
        &GetCanJoin::QUERY,
        Required::True,
    );
    table.get::<GetHistory>("Past meetings that this device may list, page by page; `now` is the first.");
    table.post::<SetHistorySync>("Says whether meetings that end from now on are listed on every device.");
    table.get::<GetSettings>("What is allowed in the organization; for its super admins.");
    table.post::<SetSettings>("Changes what is allowed in the organization.");
    table.get_with::<GetUsers>(
        "The organization's users, page by page; for its super admins.",
        &GetUsers::QUERY,
        Required::False,
    );
    table.post::<SetRole>("Gives a user of the organization another role.");
    table.post::<ChangeSuperAdmin>(
        "Makes a user of the organization a super admin, or no longer one; needs a grant for that one.",
    );
    table.post::<DeleteUser>("Deletes a user of the organization; needs a grant for that one.");
    table.get::<GetActivity>("What happened to the account, page by page; `now` is the first.");
    table.get::<GetOutcome>("What became of an effect whose answer was lost.");
    table.schema::<ProblemBody>();
    let info = InfoBuilder::new().title("Menshen").version("1").description(Some(
        "Account and security center of a meeting service. Every request carries `X-Client: name/version`; \
         identity is in two HttpOnly cookies; every answer that is not a reply is a problem with a stable code.",
    ));
    let document = OpenApiBuilder::new()
        .info(info.build())
        .paths(table.paths.build())
        .components(Some(table.components.into()))
        .build();
    let mut text = document.to_pretty_json().expect("the document is plain data");
    text.push('\n');
    text
}

/// The body of a 500: not a refusal, so not in the contract's enum.
fn fault() -> Schema {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    ObjectBuilder::new()
        .property("status", ObjectBuilder::new().schema_type(Type::Integer).enum_values(Some([500])))
        .property("code", text().enum_values(Some(["INTERNAL"])))
        .property("request_id", text())
        .required("status")
        .required("code")
        .required("request_id")
        .into()
}

#[derive(Default)]
struct Table {
    paths: PathsBuilder,
    components: Parts,
}

/// Schemas by name, each once.
#[derive(Default)]
struct Parts(std::collections::BTreeMap<String, RefOr<Schema>>);

impl From<Parts> for Components {
    fn from(parts: Parts) -> Self {
        ComponentsBuilder::new().schemas_from_iter(parts.0).build()
    }
}

/// The name of an endpoint's request type.
fn name_of<E>() -> &'static str {
    std::any::type_name::<E>().rsplit("::").next().unwrap_or_default()
}

impl Table {
    fn schema<T: ToSchema>(&mut self) -> Ref {
        let mut found = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut found);
        self.components.0.extend(found);
        Ref::from_schema_name(T::name())
    }

    fn post<E: Endpoint + ToSchema>(&mut self, summary: &str)
    where
        E::Reply: ToSchema,
    {
        assert!(E::METHOD == Method::Post, "{} acts", E::PATH);
        let body = ContentBuilder::new().schema(Some(self.schema::<E>())).build();
        let body = RequestBodyBuilder::new().content("application/json", body).required(Some(Required::True));
        let mut operation = self.operation::<E>(summary).request_body(Some(body.build()));
        if KEYED.contains(&E::PATH) {
            let text = ObjectBuilder::new().schema_type(Type::String).build();
            // Without a grant, a single action is refused before the key is needed.
            let required = if GATED.contains(&E::PATH) { Required::False } else { Required::True };
            let parameter = ParameterBuilder::new()
                .name("Idempotency-Key")
                .parameter_in(ParameterIn::Header)
                .required(required)
                .description(Some("The id of the change that is concluded."))
                .schema(Some(text));
            operation = operation.parameter(parameter.build());
        }
        self.add(E::PATH, HttpMethod::Post, operation);
    }

    fn get<E: Endpoint>(&mut self, summary: &str)
    where
        E::Reply: ToSchema,
    {
        self.get_with::<E>(summary, &[], Required::False);
    }

    /// A read with query parameters.
    fn get_with<E: Endpoint>(&mut self, summary: &str, query: &[&str], required: Required)
    where
        E::Reply: ToSchema,
    {
        assert!(E::METHOD == Method::Get, "{} reads", E::PATH);
        let mut operation = with_path(self.operation::<E>(summary), E::PATH);
        for name in query {
            let text = ObjectBuilder::new().schema_type(Type::String).build();
            let parameter = ParameterBuilder::new().name(*name).parameter_in(ParameterIn::Query);
            operation = operation.parameter(parameter.required(required.clone()).schema(Some(text)).build());
        }
        self.add(E::PATH, HttpMethod::Get, operation);
    }

    /// A file, which has no request type in the contract.
    fn upload(&mut self, path: &str, summary: &str) {
        let far = i64::from(Frame::FARTHEST);
        let frame = [
            ("From the middle of the upright picture to that of the square, to the right.", -far, far),
            ("The same downwards. All lengths are in millionths of the picture's shorter side.", -far, far),
            ("The side of the square.", 1, i64::from(Frame::WIDEST)),
            ("Quarter turns clockwise of what was cut out.", 0, 3),
        ];
        let file = ContentBuilder::new().schema(None::<RefOr<Schema>>).build();
        let body = RequestBodyBuilder::new()
            .content("application/octet-stream", file)
            .required(Some(Required::True));
        let reply = self.schema::<Uploaded>();
        let mut operation = self.answering("UploadAvatar", reply, summary).request_body(Some(body.build()));
        for (name, (says, least, most)) in Frame::QUERY.into_iter().zip(frame) {
            let number = ObjectBuilder::new().schema_type(Type::Integer);
            let number = number.minimum(Some(least)).maximum(Some(most)).build();
            let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query);
            let parameter = parameter.required(Required::False).description(Some(says));
            operation = operation.parameter(parameter.schema(Some(number)).build());
        }
        self.add(path, HttpMethod::Post, operation);
    }

    /// An event stream, which has no request type in the contract.
    fn events(&mut self, path: &str, summary: &str) {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let mut well = Answer::new("The stream.");
        well.content.insert(
            "text/event-stream".to_owned(),
            RefOr::T(ContentBuilder::new().schema(Some(text)).build()),
        );
        let problem = ContentBuilder::new().schema(Some(self.schema::<ProblemBody>())).build();
        let mut badly = Answer::new("A refusal.");
        badly.content.insert("application/problem+json".to_owned(), RefOr::T(problem));
        let mut responses = Responses::new();
        responses.responses.insert("200".to_owned(), RefOr::T(well));
        responses.responses.insert("default".to_owned(), RefOr::T(badly));
        let operation = OperationBuilder::new()
            .summary(Some(summary))
            .operation_id(Some("ScanEvents"))
            .responses(responses);
        self.add(path, HttpMethod::Get, with_path(operation, path));
    }

    fn operation<E: Endpoint>(&mut self, summary: &str) -> OperationBuilder
    where
        E::Reply: ToSchema,
    {
        let reply = self.schema::<E::Reply>();
        self.answering(name_of::<E>(), reply, summary)
    }

    /// What operations with an `X-Client` and a JSON answer have in common.
    fn answering(&mut self, name: &str, reply: Ref, summary: &str) -> OperationBuilder {
        let reply = ContentBuilder::new().schema(Some(reply)).build();
        let problem = ContentBuilder::new().schema(Some(self.schema::<ProblemBody>())).build();
        let mut responses = Responses::new();
        let mut well = Answer::new("The reply.");
        well.content.insert("application/json".to_owned(), RefOr::T(reply));
        let mut badly = Answer::new("A refusal.");
        badly.content.insert("application/problem+json".to_owned(), RefOr::T(problem));
        responses.responses.insert("200".to_owned(), RefOr::T(well));
        responses.responses.insert("default".to_owned(), RefOr::T(badly));
        let fault = ContentBuilder::new().schema(Some(fault())).build();
        let mut broken = Answer::new("A fault of the server; its log knows more under the request's id.");
        broken.content.insert("application/problem+json".to_owned(), RefOr::T(fault));
        responses.responses.insert("500".to_owned(), RefOr::T(broken));
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let client = ParameterBuilder::new()
            .name("X-Client")
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some("name/version"))
            .schema(Some(text));
        OperationBuilder::new()
            .summary(Some(summary))
            .operation_id(Some(name))
            .parameter(client.build())
            .responses(responses)
    }

    fn add(&mut self, path: &str, method: HttpMethod, operation: OperationBuilder) {
        let paths = std::mem::take(&mut self.paths);
        self.paths = paths.path(path, PathItem::new(method, operation));
    }
}

/// Adds the parameters in the path to an operation.
fn with_path(mut operation: OperationBuilder, path: &str) -> OperationBuilder {
    for (_, rest) in path.match_indices('{').map(|(at, _)| path.split_at(at + 1)) {
        let name = rest.split('}').next().unwrap_or_default();
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path);
        operation = operation.parameter(parameter.required(Required::True).schema(Some(text)).build());
    }
    operation
}

// The reply types of the endpoints in the table.
const _: fn(SentCode, SignIn, Done, Entered, Me, Change, Devices, Scan, Consequences, Activity) =
    |_, _, _, _, _, _, _, _, _, _| {};
const _: fn(Meetings, CanJoin, History, HistorySync, Settings, Users, User) = |_, _, _, _, _, _, _| {};
