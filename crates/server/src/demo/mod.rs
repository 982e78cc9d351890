//! The demo: its data, its stand-ins with their pages, and its clock.

mod host;
mod local;
mod phone;
mod words;

use crate::clock::{Clock, Moment};
use crate::domain::ids::AccountId;
use crate::domain::scan::Identity;
use crate::gateway::meeting_service::MeetingService;
use crate::gateway::sms::Sms;
use crate::gateway::stand_in::{DemoPhone, Farewells, Inbox};
use crate::gateway::wechat::Wechat;
use crate::hasher;
use crate::http::edge::StandIns;
use crate::picture::{self, Picture, Pixels};
use crate::problem::Problem;
use crate::rules::{self, limits};
use crate::secret;
use crate::state::AppState;
use crate::store::{NewAccount, NewPresence, PERSONAL, Store, WriteTx};
use contract::account::{DeviceKind, Edition, Role};
use contract::avatar::Size;
use contract::phone::PhoneNumber;
use std::sync::LazyLock;
use std::time::Duration;

/// The password of every demo account.
pub(crate) const PASSWORD: &str = "demo-Password-2026";

const ENTERPRISE: &str = "yunqiao";
const BUSINESS: &str = "nanzhi";

struct Person<'a> {
    phone: &'a str,
    nickname: &'a str,
    tenant: &'a str,
    role: Option<Role>,
    wechat: Option<&'a str>,
    bound_days: u32,
    member_days: Option<u32>,
    sso: bool,
}

const fn person<'a>(phone: &'a str, nickname: &'a str) -> Person<'a> {
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

const fn employee<'a>(phone: &'a str, nickname: &'a str, tenant: &'a str, role: Role) -> Person<'a> {
    Person { tenant, role: Some(role), ..person(phone, nickname) }
}

/// The product's table of demo accounts, in its order.
const PEOPLE: [Person<'static>; 12] = [
    Person { wechat: Some("wx-lin"), ..person("13800000001", "林晓") },
    Person { member_days: Some(200), ..person("13800000002", "陈默") },
    Person { wechat: Some("wx-zhou"), bound_days: 3, ..person("13800000003", "周宁") },
    Person { wechat: Some("wx-he"), ..employee("13800000004", "何苗", BUSINESS, Role::Ordinary) },
    employee("13800000005", "许安", ENTERPRISE, Role::Ordinary),
    Person { wechat: Some("wx-qin"), ..employee("13800000006", "秦岚", ENTERPRISE, Role::SuperAdmin) },
    Person { sso: true, ..employee("13800000007", "沈舟", ENTERPRISE, Role::Ordinary) },
    employee("13800000008", "罗一", ENTERPRISE, Role::Admin),
    Person { wechat: Some("wx-sun"), ..person("13800000009", "孙悦") },
    employee("13800000009", "孙悦", ENTERPRISE, Role::Ordinary),
    employee("13800000010", "唐棠", BUSINESS, Role::SuperAdmin),
    Person { wechat: Some("wx-ho"), ..person("+85261234567", "何家慧") },
];

/// The accounts with a picture, and its colors: the sky above and below, and the sun.
const PORTRAITS: [(&str, [[u8; 3]; 3]); 3] = [
    ("13800000002", [[255, 214, 165], [255, 140, 120], [255, 245, 225]]),
    ("13800000006", [[176, 224, 230], [86, 130, 190], [240, 250, 255]]),
    ("13800000008", [[200, 230, 201], [67, 140, 110], [245, 255, 240]]),
];

/// The organizations' other members, so that their lists are worth searching; their numbers are from a range
/// that no demo account has.
const MEMBERS: [(&str, &str, [&str; 12]); 2] = [
    (
        ENTERPRISE,
        "199000001",
        [
            "顾晨",
            "宋瑶",
            "方远",
            "蒋一鸣",
            "韩雪",
            "邓凯",
            "冯璐",
            "曹宇",
            "彭悦",
            "ليلى",
            "董洁",
            "E\u{301}milie",
        ],
    ),
    (
        BUSINESS,
        "199000002",
        ["叶知秋", "苏文", "陆川", "温雅", "季然", "白露", "江月", "程果", "邵阳", "简宁", "夏禾", "محمد"],
    ),
];

/// A running meeting: phone of the account, kind of device, whether own, title, minutes since it began.
type RunningMeeting = (&'static str, DeviceKind, bool, &'static str, u32);

const RUNNING: [RunningMeeting; 4] = [
    ("13800000001", DeviceKind::Windows, true, "产品周会", 25),
    ("13800000001", DeviceKind::Ios, false, "客户需求沟通", 8),
    ("13800000006", DeviceKind::Mac, true, "云桥季度经营会", 40),
    ("13800000006", DeviceKind::Ipad, true, "新员工入职培训", 15),
];

/// Scheduled meetings: phone of the account, title, days until it starts.
const SCHEDULED: [(&str, &str, u32); 2] =
    [("13800000001", "读书会：第三章", 1), ("13800000002", "毕业十年线上聚会", 3)];

/// How long history sync has been on for every account of the table.
const SYNCED_FOR: Duration = Duration::from_secs(20 * 24 * 3600);

/// Past meetings: days ago, title, minutes, whether own, and which of the account's two devices. Some ended
/// before history sync was on, some after.
const PAST: [(u32, &str, u32, bool, usize); 10] = [
    (1, "项目站会", 20, false, 0),
    (2, "设计评审", 55, true, 1),
    (4, "一对一沟通", 30, true, 0),
    (8, "双周复盘", 65, false, 1),
    (12, "供应商答疑", 40, false, 0),
    (18, "版本发布会", 90, true, 1),
    (23, "年度计划讨论", 75, true, 0),
    (29, "面试：前端工程师", 45, false, 1),
    (41, "用户访谈", 50, true, 0),
    (66, "全员大会", 85, false, 1),
];

/// Titles of meetings that are started by hand at the stand-in of the meeting service.
const ANY: [&str; 4] = ["临时讨论", "站会", "方案对齐", "答疑"];

/// The demo's WeChats and their nicknames; the last three are bound to no account.
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

/// The identity that WeChat makes up for a visitor of a page shown as a snapshot.
pub(crate) const VISITOR: &str = "wx-visitor";

/// The accounts, as printed when the demo starts.
pub(crate) const ACCOUNTS: &str = "\
demo accounts, password of all demo-Password-2026:
  13800000001 free              13800000007 enterprise, SSO
  13800000002 member            13800000008 enterprise, admin
  13800000003 free, new phone   13800000009 free and enterprise
  13800000004 business          13800000010 business, super admin
  13800000005 enterprise        +85261234567 free, outside +86
  13800000006 enterprise, super admin
";

/// Inserts the demo data if there is none.
pub(crate) async fn seed_if_empty(store: &Store, now: Moment) -> Result<(), Problem> {
    let mut tx = store.write().await?;
    if tx.is_empty().await? {
        // One hash for all: the password is the same, and twelve hashes would delay the start.
        seed(&mut tx, &hasher::hash(PASSWORD)?, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Resets the demo data: all sessions, browsers and codes are deleted, and the clock loses its offset.
pub(crate) async fn reset(store: &Store, clock: &Clock) -> Result<(), Problem> {
    let hash = hasher::hash(PASSWORD)?;
    let mut tx = store.write().await?;
    tx.delete_all().await?;
    tx.clear_demo_clock().await?;
    seed(&mut tx, &hash, clock.unmoved()).await?;
    tx.commit().await?;
    clock.put(0);
    Ok(())
}

async fn seed(tx: &mut WriteTx, hash: &str, now: Moment) -> Result<(), Problem> {
    for (id, name, edition, avatars_open) in [
        (PERSONAL, "", Edition::Free, false),
        (ENTERPRISE, "云桥科技", Edition::Enterprise, true),
        (BUSINESS, "南枝设计", Edition::Business, false),
    ] {
        tx.insert_tenant(&id.into(), name, edition, avatars_open).await?;
    }
    for (id, nickname) in
        WECHATS.iter().filter(|(id, _)| PEOPLE.iter().any(|person| person.wechat == Some(id)))
    {
        let who = Identity { id: (*id).to_owned(), nickname: (*nickname).to_owned(), snapshot: false };
        tx.remember_wechat(&who, now).await?;
    }
    for (at, person) in PEOPLE.iter().enumerate() {
        // Super admins were the first members.
        let days = if person.role == Some(Role::SuperAdmin) { 430 } else { 400 };
        let created_at =
            now.before(limits::DAY * days).after(limits::HOUR * u32::try_from(at).unwrap_or_default());
        let history_since = Some(now.before(SYNCED_FOR));
        let phone = number(person.phone)?;
        let account = open(tx, person, &phone, hash, (created_at, history_since), now).await?;
        meet(tx, &account, &phone, at, now).await?;
        for (_, title, days) in SCHEDULED.iter().filter(|(whose, ..)| *whose == person.phone) {
            let account =
                tx.account(&account).await?.ok_or_else(|| Problem::fault("an account is missing"))?;
            tx.schedule(&account, &secret::id(), title, now.after(limits::DAY * *days)).await?;
        }
        if let Some((_, picture)) = portraits().iter().find(|(whose, _)| *whose == person.phone) {
            let id = tx.insert_picture(&account, picture, now).await?;
            tx.set_demo_avatar(&account, &id).await?;
        }
    }
    for (tenant, range, nicknames) in MEMBERS {
        for (at, nickname) in (1_u32..).zip(nicknames) {
            let phone = format!("{range}{at:02}");
            let role = if at == 1 && tenant == BUSINESS { Role::Admin } else { Role::Ordinary };
            let created_at = now.before(limits::DAY * (390 - 28 * at));
            let person = employee(&phone, nickname, tenant, role);
            open(tx, &person, &number(&phone)?, hash, (created_at, None), now).await?;
        }
    }
    Ok(())
}

fn number(typed: &str) -> Result<PhoneNumber, Problem> {
    PhoneNumber::parse(typed).ok_or_else(|| Problem::fault("a phone of the demo is none"))
}

/// Inserts an account, given when it was created and since when it syncs its history.
async fn open(
    tx: &mut WriteTx,
    person: &Person<'_>,
    phone: &PhoneNumber,
    hash: &str,
    (created_at, history_since): (Moment, Option<Moment>),
    now: Moment,
) -> Result<AccountId, Problem> {
    let account = NewAccount {
        tenant: &person.tenant.into(),
        phone,
        phone_bound_at: now.before(limits::DAY * person.bound_days),
        nickname: person.nickname,
        member_until: person.member_days.map(|days| now.after(limits::DAY * days)),
        role: person.role,
        password_hash: hash,
        wechat: person.wechat,
        sso: person.sso,
        created_at,
        history_since,
    };
    tx.insert_account(&account).await
}

/// Inserts the meetings of an account of the table, on two devices on which nobody is signed in.
async fn meet(
    tx: &mut WriteTx,
    account: &AccountId,
    phone: &PhoneNumber,
    at: usize,
    now: Moment,
) -> Result<(), Problem> {
    let running: Vec<RunningMeeting> =
        RUNNING.into_iter().filter(|(whose, ..)| number(whose).is_ok_and(|whose| whose == *phone)).collect();
    let kinds = match running[..] {
        [(_, first, ..), (_, second, ..)] => [first, second],
        _ if at.is_multiple_of(2) => [DeviceKind::Mac, DeviceKind::Ios],
        _ => [DeviceKind::Windows, DeviceKind::Android],
    };
    let mut devices = Vec::new();
    for kind in kinds {
        devices.push(tx.device_of_kind(account, kind, now.before(limits::DAY)).await?);
    }
    let minutes = |minutes: u32| Duration::from_secs(60) * minutes;
    let past = PAST.into_iter().map(|(days, title, length, own, on)| {
        let started_at = now.before(limits::DAY * days).before(minutes(length));
        (title, own, on, started_at, Some(started_at.after(minutes(length))))
    });
    let running = running
        .into_iter()
        .enumerate()
        .map(|(on, (_, _, own, title, begun))| (title, own, on, now.before(minutes(begun)), None));
    for (title, own, on, started_at, ended_at) in past.chain(running) {
        let since = now.before(SYNCED_FOR);
        tx.insert_demo_presence(&NewPresence {
            account,
            device: &devices[on],
            kind: kinds[on],
            own,
            title,
            started_at,
            ended_at,
            synced: ended_at.map(|ended_at| rules::meetings::is_synced(Some(since), ended_at)),
        })
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

/// Draws a hill before the sun.
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

/// A meeting started by hand: its id at the meeting service, and its title.
pub(crate) fn any_meeting(own: bool) -> (String, &'static str) {
    let id = secret::id();
    let at = usize::from(id.as_bytes().first().is_some_and(|byte| byte % 2 == 0)) * 2 + usize::from(own);
    (id, ANY[at])
}

/// Moves the demo's clock and stores the offset for the next start.
pub(crate) async fn move_clock(store: &Store, clock: &Clock, seconds: i64) -> Result<(), Problem> {
    let mut tx = store.write().await?;
    let moved = clock.advanced(seconds);
    tx.set_demo_clock(moved).await?;
    tx.commit().await?;
    // After the commit: an offset that is not stored would be lost at the next start.
    clock.put(moved);
    Ok(())
}

/// Restores the clock's offset from the last run.
pub(crate) async fn restore_clock(store: &Store, clock: &Clock) -> Result<(), Problem> {
    if let Some(moved) = store.read().await?.demo_clock().await? {
        clock.put(moved);
    }
    Ok(())
}

/// The stand-ins of a demo server and their memory. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Demo {
    pub(crate) inbox: Inbox,
    pub(crate) phone: DemoPhone,
    pub(crate) farewells: Farewells,
}

impl Demo {
    pub(crate) fn sms(&self) -> Sms {
        Sms::inbox(self.inbox.clone())
    }

    pub(crate) fn wechat(&self) -> Wechat {
        Wechat::stand_in(self.phone.clone(), self.inbox.clone())
    }

    pub(crate) fn meeting_service(&self) -> MeetingService {
        MeetingService::stand_in(self.farewells.clone())
    }

    /// The routes of the stand-ins' pages.
    pub(crate) fn routes(&self, state: &AppState) -> StandIns {
        let stage = Stage { state: state.clone(), demo: self.clone() };
        StandIns {
            local: local::router().merge(host::router()).with_state(stage.clone()),
            phones: phone::router().with_state(stage),
        }
    }
}

/// The state of the stand-ins' pages.
#[derive(Clone)]
struct Stage {
    state: AppState,
    demo: Demo,
}
