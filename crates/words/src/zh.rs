//! Chinese, the source of all words. 账号, never the other character; 注销 only for canceling.

use super::{
    Account, Activity, Avatar, Cancel, Chooser, Common, Console, Devices, History, Kiosk, Lang, Messages,
    NotFound, Occasion, Overview, Password, Phone, Scan, SignIn, Spell, StepUp, Wechat,
};
use contract::account::{DeviceKind, Edition, Role, Way};
use contract::activity::SecurityEvent;
use contract::cancel::Remains;
use contract::limits::{PASSWORD_LONGEST, PASSWORD_SHORTEST};
use contract::meetings::MeetingRule;
use contract::problem::Trouble;
use contract::refusal::{AvatarFlaw, PasswordFlaw, Refusal, SessionEnd};
use contract::text::isolated;
use contract::{
    code_minutes, password_longest, password_shortest, phone_age_days, picture_megabytes, picture_side,
    rest_hours, step_up_minutes,
};
use std::borrow::Cow;

pub(super) const TAG: &str = "zh-CN";

pub(super) const fn messages(spell: Spell) -> Messages {
    Messages {
        lang: Lang::Zh,
        tag: TAG,
        product: "账号与安全",
        spell,
        refusal,
        trouble,
        support: ["如需帮助，请把编号 ", " 提供给客服。"],
    }
}

pub(super) static COMMON: Common = Common {
    loading: "正在加载…",
    retry: "重试",
    part_missing: "页面的一部分未能取得，可能刚刚发布了新版本。请重试。",
    home: "返回账号与安全",
    dismiss: "知道了",
    code: "验证码",
    code_hint: |digits| format!("短信中的 {digits} 位数字"),
    send_code: "获取验证码",
    resend_in: |seconds| format!("{seconds}s 后重新获取"),
    sent_to: |to, serial| {
        format!(
            concat!("验证码已发送至 {}，", code_minutes!(), " 分钟内有效。请查看序号为 {} 的短信。"),
            to, serial
        )
    },
    code_missing: "请输入短信中的数字验证码。",
    code_first: "请先获取验证码，再填写短信中的数字。",
    phone_missing: "请输入正确的手机号，中国大陆手机号为 11 位数字。",
    password: "密码",
    password_missing: "请输入密码。",
    show_password: "显示",
    hide_password: "隐藏",
    confirming: "正在确认结果…请稍候，不会重复提交。",
    brand: "门神",
};

pub(super) static SIGN_IN: SignIn = SignIn {
    title: "登录",
    by_sms: "短信登录",
    by_password: "密码登录",
    by_wechat: "微信登录",
    phone: "手机号",
    phone_hint: "境外号码请以 + 和国家或地区代码开头",
    submit: "登录",
    agree: "我已阅读并同意",
    terms: "《用户协议》",
    and: "和",
    privacy: "《隐私政策》",
    agree_first: "请先阅读并勾选同意《用户协议》和《隐私政策》。",
    sms_hint: "未注册的中国大陆手机号验证后会自动创建免费版账号。请勿把验证码告诉任何人。手机号已停用或手机不在身边时，可改用密码登录。",
    forgot_password: "忘记密码？可改用短信登录。",
    wechat_hint: "用已绑定账号的微信扫码，在手机上允许后即可登录。不方便扫码时，可改用短信或密码登录。",
    wechat_show: "显示二维码",
    wechat_unbound: "这个微信还没有绑定账号。请先用短信或密码登录，再在“账号与安全”中绑定微信。",
    other_tab: "这个浏览器已退出登录，可能是在另一个页面退出的。如需继续，请重新登录。",
    no_cookies: "浏览器已阻止 Cookie，现在无法登录。请在浏览器的设置中允许本网站使用 Cookie，然后刷新页面。",
    sign_out_pending: "这个页面已清除你的账号信息。暂时无法确认服务器已完成退出，网络恢复或重新打开这个页面后会自动完成；在此之前，请不要把这个浏览器交给他人。",
};

pub(super) static CHOOSER: Chooser = Chooser {
    choose: "选择要登录的账号",
    choose_hint: "有多个账号可以登录，请选择其中一个。",
    confirm: "登录到这个账号？",
    confirm_hint: "这个浏览器还没有登录过它。如果不是你的账号，请不要继续：可能有人用自己的微信扫了你的二维码。",
    not_mine: "不是我的账号，重新登录",
    personal: "个人账号",
    other_number: "换个手机号登录",
    leaving: "账号正在注销",
    leaving_left: |days| {
        format!("正在注销，剩余 {days} 天。到期后账号会被删除，无法找回。想继续使用，请撤销注销。")
    },
    keep: "撤销注销",
};

pub(super) static OVERVIEW: Overview = Overview {
    title: "账号与安全",
    security: "账号安全",
    managed: |organization| format!("由 {} 管理", isolated(organization)),
    change_avatar: "更换头像",
    phone: "手机号",
    change_phone: "更换手机号",
    wechat: "微信",
    wechat_none: "未绑定",
    bind_wechat: "绑定微信",
    change_wechat: "更换微信",
    password: "登录密码",
    password_set: "已设置",
    password_not_set: "未设置",
    set_password: "设置密码",
    change_password: "修改密码",
    devices: "登录设备",
    devices_hint: "查看和退出已登录的设备",
    see_devices: "查看设备",
    history: "历史会议",
    history_hint: "查看和同步已结束的会议",
    see_history: "查看历史会议",
    activity: "安全动态",
    activity_hint: "最近的登录和更改",
    see_activity: "查看动态",
    cancel: "注销账号",
    cancel_hint: "永久删除这个账号",
    cancel_account: "注销账号",
    sign_out: "退出登录",
    enterprise: "企业管理",
    settings: "账户设置",
    settings_hint: "企业用户能否修改头像",
    see_settings: "查看设置",
    users: "用户管理",
    users_hint: "查找用户，更换角色，删除用户",
    see_users: "管理用户",
};

pub(super) static ACCOUNT: Account = Account {
    edition: |edition| match edition {
        Edition::Free => "免费版",
        Edition::Member => "会员版",
        Edition::Business => "商业版",
        Edition::Enterprise => "企业版",
    },
    close: "关闭",
    just_now: "刚刚",
    cancel: "取消",
    menu: "账号菜单",
    back: "上一步",
    next: "下一步",
    lost_title: "无法显示这次操作的结果",
    lost_lead: "结果可能已过期。现在的状态请在“账号与安全”中查看。",
    progress: |step, steps| format!("第 {step} 步，共 {steps} 步"),
};

pub(super) static STEP_UP: StepUp = StepUp {
    title: "验证身份",
    lead: "为了你的账号安全，请先选择一种方式验证身份。",
    way: |way| match way {
        Way::Sms => "短信验证码验证",
        Way::Password => "密码验证",
        Way::Wechat => "微信验证",
    },
    way_hint: |way, phone| match way {
        Way::Sms => format!("发送验证码到 {phone}"),
        Way::Password => "使用你的登录密码".into(),
        Way::Wechat => "使用你绑定的微信".into(),
    },
    sms_title: "短信验证码验证",
    sms_lead: |phone| format!("我们会向已绑定的手机号 {phone} 发送验证码。"),
    sms_risk: "请勿把验证码告诉任何人。收不到短信或担心短信被他人看到时，可使用其他验证方式。",
    password_title: "密码验证",
    password_lead: "请输入你自己的登录密码。",
    wechat_title: "微信验证",
    wechat_lead: "请用你绑定的微信扫码，并在手机上允许。",
    other_way: "使用其它身份验证方式",
    no_password: "这个账号还没有设置密码。",
    gate: |occasion| match occasion {
        Occasion::EndOthers => ["验证通过后，将立即退出其他设备，这台设备保持登录。", "验证并退出其他设备"],
        Occasion::NotMe => [
            "验证通过后，其他设备会立即退出登录，未完成的更改需要重新验证；这台设备保持登录。",
            "验证并保护账号",
        ],
        Occasion::EndDevice => {
            ["验证通过后，将立即退出下面这台设备，现在使用的设备保持登录。", "验证并退出该设备"]
        }
        Occasion::DeleteUser => [
            "验证通过后，将立即删除下面这位用户的账号：其所有设备退出登录，个人信息全部清除，且无法恢复。",
            "验证并删除用户",
        ],
        Occasion::MakeSuperAdmin => [
            "验证通过后，下面这位用户将成为超级管理员，可以管理企业的所有人，包括你。企业的每位超级管理员都会收到通知。",
            "验证并设为超级管理员",
        ],
        Occasion::UnmakeSuperAdmin => [
            "验证通过后，下面这位用户将不再是超级管理员。企业的每位超级管理员都会收到通知。",
            "验证并更换角色",
        ],
    },
};

pub(super) static SCAN: Scan = Scan {
    label: "微信二维码",
    how: "打开微信，用“扫一扫”扫描二维码。",
    same_phone: "微信就在这台设备上？可截屏后在“扫一扫”中从相册选取。",
    loading: "正在获取二维码…",
    offline: "网络已断开，恢复后会自动继续。",
    left: |seconds| format!("剩余 {seconds} 秒"),
    scanned: "已扫描。请在手机上核对这两位数字，一致再允许。",
    not_mine: "不是我扫的，换一个二维码",
    allowed: "手机上已允许，正在继续…",
    again: "重新获取二维码",
    open: "打开微信",
    opened: "请在微信中允许，然后回到这里。",
    untrusted: "二维码的地址不属于我们或微信，因此没有显示。请重新获取；如仍不行，请换用其他方式。",
};

pub(super) static PHONE: Phone = Phone {
    title: "更换手机号",
    bound: "当前绑定的手机号",
    consequences: [
        "更换后，所有设备都需要用新手机号重新登录，包括这台设备。",
        concat!("旧手机号 ", rest_hours!(), " 小时后才能被其他账号绑定。"),
        "只更换当前账号的手机号，同一手机号下的其他账号不受影响。",
    ],
    number_title: "填写新手机号",
    number: "新手机号",
    number_hint: "仅支持中国大陆手机号",
    targets_left: |left| format!("本次还可以尝试 {left} 个手机号。"),
    code_title: "验证新手机号",
    code_lead: |phone| format!("请输入发送到新手机号 {phone} 的验证码。"),
    code_only_sms: "这一步用来确认新手机号在你手中，因此只能使用短信。请勿把验证码告诉任何人。",
    submit: "确认更换",
    other_number: "修改手机号",
    done_title: "手机号已更换",
    done_lead: |phone| format!("这个账号现在绑定 {phone}。"),
    done_facts: [
        "所有设备都已退出登录，请用新手机号重新登录。",
        concat!(rest_hours!(), " 小时内，其他账号不能绑定旧手机号，你可以绑定回来。"),
        "我们会发短信通知旧手机号，绑定了微信的也会通知微信。如果不是你本人操作，请按通知中的提示处理。",
    ],
    sign_in: "用新手机号登录",
};

pub(super) static WECHAT: Wechat = Wechat {
    change_title: "更换微信",
    bind_title: "绑定微信",
    bound: "当前绑定的微信",
    none: "还没有绑定微信",
    change_facts: [
        "更换后，用原微信登录的设备会退出登录；这台设备保持登录。",
        "之后请用新微信扫码登录，手机号和登录密码不变。",
        "我们会通知你绑定的手机号和原微信。",
    ],
    bind_facts: [
        "绑定后，可以用这个微信扫码登录，也可以用它验证身份。",
        "绑定后可以更换为其他微信，但不能解绑。",
        "我们会发短信通知你绑定的手机号。",
    ],
    way: |way| match way {
        Way::Sms => "通过手机号验证",
        Way::Password => "通过密码验证",
        Way::Wechat => "通过原微信号验证",
    },
    new_title: "绑定新微信",
    new_lead: "身份验证已通过。下一步请用要绑定的微信扫码，并在手机上允许。",
    go: "去绑定新微信",
    confirm_title: "确认新微信",
    confirm_lead: "将要绑定下面这个微信。请确认它是你本人的，再继续。",
    submit: "确认绑定",
    another: "不是这个，换一个微信",
    bound_title: "微信已绑定",
    changed_title: "微信已更换",
    done_lead: |nickname| format!("这个账号现在绑定微信“{}”。", isolated(nickname)),
    bound_fact: "以后可以用这个微信扫码登录，也可以用它验证身份。",
    changed_fact: "以后请用这个微信扫码登录。用原微信登录的设备都已退出登录。",
    done_facts: [
        "这台设备保持登录。",
        "我们会通知你绑定的手机号，更换前绑定的微信也会收到通知。如果不是你本人操作，请按通知中的提示处理。",
    ],
};

pub(super) static PASSWORD: Password = Password {
    set_title: "设置登录密码",
    change_title: "修改登录密码",
    lead: "登录密码和手机号一起用于登录。",
    consequences: [
        "新密码生效后，其他设备都会退出登录，需要重新登录。",
        "这台设备保持登录。",
        "以后用新密码登录；短信登录照常可用。",
    ],
    new_title: "输入新密码",
    rules: [
        "任何字符都可以，包括空格；可以粘贴，不要求大小写或符号。",
        "太常见或容易猜到的密码会被拒绝。请不要用生日、手机号或重复的字符。",
    ],
    example: "好记的办法是用一句只有你知道的话，例如 wo zui ai zhou mo xia yu tian（请不要直接用这一句）。",
    new: "新密码",
    hint: concat!(password_shortest!(), " 到 ", password_longest!(), " 个字符"),
    missing: "请输入新密码。",
    submit: "确认设置",
    done_title: "登录密码已设置",
    done_lead: "新密码已经生效，以后请用它登录这个账号。",
    done_facts: [
        "其他设备都已退出登录，不能再继续使用这个账号。",
        "这台设备不受影响，可以放心继续使用。",
        "我们会发短信通知账号绑定的手机号，绑定了微信的也会通知微信。如果不是你本人设置的，请立即用短信登录并重新设置密码。",
    ],
    sign_in: "用新密码登录",
};

pub(super) static CANCEL: Cancel = Cancel {
    title: "注销账号",
    lead: "注销后账号会被永久删除。请先看清会发生什么。",
    closed: "这个账号不能自行注销",
    facts: [
        "所有设备都会退出登录，账号注销后无法再登录。",
        "昵称、头像、手机号、微信、密码、登录设备和会议记录都会删除，无法找回。",
    ],
    benefits: |days| format!("会员权益还剩 {days} 天。注销视为放弃，不退还，重新注册也无法恢复。"),
    running: |count| format!("你发起的 {count} 个会议正在进行，会随账号删除。"),
    scheduled: |count| format!("你预约的 {count} 个会议，会随账号删除。"),
    kept: "会保留什么",
    remains: |what, days| match (what, days) {
        (Remains::RestingNumber, _) => {
            concat!("手机号 ", rest_hours!(), " 小时内不能用来注册或绑定，防止他人冒用。").into()
        }
        (Remains::Receipt, days) => {
            format!("注销回执保留 {} 年，用于处理争议，只以代号记录。", days.div_ceil(365))
        }
        (Remains::AuditTrail, days) => {
            format!("安全日志保留 {} 年，用于调查滥用，只以代号记录。", days.div_ceil(365))
        }
    },
    undo: |days| match days {
        0 => "确认后立即注销，不能撤销。".into(),
        _ => format!("确认后有 {days} 天冷静期，期间登录并选择“撤销注销”，可以保留账号。"),
    },
    agree: "我已阅读",
    notice: "《账号注销说明》",
    agree_first: "请先阅读《账号注销说明》并勾选“我已阅读”。",
    way: |way| match way {
        Way::Sms => "通过短信验证码验证",
        Way::Password => "通过手机号密码验证",
        Way::Wechat => "通过微信号验证",
    },
    confirm_title: "确认注销账号",
    confirm_lead: |phone| format!("身份验证已通过。将要注销的是绑定手机号 {phone} 的账号。"),
    go_on: "继续注销",
    last_word: |phone| format!("要注销绑定手机号 {phone} 的账号吗？"),
    submit: "确认注销",
    stay: "暂不注销",
    done_title: "账号已注销",
    cooling_title: "账号正在注销",
    receipt: "注销回执编号",
    keep_receipt: "请保存这个编号，联系客服时需要。",
    done_facts: [
        "所有设备都已退出登录。",
        concat!(rest_hours!(), " 小时内，任何人都不能用原手机号注册或绑定。"),
        "我们会通知原手机号，绑定了微信的也会通知微信。如果不是你本人操作，请立即联系客服并提供回执编号。",
    ],
    cooling_told: "我们会通知手机号，绑定了微信的也会通知微信。如果不是你本人操作，请立即登录，撤销注销并修改登录密码。",
    cooling_lead: |until| format!("账号将在 {until} 注销。在此之前登录并选择“撤销注销”，可以保留账号。"),
    sign_in: "返回登录",
};

pub(super) static AVATAR: Avatar = Avatar {
    title: "更换头像",
    lead: "头像会显示在账号页面；企业账号的头像，超级管理员也能看到。",
    files: concat!(
        "支持 PNG、JPEG、WebP 图片，不超过 ",
        picture_megabytes!(),
        " MB、",
        picture_side!(),
        " × ",
        picture_side!(),
        " 像素。",
    ),
    present: "当前头像",
    pick: "选择图片",
    drop: "也可以把图片拖到这里",
    no_file: "拖到这里的不是图片文件。网页上的图片请先保存到设备，再选择它。",
    frame: "裁剪框",
    frame_hint: "拖动图片，或点一下要放在中间的位置；双指可缩放。",
    frame_keys: "滚轮也可缩放；键盘用方向键移动，+ 和 - 缩放。",
    zoom: "缩放",
    percent: |percent| format!("{percent}%"),
    turn: "旋转",
    whole: "整张图片",
    save: "保存",
    another: "换一张",
    sending: |percent| format!("正在上传 {percent}%"),
    stop: "取消上传",
    changed: "头像已更换。",
    remove: "移除头像",
    remove_title: "移除头像？",
    remove_lead: "移除后，头像处会显示昵称的第一个字。",
    remove_submit: "移除",
    removed: "头像已移除。",
};

pub(super) static DEVICES: Devices = Devices {
    lead: "你的账号正登录在这些设备上。如果有不是你本人的登录，请退出其他设备并修改登录密码。",
    kind: device,
    here: "本机",
    signed_in: |time, way| match way {
        Way::Sms => format!("{time} 用短信登录"),
        Way::Password => format!("{time} 用密码登录"),
        Way::Wechat => format!("{time} 用微信登录"),
    },
    last_seen: |time| format!("最近使用：{time}"),
    end_others: "退出其他设备",
    only_here: "只有这台设备登录着你的账号。",
    ended: |count| match count {
        0 => "没有其他设备登录着你的账号。".into(),
        _ => format!("已退出 {count} 台其他设备，这台设备保持登录。"),
    },
    end: "退出",
    end_one: |kind| format!("退出{}", spaced(device(kind))),
    ended_one: |kind| format!("已退出{}，这台设备保持登录。", spaced(device(kind))),
    gone: "这台设备已经退出登录，列表已更新。",
    meetings: "同时入会",
    rule: |rule| match rule {
        MeetingRule::M1 => "自己发起的会议，同一时间只能加入其中一场。",
        MeetingRule::M2 => "登录五端，可以同时加入 5 场他人发起的不同会议，五端合计最多 5 场。",
        MeetingRule::M3 => "登录五端，可以同时发起或加入 5 场不同的会议。",
        MeetingRule::M4 => {
            "同一种设备同一时间只能在一场会议中；换一种设备加入同一场会议，会从原设备转移过来。"
        }
    },
    taken: |count| format!("五端中有 {count} 端正在会议中"),
    free: "空闲",
    own: "自己发起",
    others: "他人发起",
    untitled: "未命名的会议",
    since: |time| format!("{time}加入"),
    beside: "网页上的会议，不占用五端",
    ask: "还能再加入一场吗？",
    ask_kind: "用哪种设备",
    ask_own: "会议由谁发起",
    can_join: "可以加入。",
    cannot_join: "现在不能加入：",
    in_the_way: |rule, kind, title| {
        let (kind, title) = (device(kind), isolated(title));
        match rule {
            MeetingRule::M1 => format!("请先离开正在进行的“{title}”（{kind}）。"),
            MeetingRule::M2 | MeetingRule::M3 => {
                format!("五端都在会议中，请先离开其中一场，例如“{title}”（{kind}）。")
            }
            MeetingRule::M4 => format!("请先离开“{title}”（{kind}），或换一种空闲的设备。"),
        }
    },
    signed_out: "该设备的登录已结束",
};

pub(super) static HISTORY: History = History {
    lead: "在这台设备上可以看到的会议，最近的在前。",
    menu: "更多",
    sync: "开启同步历史会议",
    sync_facts: [
        "仅对开启后结束的会议进行多端同步；开启前的会议记录保留在各自的设备上。",
        "关闭后，新的会议记录只保存在各自的设备上，不会同步到其他设备；已经同步的不受影响。",
    ],
    on: "已开启同步历史会议。",
    off: "已关闭同步历史会议。",
    synced: "已同步",
    only_here: "仅本机",
    minutes: |minutes| match (minutes / 60, minutes % 60) {
        (0, 0) => "不到 1 分钟".into(),
        (0, minutes) => format!("{minutes} 分钟"),
        (hours, 0) => format!("{hours} 小时"),
        (hours, minutes) => format!("{hours} 小时 {minutes} 分钟"),
    },
    none: "这台设备上还没有历史会议。",
    more: "查看更早的会议",
};

pub(super) static ACTIVITY: Activity = Activity {
    lead: "账号一年内的登录和更改，最近的在前。",
    failed: "最近 24 小时未通过的验证",
    wrong: |way| match way {
        Way::Sms => "验证码不正确",
        Way::Password => "密码不正确",
        Way::Wechat => "微信验证未通过",
    },
    events: "登录和更改",
    what: |what| match what {
        SecurityEvent::AccountOpened => "开通账号",
        SecurityEvent::SignedIn => "登录",
        SecurityEvent::SignedOut => "退出登录",
        SecurityEvent::SteppedUp => "验证身份",
        SecurityEvent::PhoneChanged => "更换手机号",
        SecurityEvent::PasswordSet => "设置登录密码",
        SecurityEvent::OthersEnded => "退出其他设备",
        SecurityEvent::WechatBound => "绑定微信",
        SecurityEvent::WechatChanged => "更换微信",
        SecurityEvent::CancelBegun => "申请注销账号",
        SecurityEvent::CancelUndone => "撤销注销",
        SecurityEvent::AccountCanceled => "注销账号",
        SecurityEvent::ProofFailed => "验证未通过",
        SecurityEvent::AvatarChanged => "更换头像",
        SecurityEvent::AvatarRemoved => "移除头像",
        SecurityEvent::DeviceEnded => "退出一台设备",
        SecurityEvent::HistoryOn => "开启同步历史会议",
        SecurityEvent::HistoryOff => "关闭同步历史会议",
        SecurityEvent::SettingsChanged => "更改企业能否修改头像的设置",
        SecurityEvent::RoleChanged => "更换用户的角色",
        SecurityEvent::UserDeleted => "删除企业用户",
        SecurityEvent::RoleGiven => "角色被超级管理员更换",
        SecurityEvent::Removed => "账号被超级管理员删除",
        SecurityEvent::Unknown => "其他更改",
    },
    by: |way| match way {
        Way::Sms => "短信",
        Way::Password => "密码",
        Way::Wechat => "微信",
    },
    more: "查看更早的动态",
    not_me: "不是我本人的操作",
    not_me_hint: "验证身份后，其他设备会立即退出登录，未完成的更改需要重新验证；接着请修改登录密码。",
    ended: |count| match count {
        0 => "没有其他设备需要退出；未完成的更改需要重新验证。".into(),
        _ => format!("已退出 {count} 台其他设备；未完成的更改需要重新验证。"),
    },
};

pub(super) static CONSOLE: Console = Console {
    closed: "企业管理仅供企业的超级管理员使用，你的账号现在不是超级管理员。如需操作，请联系企业的超级管理员。",
    closed_alone: "企业管理仅供企业的超级管理员使用，你的账号是个人账号，没有企业管理。",
    settings_place: "企业管理 > 账户管理 > 账户设置 > 会议设置",
    meetings: "会议设置",
    avatars: "允许企业用户修改头像",
    avatars_hint: "勾选后，企业的所有用户可以自行更换和移除头像。取消勾选后，所有人都不能更改头像，包括管理员和你自己；已有的头像会保留。更改立即生效。",
    saved: "已保存。",
    users_place: "企业管理 > 用户管理 > 用户列表",
    search: "搜索用户",
    search_long: |most| format!("最多搜索 {most} 个字，请删去一些。"),
    search_hint: "输入昵称中的字、手机号，或手机号的后四位数字",
    count: |count| format!("共 {count} 位用户，最早加入的在前"),
    found: |count| match count {
        0 => "没有找到用户。请检查昵称或手机号。".into(),
        _ => format!("找到 {count} 位用户"),
    },
    role: |role| match role {
        Role::SuperAdmin => "超级管理员",
        Role::Admin => "管理员",
        Role::Ordinary => "普通成员",
    },
    role_hint: |role| match role {
        Role::SuperAdmin => "可以使用企业管理：更改账户设置，更换角色，删除用户。",
        Role::Admin => "不能使用企业管理。注销或删除这个账号前，须先更换为其他角色。",
        Role::Ordinary => "不能使用企业管理。",
    },
    oneself: "本人",
    sso: "单点登录",
    since: |day| format!("{day}加入"),
    more: "更多",
    more_of: |nickname| format!("更多：{}", isolated(nickname)),
    next_page: "加载更多",
    change_role: "更换角色",
    own_role: "这是你自己的账号。更换为其他角色后，你立即不能再使用企业管理。",
    raise_title: |nickname| format!("将{}设为超级管理员？", isolated(nickname)),
    raise_lead: "对方将可以更改账户设置、更换角色和删除用户，包括更换你的角色。",
    leave_title: |role| format!("将自己的角色更换为{role}？"),
    leave_lead: "保存后，你立即不能再使用企业管理，只有其他超级管理员能恢复你的角色。",
    give_role: "确认更换",
    save: "保存",
    role_changed: |nickname, role| format!("{}的角色已更换为{role}。", isolated(nickname)),
    delete: "删除用户",
    own_delete: "不能在这里删除自己的账号。请由另一位超级管理员更换你的角色后删除。",
    delete_title: "删除这位用户？",
    delete_lead: |nickname, phone| {
        let nickname = isolated(nickname);
        format!("将要删除{nickname}（手机号 {phone}）在企业中的账号。立即生效，不能撤销。")
    },
    delete_facts: [
        "所有设备都会退出登录，账号无法再登录。",
        "昵称、头像、微信、密码、登录设备和会议（过往、进行中和预约的）都会删除。",
        concat!("手机号 ", rest_hours!(), " 小时内不能用来注册或绑定。我们会通知这位用户。"),
    ],
    delete_submit: "继续删除",
    deleted: |nickname| format!("{}的账号已删除。", isolated(nickname)),
    gone: "这位用户已不在企业中，可能刚刚被删除。列表已更新。",
};

pub(super) static KIOSK: Kiosk = Kiosk {
    shared: "这是公用设备。离开前请结束使用。",
    done: "我用完了",
    still_there: "还在使用吗？",
    ends_in: |seconds| format!("{seconds} 秒后将退出登录，并清除屏幕上的内容。"),
    stay: "继续使用",
    ending: "正在结束本次使用…",
    offline: "屏幕上的内容已清除。网络恢复后将回到登录页。",
};

pub(super) static NOT_FOUND: NotFound =
    NotFound { title: "页面不存在", lead: "链接可能已失效，或输入有误。" };

fn device(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Windows => "Windows 电脑",
        DeviceKind::Mac => "Mac 电脑",
        DeviceKind::Android => "安卓设备",
        DeviceKind::Ios => "iPhone",
        DeviceKind::Ipad => "iPad",
        DeviceKind::Web => "网页浏览器",
        DeviceKind::Kiosk => "公用设备",
    }
}

/// After a Chinese character, a foreign word stands behind a space.
fn spaced(word: &str) -> String {
    let space = if word.starts_with(|letter: char| letter.is_ascii()) { " " } else { "" };
    format!("{space}{word}")
}

/// Refusals that a sign-in can meet: what happened, why, what to do next.
fn refusal(refusal: &Refusal, spell: Spell) -> Option<Cow<'static, str>> {
    let until = |at| spell(TAG, at);
    use Refusal as R;
    Some(match refusal {
        R::CodeWrong { left } => format!("验证码不正确，还可以试 {left} 次。").into(),
        R::CodeExpired => "验证码已过期或失效，请重新获取。".into(),
        R::CodeSuperseded => "这是较早的一条验证码，请使用最新一条短信中的验证码。".into(),
        R::CodeTooMany { until: at } => format!("验证码错误次数过多，请在 {} 后重新获取。", until(at)).into(),
        R::SendTooOften { after } => {
            format!("刚刚已为这个手机号获取过验证码，请 {after} 秒后再获取。").into()
        }
        R::SendQuota { until: at } => {
            format!("获取验证码的次数已达上限，请在 {} 后再获取；如有其他方式，也可以改用。", until(at)).into()
        }
        R::PasswordWrong { left } => format!("密码不正确，还可以试 {left} 次。").into(),
        R::PasswordLocked { until: at } => {
            format!("密码错误次数过多，请在 {} 后重试，或改用短信验证码。", until(at)).into()
        }
        R::PhoneInvalid => "手机号格式不正确，请检查后重新输入。".into(),
        R::NotOnKiosk => "公用设备上不能进行此操作，请在自己的设备上操作。".into(),
        R::ScanExpired => "二维码已过期，请重新获取。".into(),
        R::ScanSuperseded => "这个二维码已失效（例如在另一个页面获取了新的），请重新获取。".into(),
        R::WechatDenied => "这次请求在微信中被拒绝，没有任何更改。如需继续，请重新获取二维码。".into(),
        R::WechatSnapshot => "微信只给出了访客身份，不能确认是你本人。请在微信中选择“使用完整服务”，再重新扫码。".into(),
        R::WechatNotFollowed => "请先在微信中关注我们的公众号，再重试。".into(),
        R::WechatNotInstalled => "这台设备没有安装微信，请换用其他方式。".into(),
        R::WechatBusy => "微信暂时没有响应，请稍后重试或换用其他方式。".into(),
        R::WayNotOpen => "当前不能使用这种验证方式，请换一种。".into(),
        R::SignInFailed => "这次登录已失效，请重新登录。".into(),
        R::SessionEnded { why } => match why {
            SessionEnd::NotSignedIn => "请先登录。",
            SessionEnd::SignedOut => "你已退出登录。",
            SessionEnd::PhoneChanged => "账号的手机号已更换，请用新手机号重新登录。如果不是你本人操作，请按旧手机号收到的短信处理。",
            SessionEnd::PasswordChanged => "账号的登录密码已更改，请用新密码或短信重新登录。如果不是你本人操作，请用短信登录后立即修改密码。",
            SessionEnd::WechatChanged => "账号绑定的微信已更换，请重新登录。",
            SessionEnd::AccountCanceled => "这个账号已注销。",
            SessionEnd::Removed => "这个账号已被企业超级管理员删除。如有疑问，请联系企业的超级管理员。",
            SessionEnd::EndedElsewhere => {
                "这台设备的登录已在其他设备上被结束，请重新登录。如果不是你本人操作，请登录后立即修改密码。"
            }
            SessionEnd::Expired => "登录已过期，请重新登录。",
            SessionEnd::AnotherAccount => {
                "这个浏览器现在登录的是另一个账号，页面已换成这个账号。之前账号的操作没有继续。"
            }
        }
        .into(),
        R::Forbidden => "没有权限进行此操作。如认为有误，请刷新页面后重试。".into(),
        R::NotFound => "要找的内容不存在或已过期，请返回后重试。".into(),
        R::KeyReused => "这次操作已经完成，以先提交的内容为准；刚才填写的没有生效。".into(),
        R::BadRequest => "提交的内容有误，请检查后重试；如仍不行，请刷新页面。".into(),
        R::TooBusy { after: after @ ..=120 } => format!("服务繁忙，请 {after} 秒后再试。").into(),
        R::TooBusy { after } => format!("服务繁忙，请 {} 分钟后再试。", after.div_ceil(60)).into(),
        R::SsoManaged => {
            "你的账号由企业单点登录管理，手机号、密码和微信不能在这里更改。请从企业的登录入口登录；如需更改，请联系企业管理员。".into()
        }
        R::PhoneResting { until: at } => {
            format!(concat!("该手机号 ", rest_hours!(), " 小时内刚从一个账号解绑，请在 {} 后再试，或换一个手机号。"), until(at)).into()
        }
        R::StepOutOfOrder => "步骤已变化，已为你更新到最新进度。".into(),
        _ => return None,
    })
}

/// All others.
pub(super) fn account_refusal(refusal: &Refusal, spell: Spell) -> Option<Cow<'static, str>> {
    let until = |at| spell(TAG, at);
    use Refusal as R;
    Some(match refusal {
        R::PasswordWeak { why } => match why {
            PasswordFlaw::Short => format!("密码太短，至少需要 {PASSWORD_SHORTEST} 个字符。").into(),
            PasswordFlaw::Long => format!("密码太长，最多 {PASSWORD_LONGEST} 个字符。").into(),
            PasswordFlaw::Common => "这个密码太常见或容易被猜到，请换一个，例如一句只有你知道的话。".into(),
        },
        R::StepUpNeeded { .. } => concat!("身份验证已失效（有效期 ", step_up_minutes!(), " 分钟），请重新验证，已填写的内容会保留。").into(),
        R::GrantExpired => "身份验证已过期，请重新验证。".into(),
        R::GrantWrongPurpose => "这次身份验证不能用于当前操作，请重新验证。".into(),
        R::ChangeGone => "这次操作已过期或已被取代，请重新开始。".into(),
        R::ChangeStale => "这次操作已有新的进度（例如在另一个页面继续过），已为你更新。".into(),
        R::TooManyTargets => "本次尝试的新手机号过多，请返回“账号与安全”重新开始更换。".into(),
        R::PhoneSame => "这就是当前绑定的手机号，请填写新的手机号。".into(),
        R::PhoneTaken => "该手机号已绑定其他账号，请换一个手机号。".into(),
        R::PhoneForeign => "暂不支持换绑境外手机号，包括香港、澳门和台湾地区的号码。新、旧手机号都须是中国大陆手机号。".into(),
        R::PhoneTooNew { until: at } => {
            format!(concat!("手机号绑定未满 ", phone_age_days!(), " 天，{} 起才能用于验证，请用其他方式。"), until(at)).into()
        }
        R::EditionNotOnSurface => "商业版、企业版账号请在手机 App 或桌面客户端中操作。".into(),
        R::ManagedBySuperAdmin => "商业版、企业版账号不能自行注销，请联系企业超级管理员在企业管理 > 用户管理 > 用户列表 > 更多 > 删除中操作。".into(),
        R::AdminMustHandOver => "这个账号担任企业的管理员或超级管理员，请先由超级管理员将其更换为其他角色（例如普通成员），再进行此操作。".into(),
        R::LastSuperAdmin => "最后一位超级管理员不能被删除、注销或更换角色。请先在企业管理 > 用户管理中将另一位用户设为超级管理员，再由对方操作。".into(),
        R::NoticeNotRead => "请先阅读最新的说明并勾选同意。".into(),
        R::AvatarLocked => "企业未允许修改头像。超级管理员可在企业管理 > 账户设置中开启。".into(),
        R::AvatarBad { why } => match why {
            AvatarFlaw::Heavy => concat!("图片超过 ", picture_megabytes!(), " MB，请换一张。"),
            AvatarFlaw::Large => "图片过大，无法处理，请换一张。",
            AvatarFlaw::Format => "仅支持 PNG、JPEG 和 WebP 图片，请换一张。",
            AvatarFlaw::Broken => "图片已损坏，请换一张。",
        }
        .into(),
        R::WechatMismatch => "这不是账号绑定的微信，请用绑定的微信扫码。".into(),
        R::WechatSame => "这就是当前绑定的微信，请用新的微信扫码。".into(),
        R::WechatTaken => "这个微信已绑定其他账号，请换一个微信；如要用它，请先登录那个账号，把那个账号的微信更换为其他微信。".into(),
        R::SlotTaken => "这类设备已在一个会议中，或同时参加的会议已达上限。请先离开一个会议，或换一类设备加入。".into(),
        R::VersionStale => "内容刚刚在别处被更改，已为你更新，请确认后重试。".into(),
        sign_in_refusals!() => return None,
    })
}

fn trouble(trouble: &Trouble) -> Cow<'static, str> {
    match trouble {
        Trouble::Offline => "网络已断开，这个页面会保持原样，请在网络恢复后重试。".into(),
        Trouble::Timeout => "没有收到服务器的答复，结果尚未确认。请检查网络后重试，不会重复生效。".into(),
        Trouble::Unreadable => "收到了无法识别的答复，请刷新页面后重试。".into(),
        Trouble::Server { .. } => "服务暂时出错，这个页面会保持原样，请稍后重试。".into(),
        Trouble::Unknown { code, .. } => format!("暂时不能完成这个操作（{code}），请刷新页面后重试。").into(),
    }
}
