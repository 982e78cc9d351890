//! Setting or replacing the password, after a step-up. There is no other way to a forgotten one:
//! sign in by SMS, then set it.
//!
//! The commit is one transaction (STP-05): it asks every precondition again, replaces the hash,
//! ends every other session, gives this one a new token (SES-02), voids what is under way, and
//! writes the notice, the audit event and the outcome.

use super::change::Open;
use super::outcome;
use crate::app::App;
use crate::clock::Moment;
use crate::extract::Keyed;
use crate::outbox::{self, Topic};
use crate::problem::Problem;
use crate::revoke::{self, Keep};
use crate::session::{Session, Visitor};
use crate::words;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use axum::routing::post;
use contract::activity::Happening;
use contract::change::ChangeStep;
use contract::endpoint::Endpoint;
use contract::me::Action;
use contract::password::{EXAMPLES, SetPassword};
use contract::refusal::SessionEnd;
use sqlx::SqliteConnection;

pub(crate) fn router() -> Router<App> {
    Router::new().route(SetPassword::PATH, post(set))
}

async fn set(
    State(app): State<App>,
    visitor: Visitor,
    keyed: Keyed<SetPassword>,
) -> Result<Response<Body>, Problem> {
    outcome::once(&app, &visitor, keyed.named(&keyed.request.change)?, conclude(&app, &visitor, &keyed)).await
}

async fn conclude(
    app: &App,
    visitor: &Visitor,
    keyed: &Keyed<SetPassword>,
) -> Result<Response<Body>, Problem> {
    let request = &keyed.request;
    let now = app.now();
    let mut reader = app.store().read().await?;
    let session = visitor.session(&mut reader, now).await?;
    ready(&mut reader, &session, request, now).await?;
    drop(reader);
    let place = app.passwords().place(session.asker().block)?;
    let hash = app
        .passwords()
        .new_hash(place, &session.account.id, request.new_password.clone(), about(&session))
        .await?;

    let mut tx = app.store().write().await?;
    let session = session.again(&mut tx, now).await?;
    let open = ready(&mut tx, &session, request, now).await?;
    sqlx::query("UPDATE account SET password_hash = ? WHERE id = ?")
        .bind(hash)
        .bind(&session.account.id)
        .execute(&mut *tx)
        .await?;
    revoke::end_sessions(&mut tx, &session, Keep::ThisSession, SessionEnd::PasswordChanged, now).await?;
    revoke::void_pending(&mut tx, &session.account.id, &open.id).await?;
    let token = session.renew(&mut tx).await?;
    session.event(Happening::PasswordSet, open.proven_way).write(&mut tx, now).await?;
    let text = words::password_set(&session.account.phone, now);
    outbox::tell(app, &mut tx, &session.account, Topic::PasswordSet, &text, now).await?;
    let record = open.conclude(&mut tx, &session, &ChangeStep::PasswordSet, now).await?;
    let key = keyed.named(&request.change)?;
    let answer = outcome::record(&mut tx, &session, key, &record, now).await?;
    tx.commit().await?;
    visitor.admit(&token);
    app.notices().notify_one();
    // Streams of sessions that ended here end now (SES-03).
    app.scans().look();
    Ok(answer)
}

/// The change, if all that is missing is the new password.
async fn ready(
    connection: &mut SqliteConnection,
    session: &Session,
    request: &SetPassword,
    now: Moment,
) -> Result<Open, Problem> {
    let (id, version) = (&request.change, request.version);
    let open = Open::find_for(Action::Password, connection, session, id, version, now).await?;
    open.must_be_fresh(connection, session, now).await?;
    Ok(open)
}

/// What somebody who guesses knows of this person.
fn about(session: &Session) -> Vec<String> {
    let account = &session.account;
    let phone = account.phone.as_str();
    let mut about = vec![
        phone.to_owned(),
        phone.trim_start_matches("+86").to_owned(),
        account.nickname.clone(),
        "menshen".to_owned(),
    ];
    // The sentences that the app shows as examples are everybody's.
    about.extend(EXAMPLES.map(str::to_owned));
    about.extend(account.organization().map(|organization| organization.name));
    about
}
