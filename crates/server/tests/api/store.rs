//! Failures of the data folder: a transaction that the database ends by itself, a second server, files that
//! others can read, a clock that jumped. Failures of the disk are tested in `crash/disk`.

use crate::support::{Browser, Folder, House, PORT, rebind};
use axum::http::StatusCode;
use contract::cancel::CancelAccount;
use contract::me::GetMe;
use contract::refusal::Refusal;
use contract::sign_in::{SendSignInCode, SignInBySms};
use server::App;
use server::clock::{Clock, Moment};
use server::config::{Config, SmsRelay};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const START: Moment = Moment::from_millis(1_795_314_400_000);
const DAY: i64 = 86_400;

/// Real data; the relay is never called.
fn production(folder: &Path) -> Config {
    let sms = SmsRelay { url: "http://127.0.0.1:9/".into(), token: "t".into() };
    Config { demo: false, sms: Some(sms), ..Config::demo(folder) }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

#[tokio::test]
async fn b50_rolled_back_transaction_does_not_affect_later_ones() {
    let house = House::open().await;
    let stranger = house.browser();
    let mut fuse = house.fuse_that("ROLLBACK").await;
    loop {
        let before = fuse.burn(&house).await;
        let answer = stranger.answer(&SendSignInCode { phone: "13911110001".into() }).await;
        if answer.status.is_success() {
            break;
        }
        assert_eq!(answer.problem(), "INTERNAL", "row {}", fuse.at());
        assert_eq!(house.rows_but_the_fuse().await, before, "row {}", fuse.at());
    }
    assert!(fuse.at() >= 3, "browser, code, what was spent");
    let code = house.code_to("13911110001").await;
    let mut fuse = house.another_fuse();
    loop {
        fuse.burn(&house).await;
        let answer = stranger.answer(&SignInBySms { phone: "13911110001".into(), code: code.clone() }).await;
        // A try that was charged before stays charged (OTP-06).
        house.forgive_tries().await;
        if answer.status.is_success() {
            break;
        }
        assert_eq!(answer.problem(), "INTERNAL", "row {}", fuse.at());
    }
    house.disarm().await;
    stranger.send(&GetMe {}).await.expect("signed in");
    assert_eq!(stranger.get("/readyz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn v2_notice_is_sent_once_when_its_record_cannot_be_written() {
    for ends in ["ABORT", "ROLLBACK"] {
        let house = House::open().await;
        let lin = house.signed_in("13800000001").await;
        rebind(&house, &lin, "13911110001").await;
        let mut fuse = house.fuse_that(ends).await;
        let mut failed = 0;
        loop {
            fuse.burn(&house).await;
            match house.app.deliver_messages().await {
                Ok(_) if house.unsent().await == 0 => break,
                Ok(_) => {}
                Err(_) => failed += 1,
            }
            // Whatever waits after a failure is due again.
            house.advance(60);
        }
        assert!(failed >= 4, "{failed}: the tries and what became of them");
        let inbox = house.inbox().await;
        let mut told: Vec<&str> =
            inbox.iter().filter(|sms| sms.code.is_none()).map(|sms| sms.to.as_str()).collect();
        told.sort_unstable();
        assert_eq!(told, ["+8613800000001", "wx-lin"], "once each, {ends}");
    }
}

#[tokio::test]
async fn v2_reads_are_answered_when_writes_fail() {
    let house = House::open().await;
    let lin = house.signed_in("13800000001").await;
    // Long enough for the session's last use to be written anew.
    house.advance(7200);
    let mut fuse = house.fuse().await;
    fuse.burn(&house).await;
    assert_eq!(lin.send(&GetMe {}).await.expect("read").phone, "138****0001");
    let refused = lin.answer(&SendSignInCode { phone: "13911110001".into() }).await;
    assert_eq!(refused.problem(), "INTERNAL", "nothing can be written");
    house.disarm().await;
    lin.send(&GetMe {}).await.expect("read");
    let seen = house.count("SELECT MAX(last_seen_at) FROM session").await;
    assert_eq!(seen, START.millis() + 7_200_000, "and noted once it can be");
}

#[tokio::test]
async fn b50_parallel_readiness_requests_share_one_probe() {
    let house = House::open().await;
    let (one, other) = (house.browser(), house.browser());
    house.fuse().await.burn(&house).await;
    // Both ask while somebody else writes.
    let mut held = house.database().await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut held).await.expect("held");
    let release = async {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        sqlx::query("ROLLBACK").execute(&mut held).await.expect("released");
    };
    let (first, second, ()) = tokio::join!(one.get("/readyz"), other.get("/readyz"), release);
    let mut told = [first.status.as_u16(), second.status.as_u16()];
    told.sort_unstable();
    assert_eq!(told, [500, 503], "tried once");
    house.disarm().await;
    assert_eq!(one.get("/readyz").await.status, StatusCode::OK, "who asks after that tries again");
}

#[tokio::test]
async fn v19_second_server_on_one_folder_is_refused() {
    let house = House::open().await;
    let config = Config::demo(house.data());
    let second = App::open(config.clone(), Clock::wall()).await.map(drop);
    let why = second.expect_err("refused");
    assert!(why.starts_with("Another server uses the data folder"), "{why}");
    house.browser().send(&SendSignInCode { phone: "13911110001".into() }).await.expect("the first goes on");
    house.app.close().await;
    App::open(config, Clock::wall()).await.expect("the folder is free").close().await;
}

#[tokio::test]
async fn v14_database_and_key_files_are_private_to_the_owner() {
    let folder = Folder::new();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("open to all");
    let database = folder.path().join("menshen.db");
    // One that an earlier release left readable.
    std::fs::write(&database, "").expect("a file");
    std::fs::set_permissions(&database, PermissionsExt::from_mode(0o644)).expect("open to all");
    let app = App::open(Config::demo(folder.path()), Clock::wall()).await.expect("opens");
    for name in ["menshen.db", "menshen.db-wal", "menshen.db-shm", "code.key", "menshen.lock"] {
        assert_eq!(mode(&folder.path().join(name)), 0o600, "{name}");
    }
    app.close().await;
    let key = folder.path().join("code.key");
    let whole = std::fs::read(&key).expect("a key");
    assert_eq!(whole.len(), 32);
    for (bytes, mode, words) in [
        (&whole[..31], 0o600, "31 bytes"),
        (&[][..], 0o600, "0 bytes"),
        (&[&whole[..], &[1]].concat(), 0o600, "more"),
        (&[0; 32], 0o600, "zeros"),
        (&whole, 0o640, "mode 640"),
        (&whole, 0o604, "mode 604"),
    ] {
        std::fs::write(&key, bytes).expect("written");
        std::fs::set_permissions(&key, PermissionsExt::from_mode(mode)).expect("set");
        let why = App::open(Config::demo(folder.path()), Clock::wall()).await.map(drop).expect_err("refused");
        assert!(why.contains("code.key") && why.contains(words) && why.ends_with('.'), "{why}");
    }
    std::fs::write(&key, &whole).expect("written");
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o400)).expect("set");
    App::open(Config::demo(folder.path()), Clock::wall()).await.expect("opens").close().await;
}

/// A server with real data, and an account in it that is being canceled for ten days more.
async fn cooling_off(folder: &Folder) -> Config {
    let house = House::open_with(|config| config.cooling_off_days = 10).await;
    let lin = house.signed_in("13800000001").await;
    let change = lin.start_cancel().await;
    let proven = lin.prove(&change).await.expect("proven");
    lin.send(&CancelAccount { change: proven.id, version: proven.version }).await.expect("begun");
    // The demo's data become real ones, as of one that ran until now.
    house.execute("UPDATE setting SET value = 'production' WHERE key = 'kind'").await;
    house.execute("INSERT INTO setting (key, value) VALUES ('time', '1795314400000')").await;
    house.app.close().await;
    for name in ["menshen.db", "code.key"] {
        std::fs::copy(house.data().join(name), folder.path().join(name)).expect("copied");
    }
    Config { cooling_off_days: 10, ..production(folder.path()) }
}

#[tokio::test]
async fn v10_c8_clock_jump_erases_nobody_until_it_is_accepted() {
    let folder = Folder::new();
    let config = cooling_off(&folder).await;
    let accounts = async || -> i64 {
        use sqlx::ConnectOptions;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("menshen.db"));
        let mut database = options.connect().await.expect("the database");
        let sql = "SELECT COUNT(*) FROM account WHERE phone = '+8613800000001'";
        sqlx::query_scalar(sql).fetch_one(&mut database).await.expect("read")
    };
    let in_forty_days = Moment::from_millis(START.millis() + 40 * DAY * 1000);
    // Twice: a restart is no consent.
    for _ in 0..2 {
        let app = App::open(config.clone(), Clock::standing(in_forty_days)).await.expect("opens");
        assert_eq!(app.delete_old().await, Ok(0));
        let browser = Browser::of(app.router(PORT));
        let ready = browser.get("/readyz").await;
        assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(ready.text().contains("--accept-clock"), "{}", ready.text());
        // Nor does a sign-in erase the account that it is for.
        let refused = browser.by_password("13800000001").await;
        assert!(matches!(refused, Err(Refusal::TooBusy { .. })), "{refused:?}");
        app.close().await;
        assert_eq!(accounts().await, 1);
    }
    // Forty days back is asked about as well: windows would be forty days longer.
    let forty_days_ago = Clock::standing(Moment::from_millis(START.millis() - 40 * DAY * 1000));
    let app = App::open(config.clone(), forty_days_ago).await.expect("opens");
    assert_eq!(Browser::of(app.router(PORT)).get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    app.close().await;
    // An hour is no jump.
    let soon = Clock::standing(Moment::from_millis(START.millis() + 3_600_000));
    let app = App::open(config.clone(), soon).await.expect("opens");
    assert_eq!(Browser::of(app.router(PORT)).get("/readyz").await.status, StatusCode::OK);
    app.close().await;
    let accepted = Config { accept_clock: true, ..config };
    let app = App::open(accepted, Clock::standing(in_forty_days)).await.expect("opens");
    assert_eq!(Browser::of(app.router(PORT)).get("/readyz").await.status, StatusCode::OK);
    assert!(app.delete_old().await.expect("swept") > 0);
    app.close().await;
    assert_eq!(accounts().await, 0, "the cooling-off is over");
}

#[tokio::test]
async fn ex_04_a_clock_set_back_between_two_runs_lengthens_no_window() {
    let folder = Folder::new();
    let config = production(folder.path());
    let wall = Clock::wall();
    let later = Moment::from_millis(wall.now().millis() + 1_800_000);
    App::open(config.clone(), Clock::standing(later)).await.expect("opens").close().await;
    let app = App::open(config, Clock::wall()).await.expect("opens");
    assert!(app.now() >= later, "it goes on from where it was");
    app.close().await;
}
