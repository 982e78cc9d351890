//! Measures whether response times distinguish known numbers from unknown ones (OTP-11).
//!
//! For each pair of classes it takes 2,000 interleaved samples of each and prints the area under the
//! ROC curve (AUC; 0.5 means indistinguishable) and the difference of the medians. OTP-11 holds at 0.45
//! to 0.55, and at most 5 ms. SMS go to the demo's inbox, so a relay's time is no part of it.
//!
//! `cargo bench -p server --bench enumeration`, on a quiet machine; passwords take minutes.
//! A first argument, such as `code`, runs the pairs whose name has it.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the wall clock")]

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use contract::endpoint::Endpoint;
use contract::sign_in::{SendSignInCode, SignInByPassword, SignInBySms};
use http_body_util::BodyExt;
use server::App;
use server::clock::Clock;
use server::config::{Config, Limits};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use std::path::Path;
use std::time::{Duration, Instant};
use tower::ServiceExt;

const SAMPLES: usize = 2_000;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A group of numbers, each used once; the prefix tells what the database knows of them.
#[derive(Clone, Copy)]
enum Class {
    Unknown,
    Known,
    /// With an account in an organization too.
    KnownTwice,
    UnknownAbroad,
    KnownAbroad,
}

impl Class {
    fn number(self, n: usize) -> String {
        match self {
            Self::Unknown => format!("+86139{n:08}"),
            Self::Known => format!("+86137{n:08}"),
            Self::KnownTwice => format!("+86136{n:08}"),
            Self::UnknownAbroad => format!("+8526{n:07}"),
            Self::KnownAbroad => format!("+8529{n:07}"),
        }
    }
}

/// What is asked with a number.
#[derive(Clone, Copy)]
enum Question {
    SendCode,
    WrongCode,
    WrongPassword,
}

/// Two classes that nobody may tell apart.
struct Pair {
    name: &'static str,
    question: Question,
    classes: [Class; 2],
}

const PAIRS: [Pair; 6] = [
    Pair { name: "send a code", question: Question::SendCode, classes: [Class::Unknown, Class::Known] },
    Pair {
        name: "send a code abroad",
        question: Question::SendCode,
        classes: [Class::UnknownAbroad, Class::KnownAbroad],
    },
    Pair { name: "wrong code", question: Question::WrongCode, classes: [Class::Unknown, Class::Known] },
    Pair {
        name: "wrong code, two accounts",
        question: Question::WrongCode,
        classes: [Class::Known, Class::KnownTwice],
    },
    Pair {
        name: "wrong password",
        question: Question::WrongPassword,
        classes: [Class::Unknown, Class::Known],
    },
    Pair {
        name: "wrong password, two accounts",
        question: Question::WrongPassword,
        classes: [Class::Known, Class::KnownTwice],
    },
];

/// Accounts for the known classes, all with the password of the demo.
async fn populate(data: &Path) -> Result<(), Failure> {
    let mut database: SqliteConnection =
        SqliteConnectOptions::new().filename(data.join("menshen.db")).connect().await?;
    let mut tx = database.begin().await?;
    let mut id = 0;
    for (class, tenants) in [
        (Class::Known, &["personal"][..]),
        (Class::KnownTwice, &["personal", "yunqiao"]),
        (Class::KnownAbroad, &["personal"]),
    ] {
        for n in 0..SAMPLES {
            for tenant in tenants {
                id += 1;
                sqlx::query(
                    "INSERT INTO account
                         (id, pseudonym, tenant, phone, phone_bound_at, nickname, password_hash, created_at)
                     SELECT ?1, ?1, ?2, ?3, 0, 'x', password_hash, 0 FROM account WHERE phone = '+8613800000001'",
                )
                .bind(format!("bench-{id}"))
                .bind(tenant)
                .bind(class.number(n))
                .execute(&mut *tx)
                .await?;
            }
        }
    }
    tx.commit().await?;
    Ok(database.close().await?)
}

/// One request without cookies or with those given; answers the cookies and the time it took.
async fn ask<E: Endpoint>(
    router: &Router,
    cookie: Option<&str>,
    request: &E,
) -> Result<(Option<String>, Duration), Failure> {
    let mut wire = Request::post(E::PATH)
        .header(header::HOST, "127.0.0.1:8080")
        .header(header::ORIGIN, "http://127.0.0.1:8080")
        .header("X-Client", "bench/1")
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(cookie) = cookie {
        wire = wire.header(header::COOKIE, cookie);
    }
    let wire = wire.body(Body::from(serde_json::to_string(request)?))?;
    let router = router.clone();
    let began = Instant::now();
    let response = router.oneshot(wire).await?;
    let cookie = response.headers().get(header::SET_COOKIE).cloned();
    response.into_body().collect().await?;
    let took = began.elapsed();
    let cookie = cookie.and_then(|value| Some(value.to_str().ok()?.split(';').next()?.to_owned()));
    Ok((cookie, took))
}

impl Question {
    async fn sample(self, router: &Router, phone: String) -> Result<Duration, Failure> {
        Ok(match self {
            Self::SendCode => ask(router, None, &SendSignInCode { phone }).await?.1,
            Self::WrongCode => {
                let (cookie, _) = ask(router, None, &SendSignInCode { phone: phone.clone() }).await?;
                let wrong = SignInBySms { phone, code: "000000".into() };
                ask(router, cookie.as_deref(), &wrong).await?.1
            }
            Self::WrongPassword => {
                ask(router, None, &SignInByPassword { phone, password: "not this one".into() }).await?.1
            }
        })
    }
}

/// How likely a sample of the second class took longer than one of the first.
fn auc(first: &[Duration], second: &[Duration]) -> f64 {
    let mut sorted = first.to_vec();
    sorted.sort();
    let wins: f64 = second
        .iter()
        .map(|time| {
            let below = sorted.partition_point(|other| other < time);
            let upto = sorted.partition_point(|other| other <= time);
            below as f64 + (upto - below) as f64 / 2.0
        })
        .sum();
    wins / (first.len() * second.len()) as f64
}

fn median(times: &[Duration]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted[sorted.len() / 2].as_secs_f64() * 1000.0
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let wanted = std::env::args().skip(1).find(|word| !word.starts_with('-')).unwrap_or_default();
    println!("{SAMPLES} interleaved samples of each class, router in process, release build");
    for pair in PAIRS.iter().filter(|pair| pair.name.contains(&wanted)) {
        let folder = std::env::temp_dir().join(format!("menshen-bench-{}", std::process::id()));
        let config = Config { limits: Limits::none(), ..Config::demo(&folder) };
        let app = App::open(config, Clock::wall()).await?;
        populate(&folder).await?;
        let router = app.router(8080);
        let mut times = [Vec::new(), Vec::new()];
        for n in 0..SAMPLES {
            // Which goes first changes with every sample, and not in step with anything.
            let first = (n.wrapping_mul(2_654_435_761) >> 7) & 1;
            for class in [first, 1 - first] {
                let phone = pair.classes[class].number(n);
                times[class].push(pair.question.sample(&router, phone).await?);
            }
        }
        println!(
            "{:<30} AUC {:.3}   medians {:.3} and {:.3} ms",
            pair.name,
            auc(&times[0], &times[1]),
            median(&times[0]),
            median(&times[1]),
        );
        app.close().await;
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(())
}
