//! Demo data: the accounts of the product's table, put into an empty database, and the demo's
//! clock. A demo database and a real one are never taken for each other.

use crate::clock::{Clock, Moment};
use crate::handler::avatar;
use crate::password;
use crate::picture::{self, Picture, Pixels};
use crate::problem::Problem;
use crate::secret;
use crate::store::Store;
use contract::avatar::Size;
use contract::phone::PhoneNumber;
use sqlx::SqliteConnection;
use std::sync::LazyLock;
use std::time::Duration;

/// The password of every demo account.
pub(crate) const PASSWORD: &str = "demo-Password-2026";

const DAY: Duration = Duration::from_secs(24 * 3600);
const PERSONAL: &str = "personal";
const ENTERPRISE: &str = "yunqiao";
const BUSINESS: &str = "nanzhi";

struct Person {
    phone: &'static str,
    nickname: &'static str,
    tenant: &'static str,
    role: Option<&'static str>,
    wechat: Option<&'static str>,
    bound_days: u32,
    member_days: Option<u32>,
    sso: bool,
}

const fn person(phone: &'static str, nickname: &'static str) -> Person {
    Person {
        phone,
        nickname,
        tenant: PERSONAL,
        role: None,
        wechat: None,
        bound_days: 400,
        member_days: None,
        sso: false,
    }
}

const fn employee(
    phone: &'static str,
    nickname: &'static str,
    tenant: &'static str,
    role: &'static str,
) -> Person {
    Person { tenant, role: Some(role), ..person(phone, nickname) }
}

/// The table of the product, in its order.
const PEOPLE: [Person; 12] = [
    Person { wechat: Some("wx-lin"), ..person("13800000001", "林晓") },
    Person { member_days: Some(200), ..person("13800000002", "陈默") },
    Person { wechat: Some("wx-zhou"), bound_days: 3, ..person("13800000003", "周宁") },
    Person { wechat: Some("wx-he"), ..employee("13800000004", "何苗", BUSINESS, "ordinary") },
    employee("13800000005", "许安", ENTERPRISE, "ordinary"),
    Person { wechat: Some("wx-qin"), ..employee("13800000006", "秦岚", ENTERPRISE, "super_admin") },
    Person { sso: true, ..employee("13800000007", "沈舟", ENTERPRISE, "ordinary") },
    employee("13800000008", "罗一", ENTERPRISE, "admin"),
    Person { wechat: Some("wx-sun"), ..person("13800000009", "孙悦") },
    employee("13800000009", "孙悦", ENTERPRISE, "ordinary"),
    employee("13800000010", "唐棠", BUSINESS, "super_admin"),
    Person { wechat: Some("wx-ho"), ..person("+85261234567", "何家慧") },
];

/// The accounts with a picture, and its colors: the ground above and below, and what is on it.
const PORTRAITS: [(&str, [[u8; 3]; 3]); 3] = [
    ("+8613800000002", [[255, 214, 165], [255, 140, 120], [255, 245, 225]]),
    ("+8613800000006", [[176, 224, 230], [86, 130, 190], [240, 250, 255]]),
    ("+8613800000008", [[200, 230, 201], [67, 140, 110], [245, 255, 240]]),
];

/// Meetings of the demo: whose, and in how long they begin; those at once are running.
const MEETINGS: [(&str, Duration); 3] = [
    ("+8613800000001", Duration::ZERO),
    ("+8613800000001", Duration::from_secs(24 * 3600)),
    ("+8613800000002", Duration::from_secs(3 * 24 * 3600)),
];

/// The WeChats of the demo and what they call themselves; the last three are bound nowhere.
pub(crate) const WECHATS: [(&str, &str); 9] = [
    ("wx-lin", "林间晓风"),
    ("wx-zhou", "周周"),
    ("wx-he", "小禾苗"),
    ("wx-qin", "岚"),
    ("wx-sun", "悦悦子"),
    ("wx-ho", "Kaye"),
    ("wx-new", "新号上路"),
    ("wx-spare", "备用小号"),
    (VISITOR, "微信用户"),
];

/// What WeChat makes up for somebody who looks at a page as a snapshot.
pub(crate) const VISITOR: &str = "wx-visitor";

/// What stands beside the address when the demo starts.
pub(crate) const ACCOUNTS: &str = "\
demo accounts, password of all demo-Password-2026:
  13800000001 free              13800000007 enterprise, SSO
  13800000002 member            13800000008 enterprise, admin
  13800000003 free, new phone   13800000009 free and enterprise
  13800000004 business          13800000010 business, super admin
  13800000005 enterprise        +85261234567 free, outside +86
  13800000006 enterprise, super admin
";

/// Every table with data, children first.
const TABLES: [&str; 26] = [
    "UPDATE account SET avatar = NULL",
    "DELETE FROM picture",
    "DELETE FROM upload",
    "DELETE FROM scan",
    "DELETE FROM sign_in_account",
    "DELETE FROM sign_in",
    "DELETE FROM change_target",
    "DELETE FROM change",
    "DELETE FROM outcome",
    "DELETE FROM outbox",
    "DELETE FROM code",
    "DELETE FROM chain",
    "DELETE FROM attempt",
    "DELETE FROM spent",
    "DELETE FROM last_word",
    "DELETE FROM cancellation",
    "DELETE FROM meeting",
    "DELETE FROM session",
    "DELETE FROM device",
    "DELETE FROM browser",
    "DELETE FROM host_code",
    "DELETE FROM event",
    "DELETE FROM resting",
    "DELETE FROM account",
    "DELETE FROM wechat",
    "DELETE FROM tenant",
];

/// Writes into a new database whether it is a demo's, and refuses the wrong one.
pub(crate) async fn settle_kind(store: &Store, demo: bool, folder: &str) -> Result<(), String> {
    let wanted = if demo { "demo" } else { "production" };
    let settle = async || -> Result<String, sqlx::Error> {
        let mut tx = store.write().await?;
        sqlx::query("INSERT INTO setting (key, value) VALUES ('kind', ?) ON CONFLICT DO NOTHING")
            .bind(wanted)
            .execute(&mut *tx)
            .await?;
        if !demo {
            sqlx::query(
                "INSERT INTO tenant (id, name, kind, edition) VALUES (?, '', 'personal', 'free') ON CONFLICT DO NOTHING",
            )
            .bind(PERSONAL)
            .execute(&mut *tx)
            .await?;
        }
        let kind =
            sqlx::query_scalar("SELECT value FROM setting WHERE key = 'kind'").fetch_one(&mut *tx).await?;
        if kind == wanted {
            tx.commit().await?;
        }
        Ok(kind)
    };
    match settle().await {
        Ok(kind) if kind == wanted => Ok(()),
        Ok(_) if demo => {
            Err(format!("The database in {folder} holds real data; --demo needs a folder of its own."))
        }
        Ok(_) => Err(format!(
            "The database in {folder} holds demo data; start with --demo or name another folder."
        )),
        Err(error) => Err(format!("The database in {folder} cannot be used: {error}.")),
    }
}

/// Puts the accounts in if there are none.
pub(crate) async fn seed_if_empty(store: &Store, now: Moment) -> Result<(), Problem> {
    let mut tx = store.write().await?;
    let empty: bool =
        sqlx::query_scalar("SELECT NOT EXISTS (SELECT 1 FROM tenant)").fetch_one(&mut *tx).await?;
    if empty {
        // One hash for all: it is the same password, and the start does not wait for twelve.
        seed(&mut tx, &password::hash(PASSWORD)?, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Fresh demo data; all sessions, browsers and codes are gone, and the clock is right again.
pub(crate) async fn reset(store: &Store, clock: &Clock) -> Result<(), Problem> {
    let hash = password::hash(PASSWORD)?;
    let mut tx = store.write().await?;
    for delete in TABLES {
        sqlx::query(delete).execute(&mut *tx).await?;
    }
    sqlx::query("DELETE FROM setting WHERE key = 'clock'").execute(&mut *tx).await?;
    clock.put(0);
    seed(&mut tx, &hash, clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

async fn seed(connection: &mut SqliteConnection, hash: &str, now: Moment) -> Result<(), Problem> {
    for (id, name, kind, edition, avatars_open) in [
        (PERSONAL, "", "personal", "free", false),
        (ENTERPRISE, "云桥科技", "organization", "enterprise", true),
        (BUSINESS, "南枝设计", "organization", "business", false),
    ] {
        sqlx::query("INSERT INTO tenant (id, name, kind, edition, avatars_open) VALUES (?, ?, ?, ?, ?)")
            .bind(id)
            .bind(name)
            .bind(kind)
            .bind(edition)
            .bind(avatars_open)
            .execute(&mut *connection)
            .await?;
    }
    for person in &PEOPLE {
        if let Some(wechat) = person.wechat {
            let called = WECHATS.iter().find(|(id, _)| *id == wechat).map(|(_, nickname)| *nickname);
            sqlx::query("INSERT INTO wechat (id, nickname, seen_at) VALUES (?, ?, ?)")
                .bind(wechat)
                .bind(called.unwrap_or_default())
                .bind(now.millis())
                .execute(&mut *connection)
                .await?;
        }
        let phone = PhoneNumber::parse(person.phone).ok_or_else(|| Problem::fault("a demo phone is none"))?;
        let bound_at = now.before(DAY * person.bound_days);
        sqlx::query(
            "INSERT INTO account (id, tenant, phone, phone_bound_at, nickname, member_until, role, password_hash,
                                  wechat, sso, sso_local_sign_in, created_at, pseudonym)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(secret::id())
        .bind(person.tenant)
        .bind(phone.as_str())
        .bind(bound_at.millis())
        .bind(person.nickname)
        .bind(person.member_days.map(|days| now.after(DAY * days).millis()))
        .bind(person.role)
        .bind(hash)
        .bind(person.wechat)
        .bind(person.sso)
        .bind(person.sso)
        .bind(now.before(DAY * 400).millis())
        .bind(secret::id())
        .execute(&mut *connection)
        .await?;
    }
    for (phone, picture) in portraits() {
        let account: String = sqlx::query_scalar("SELECT id FROM account WHERE phone = ?")
            .bind(phone)
            .fetch_one(&mut *connection)
            .await?;
        let id = avatar::keep(connection, &account, picture, now).await?;
        sqlx::query("UPDATE account SET avatar = ? WHERE id = ?")
            .bind(id)
            .bind(account)
            .execute(&mut *connection)
            .await?;
    }
    for (phone, starts_in) in MEETINGS {
        sqlx::query(
            "INSERT INTO meeting (id, account, starts_at, started_at)
             SELECT ?, id, ?, ? FROM account WHERE phone = ? AND tenant = ?",
        )
        .bind(secret::id())
        .bind(now.after(starts_in).millis())
        .bind(starts_in.is_zero().then(|| now.millis()))
        .bind(phone)
        .bind(PERSONAL)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// The pictures, drawn once.
fn portraits() -> &'static [(&'static str, Picture)] {
    static DRAWN: LazyLock<Vec<(&str, Picture)>> = LazyLock::new(|| {
        let drawn = PORTRAITS.iter().map(|(phone, colors)| Some((*phone, picture::print(&drawn(colors))?)));
        drawn.flatten().collect()
    });
    &DRAWN
}

/// A hill before the sun.
fn drawn([above, below, shape]: &[[u8; 3]; 3]) -> Pixels {
    const SIDE: usize = Size::Large.pixels() as usize;
    let disk = |x: usize, y: usize, middle: usize, radius: usize| {
        x.abs_diff(SIDE / 2).pow(2) + y.abs_diff(middle).pow(2) < radius.pow(2)
    };
    Pixels::drawn(SIDE, |x, y| {
        if disk(x, y, SIDE * 5 / 12, SIDE / 6) {
            return *shape;
        }
        if disk(x, y, SIDE, SIDE * 2 / 5) {
            return *below;
        }
        [0, 1, 2].map(|part| {
            let (above, below) = (usize::from(above[part]), usize::from(below[part]));
            ((above * (SIDE - y) + (above + below) / 2 * y) / SIDE) as u8
        })
    })
}

/// Moves the demo's clock and keeps that for the next start.
pub(crate) async fn move_clock(store: &Store, clock: &Clock, seconds: i64) -> Result<(), Problem> {
    let mut tx = store.write().await?;
    let moved = clock.advance(seconds);
    sqlx::query("INSERT INTO setting (key, value) VALUES ('clock', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .bind(moved.to_string())
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Puts the clock where the last run left it.
pub(crate) async fn restore_clock(store: &Store, clock: &Clock) -> Result<(), Problem> {
    let mut reader = store.read().await?;
    let kept: Option<String> = sqlx::query_scalar("SELECT value FROM setting WHERE key = 'clock'")
        .fetch_optional(&mut *reader)
        .await?;
    if let Some(moved) = kept.and_then(|text| text.parse().ok()) {
        clock.put(moved);
    }
    Ok(())
}
