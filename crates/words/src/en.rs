//! English.

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

pub(super) const TAG: &str = "en";

pub(super) const fn messages(spell: Spell) -> Messages {
    Messages {
        lang: Lang::En,
        tag: TAG,
        product: "Account & security",
        spell,
        refusal,
        trouble,
        support: [" If you need help, give support this number: ", "."],
    }
}

pub(super) static COMMON: Common = Common {
    loading: "Loading…",
    retry: "Try again",
    part_missing: "Part of this page couldn't be fetched; a new version may just have been released. Please try again.",
    home: "Back to account & security",
    dismiss: "Got it",
    code: "Verification code",
    code_hint: |digits| format!("{digits} digits from the text message"),
    send_code: "Get code",
    resend_in: |seconds| format!("Resend in {seconds}s"),
    sent_to: |to, serial| {
        format!(
            concat!(
                "We sent a code to {}. It's valid for ",
                code_minutes!(),
                " minutes. Look for the message marked {}.",
            ),
            to, serial
        )
    },
    code_missing: "Enter the digits from the text message.",
    code_first: "Get a code first, then enter its digits here.",
    phone_missing: "Enter a valid phone number. Mainland China numbers have 11 digits.",
    password: "Password",
    password_missing: "Enter your password.",
    show_password: "Show",
    hide_password: "Hide",
    confirming: "Checking the result… Please wait; nothing is sent twice.",
    brand: "Menshen",
};

pub(super) static SIGN_IN: SignIn = SignIn {
    title: "Sign in",
    by_sms: "SMS",
    by_password: "Password",
    by_wechat: "WeChat",
    phone: "Phone number",
    phone_hint: "Outside mainland China, start with + and the country code",
    submit: "Sign in",
    agree: "I have read and agree to the ",
    terms: "Terms of Service",
    and: " and the ",
    privacy: "Privacy Policy",
    agree_first: "Read the Terms of Service and the Privacy Policy first, then check the box to agree.",
    sms_hint: "A mainland China number we don't know yet gets a free account once it's verified. Never share the code with anyone. If the number is out of use or your phone isn't with you, sign in with your password.",
    forgot_password: "Forgot your password? Sign in by text message instead.",
    wechat_hint: "Scan with the WeChat linked to your account and allow it on your phone. If you can't scan, sign in by text message or password.",
    wechat_show: "Show QR code",
    wechat_unbound: "No account is linked to this WeChat yet. Sign in by text message or password first, then link WeChat in Account & security.",
    other_tab: "This browser is signed out, perhaps from another tab. To go on, sign in again.",
    no_cookies: "Your browser blocks cookies, so you can't sign in. Allow cookies for this site in the browser's settings, then reload the page.",
    sign_out_pending: "Your account details were cleared from this page. We can't confirm yet that the server has signed you out; that finishes by itself once you're back online or reopen this page. Until then, don't let others use this browser.",
};

pub(super) static CHOOSER: Chooser = Chooser {
    choose: "Choose an account",
    choose_hint: "You can sign in to several accounts. Choose one of them.",
    confirm: "Sign in to this account?",
    confirm_hint: "This browser hasn't signed in to it before. If it isn't yours, don't go on: somebody may have scanned your QR code with their own WeChat.",
    not_mine: "Not my account: start over",
    personal: "Personal account",
    other_number: "Use another number",
    leaving: "Your account is being canceled",
    leaving_left: |days| {
        let left = if days == 1 { "1 day left".into() } else { format!("{days} days left") };
        format!(
            "Being canceled, {left}. After that the account is deleted and can't be restored. To go on using it, keep it now."
        )
    },
    keep: "Keep my account",
};

pub(super) static OVERVIEW: Overview = Overview {
    title: "Account & security",
    security: "Security",
    managed: |organization| format!("Managed by {}", isolated(organization)),
    change_avatar: "Change picture",
    phone: "Phone number",
    change_phone: "Change phone number",
    wechat: "WeChat",
    wechat_none: "Not linked",
    bind_wechat: "Link WeChat",
    change_wechat: "Change WeChat",
    password: "Password",
    password_set: "Set",
    password_not_set: "Not set",
    set_password: "Set password",
    change_password: "Change password",
    devices: "Devices",
    devices_hint: "See and sign out your devices",
    see_devices: "See devices",
    history: "Meeting history",
    history_hint: "See past meetings and sync them",
    see_history: "See meeting history",
    activity: "Security activity",
    activity_hint: "Recent sign-ins and changes",
    see_activity: "See activity",
    cancel: "Cancel account",
    cancel_hint: "Delete this account for good",
    cancel_account: "Cancel account",
    sign_out: "Sign out",
    enterprise: "Enterprise management",
    settings: "Account settings",
    settings_hint: "Whether users may change their picture",
    see_settings: "See settings",
    users: "User management",
    users_hint: "Find users, change roles, delete users",
    see_users: "Manage users",
};

pub(super) static ACCOUNT: Account = Account {
    edition: |edition| match edition {
        Edition::Free => "Free",
        Edition::Member => "Member",
        Edition::Business => "Business",
        Edition::Enterprise => "Enterprise",
    },
    close: "Close",
    just_now: "just now",
    cancel: "Cancel",
    menu: "Account menu",
    back: "Back",
    next: "Next",
    lost_title: "Result not available",
    lost_lead: "It may have expired. Account & security shows how things stand now.",
    progress: |step, steps| format!("Step {step} of {steps}"),
};

pub(super) static STEP_UP: StepUp = StepUp {
    title: "Verify it's you",
    lead: "To keep your account safe, choose a way to verify your identity first.",
    way: |way| match way {
        Way::Sms => "Text message code",
        Way::Password => "Password",
        Way::Wechat => "WeChat",
    },
    way_hint: |way, phone| match way {
        Way::Sms => format!("We'll text a code to {phone}"),
        Way::Password => "Use your own password".into(),
        Way::Wechat => "Use the WeChat linked to your own account".into(),
    },
    sms_title: "Verify by text message",
    sms_lead: |phone| format!("We'll text a code to {phone}, the number linked to this account."),
    sms_risk: "Never share the code with anyone. If it doesn't arrive, or others can read your messages, use another way.",
    password_title: "Verify by password",
    password_lead: "Enter your own password.",
    wechat_title: "Verify by WeChat",
    wechat_lead: "Scan with the WeChat linked to your own account and allow it on your phone.",
    other_way: "Use another way",
    no_password: "This account has no password yet.",
    gate: |occasion| match occasion {
        Occasion::EndOthers => [
            "Once you're verified, your other devices are signed out at once; this one stays signed in.",
            "Verify and sign out other devices",
        ],
        Occasion::NotMe => [
            "Once you're verified, your other devices are signed out at once and unfinished changes have to be verified again. This device stays signed in.",
            "Verify and protect the account",
        ],
        Occasion::EndDevice => [
            "Once you're verified, the device below is signed out at once. The one you're using stays signed in.",
            "Verify and sign out the device",
        ],
        Occasion::DeleteUser => [
            "Once you're verified, the account of the user below is deleted at once: all their devices are signed out and everything personal is erased. This can't be undone.",
            "Verify and delete the user",
        ],
        Occasion::MakeSuperAdmin => [
            "Once you're verified, the user below is a super admin and can manage everybody in the organization, you included. Every super admin is notified.",
            "Verify and make super admin",
        ],
        Occasion::UnmakeSuperAdmin => [
            "Once you're verified, the user below is no super admin any more. Every super admin is notified.",
            "Verify and change the role",
        ],
    },
};

pub(super) static SCAN: Scan = Scan {
    label: "WeChat QR code",
    how: "Open WeChat and scan this QR code.",
    same_phone: "Is WeChat on this device? Take a screenshot and choose it from your album in WeChat's scanner.",
    loading: "Getting a QR code…",
    offline: "You're offline. This goes on by itself once you're back online.",
    left: |seconds| format!("{seconds} s left"),
    scanned: "Scanned. Allow it on your phone only if it shows the same two digits.",
    not_mine: "I didn't scan it: get another QR code",
    allowed: "Allowed on your phone. One moment…",
    again: "Get a new QR code",
    open: "Open WeChat",
    opened: "Allow it in WeChat, then come back here.",
    untrusted: "The QR code leads neither to us nor to WeChat, so it isn't shown. Get a new one; if that doesn't help, use another way.",
};

pub(super) static PHONE: Phone = Phone {
    title: "Change phone number",
    bound: "Current phone number",
    consequences: [
        "Afterwards every device has to sign in again with the new number, this one too.",
        concat!("Other accounts can use the old number only after ", rest_hours!(), " hours."),
        "Only this account changes. Other accounts on the same number keep it.",
    ],
    number_title: "Enter your new number",
    number: "New phone number",
    number_hint: "Mainland China numbers only",
    targets_left: |left| match left {
        1 => "You can try 1 more number this time.".into(),
        _ => format!("You can try {left} more numbers this time."),
    },
    code_title: "Verify your new number",
    code_lead: |phone| format!("Enter the code we sent to your new number {phone}."),
    code_only_sms: "This step shows that the new number is yours, so it works by text message only. Never share the code.",
    submit: "Change number",
    other_number: "Edit number",
    done_title: "Phone number changed",
    done_lead: |phone| format!("This account now uses {phone}."),
    done_facts: [
        "Every device was signed out. Sign in again with the new number.",
        concat!(
            "For ",
            rest_hours!(),
            " hours, other accounts can't use the old number, but you can take it back."
        ),
        "We're notifying the old number, and the linked WeChat if there is one. If this wasn't you, follow the steps in that message.",
    ],
    sign_in: "Sign in with the new number",
};

pub(super) static WECHAT: Wechat = Wechat {
    change_title: "Change WeChat",
    bind_title: "Link WeChat",
    bound: "Current WeChat",
    none: "No WeChat is linked yet",
    change_facts: [
        "Afterwards, devices that signed in with the old WeChat are signed out; this one stays signed in.",
        "From then on, scan with the new WeChat. Your phone number and password stay the same.",
        "We'll notify the phone number of this account and the old WeChat.",
    ],
    bind_facts: [
        "You can then sign in by scanning with this WeChat, and verify it's you with it.",
        "You can change it to another WeChat later, but not unlink it.",
        "We'll text the phone number of this account.",
    ],
    way: |way| match way {
        Way::Sms => "By phone number",
        Way::Password => "By password",
        Way::Wechat => "By the current WeChat",
    },
    new_title: "Your new WeChat",
    new_lead: "You're verified. Next, scan with the WeChat you want to link and allow it on that phone.",
    go: "Link the new WeChat",
    confirm_title: "Is this the right WeChat?",
    confirm_lead: "This WeChat is about to be linked. Go on only if it's yours.",
    submit: "Link this WeChat",
    another: "No, use another WeChat",
    bound_title: "WeChat linked",
    changed_title: "WeChat changed",
    done_lead: |nickname| format!("This account is now linked to the WeChat “{}”.", isolated(nickname)),
    bound_fact: "From now on you can sign in by scanning with this WeChat, and verify it's you with it.",
    changed_fact: "From now on, scan with this WeChat. Devices that signed in with the old one were signed out.",
    done_facts: [
        "This device stays signed in.",
        "We're notifying the phone number of this account, and the WeChat it had before. If this wasn't you, follow the steps in that message.",
    ],
};

pub(super) static PASSWORD: Password = Password {
    set_title: "Set a password",
    change_title: "Change your password",
    lead: "You sign in with your phone number and this password.",
    consequences: [
        "Afterwards every other device is signed out and has to sign in again.",
        "This device stays signed in.",
        "From then on, sign in with the new password. Text messages still work.",
    ],
    new_title: "Enter a new password",
    rules: [
        "Any characters, spaces too. You can paste it. No rules about capitals or symbols.",
        "Common or easily guessed passwords are refused. Don't use a birthday, your phone number or repeated characters.",
    ],
    example: "A sentence that only you know is easy to remember, for example: my left sock prefers rainy weekends (not this one).",
    new: "New password",
    hint: concat!(password_shortest!(), " to ", password_longest!(), " characters"),
    missing: "Enter a new password.",
    submit: "Set password",
    done_title: "Password set",
    done_lead: "Your new password works from now on. Use it the next time you sign in to this account.",
    done_facts: [
        "Every other device was signed out and can't go on using this account.",
        "Nothing changes on this device: you can carry on here.",
        "We're notifying the account's phone number, and the linked WeChat if there is one. If you didn't set this password, sign in by text message right away and set a new one.",
    ],
    sign_in: "Sign in with the new password",
};

pub(super) static CANCEL: Cancel = Cancel {
    title: "Cancel account",
    lead: "Canceling deletes the account for good. See first what happens.",
    closed: "You can't cancel this account yourself",
    facts: [
        "Every device is signed out. Once the account is gone, nobody can sign in to it.",
        "Nickname, picture, phone number, WeChat, password, devices and meetings are deleted and can't be restored.",
    ],
    benefits: |days| {
        match days {
        1 => "1 day of your membership is left. It's given up: there is no refund, and signing up again doesn't bring it back.".into(),
        _ => format!("{days} days of your membership are left. They're given up: there is no refund, and signing up again doesn't bring them back."),
    }
    },
    running: |count| match count {
        1 => "1 meeting of yours is running and is deleted with the account.".into(),
        _ => format!("{count} meetings of yours are running and are deleted with the account."),
    },
    scheduled: |count| match count {
        1 => "1 meeting you scheduled is deleted with the account.".into(),
        _ => format!("{count} meetings you scheduled are deleted with the account."),
    },
    kept: "What is kept",
    remains: |what, days| match (what, days) {
        (Remains::RestingNumber, _) => concat!(
            "For ",
            rest_hours!(),
            " hours nobody can use your number here, so that nobody passes for you."
        )
        .into(),
        (Remains::Receipt, days) => {
            format!("A receipt for {}, in case of a dispute, under a pseudonym.", years(days))
        }
        (Remains::AuditTrail, days) => {
            format!("Security records for {}, to look into abuse, under a pseudonym.", years(days))
        }
    },
    undo: |days| match days {
        0 => "It happens at once and can't be undone.".into(),
        1 => "You then have 1 day to undo it: sign in and choose to keep the account.".into(),
        _ => format!("You then have {days} days to undo it: sign in and choose to keep the account."),
    },
    agree: "I have read ",
    notice: "About canceling your account",
    agree_first: "Read “About canceling your account” first, then check the box.",
    way: |way| match way {
        Way::Sms => "By text message code",
        Way::Password => "By phone number and password",
        Way::Wechat => "By WeChat",
    },
    confirm_title: "Cancel this account?",
    confirm_lead: |phone| {
        format!("You're verified. The account with the number {phone} is about to be canceled.")
    },
    go_on: "Go on canceling",
    last_word: |phone| format!("Cancel the account with the number {phone}?"),
    submit: "Cancel account",
    stay: "Keep my account",
    done_title: "Account canceled",
    cooling_title: "Account being canceled",
    receipt: "Receipt number",
    keep_receipt: "Keep this number: support will ask for it.",
    done_facts: [
        "Every device was signed out.",
        concat!("For ", rest_hours!(), " hours nobody can register or bind the number."),
        "We're notifying the number, and the linked WeChat if there was one. If this wasn't you, contact support at once and give the receipt number.",
    ],
    cooling_told: "We're notifying the number, and the linked WeChat if there is one. If this wasn't you, sign in at once, keep the account and change the password.",
    cooling_lead: |until| {
        format!("The account will be deleted on {until}. Until then you can sign in and choose to keep it.")
    },
    sign_in: "Back to sign-in",
};

pub(super) static AVATAR: Avatar = Avatar {
    title: "Change picture",
    lead: "It is shown on your account page and, in an organization, to its super admins.",
    files: concat!(
        "PNG, JPEG or WebP, up to ",
        picture_megabytes!(),
        " MB and ",
        picture_side!(),
        " × ",
        picture_side!(),
        " pixels.",
    ),
    present: "Your picture now",
    pick: "Choose a picture",
    drop: "Or drop one here",
    no_file: "That wasn't a picture file. If it's a picture on a web page, save it to your device first, then choose it.",
    frame: "Crop",
    frame_hint: "Drag the picture, or tap what should be in the middle; pinch to zoom.",
    frame_keys: "Scrolling zooms too; with the keyboard, arrow keys move it and + and - zoom.",
    zoom: "Zoom",
    percent: |percent| format!("{percent}%"),
    turn: "Rotate",
    whole: "Whole picture",
    save: "Save",
    another: "Choose another",
    sending: |percent| format!("Uploading {percent}%"),
    stop: "Cancel upload",
    changed: "Picture changed.",
    remove: "Remove picture",
    remove_title: "Remove your picture?",
    remove_lead: "The first letter of your name will be shown instead.",
    remove_submit: "Remove",
    removed: "Picture removed.",
};

pub(super) static DEVICES: Devices = Devices {
    lead: "Your account is signed in on these devices. If you see a sign-in that isn't yours, sign out the other devices and change your password.",
    kind: device,
    here: "This device",
    signed_in: |time, way| match way {
        Way::Sms => format!("Signed in {time} by text message"),
        Way::Password => format!("Signed in {time} by password"),
        Way::Wechat => format!("Signed in {time} by WeChat"),
    },
    last_seen: |time| format!("Last used {time}"),
    end_others: "Sign out other devices",
    only_here: "Only this device is signed in.",
    ended: |count| match count {
        0 => "No other device was signed in.".into(),
        1 => "Signed out 1 other device. This one stays signed in.".into(),
        _ => format!("Signed out {count} other devices. This one stays signed in."),
    },
    end: "Sign out",
    end_one: |kind| format!("Sign out {}", device(kind)),
    ended_one: |kind| format!("Signed out: {}. This device stays signed in.", device(kind)),
    gone: "That device is already signed out. The list is up to date.",
    meetings: "Meetings at the same time",
    rule: |rule| match rule {
        MeetingRule::M1 => "Of the meetings you start, you can be in one at a time.",
        MeetingRule::M2 => {
            "On the five kinds of device you can be in up to 5 different meetings of others, 5 in all."
        }
        MeetingRule::M3 => "On the five kinds of device you can start or join up to 5 different meetings.",
        MeetingRule::M4 => {
            "Each kind of device is in one meeting at a time. Joining the same meeting on another kind moves it there."
        }
    },
    taken: |count| format!("{count} of the 5 kinds of device in a meeting"),
    free: "Available",
    own: "By you",
    others: "By someone else",
    untitled: "Untitled meeting",
    since: |time| format!("Joined {time}"),
    beside: "In a browser: takes none of the five",
    ask: "Can I join one more?",
    ask_kind: "On which kind of device",
    ask_own: "Who starts the meeting",
    can_join: "Yes, you can.",
    cannot_join: "Not now: ",
    in_the_way: |rule, kind, title| {
        let (kind, title) = (device(kind), isolated(title));
        match rule {
            MeetingRule::M1 => format!(" “{title}” is running ({kind}): leave it first."),
            MeetingRule::M2 | MeetingRule::M3 => {
                format!(" All five are in meetings: leave one first, for example “{title}” ({kind}).")
            }
            MeetingRule::M4 => {
                format!(" {kind}: in “{title}”. Leave it first, or use another kind that is free.")
            }
        }
    },
    signed_out: "That device is signed out",
};

pub(super) static HISTORY: History = History {
    lead: "Meetings you can see on this device, newest first.",
    menu: "More",
    sync: "Sync meeting history",
    sync_facts: [
        "Only meetings that end while this is on are synced to all your devices; earlier ones stay on the device they were held on.",
        "When it's off, new ones stay on the device they were held on and aren't synced; what was synced already stays.",
    ],
    on: "Meeting history is synced from now on.",
    off: "Meeting history is no longer synced.",
    synced: "Synced",
    only_here: "This device only",
    minutes: |minutes| match (minutes / 60, minutes % 60) {
        (0, 0) => "under 1 min".into(),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    },
    none: "This device has no meetings to show yet.",
    more: "Show earlier meetings",
};

pub(super) static ACTIVITY: Activity = Activity {
    lead: "Sign-ins and changes in the past year, newest first.",
    failed: "Failed verifications of the last 24 hours",
    wrong: |way| match way {
        Way::Sms => "Wrong code",
        Way::Password => "Wrong password",
        Way::Wechat => "WeChat didn't verify",
    },
    events: "Sign-ins and changes",
    what: |what| match what {
        SecurityEvent::AccountOpened => "Account opened",
        SecurityEvent::SignedIn => "Signed in",
        SecurityEvent::SignedOut => "Signed out",
        SecurityEvent::SteppedUp => "Identity verified",
        SecurityEvent::PhoneChanged => "Phone number changed",
        SecurityEvent::PasswordSet => "Password set",
        SecurityEvent::OthersEnded => "Other devices signed out",
        SecurityEvent::WechatBound => "WeChat linked",
        SecurityEvent::WechatChanged => "WeChat changed",
        SecurityEvent::CancelBegun => "Cancellation requested",
        SecurityEvent::CancelUndone => "Cancellation undone",
        SecurityEvent::AccountCanceled => "Account canceled",
        SecurityEvent::ProofFailed => "Failed verification",
        SecurityEvent::AvatarChanged => "Picture changed",
        SecurityEvent::AvatarRemoved => "Picture removed",
        SecurityEvent::DeviceEnded => "One device signed out",
        SecurityEvent::HistoryOn => "Meeting history sync turned on",
        SecurityEvent::HistoryOff => "Meeting history sync turned off",
        SecurityEvent::SettingsChanged => "Whether users may change their picture changed",
        SecurityEvent::RoleChanged => "A user's role changed",
        SecurityEvent::UserDeleted => "A user of the organization deleted",
        SecurityEvent::RoleGiven => "Your role changed by a super admin",
        SecurityEvent::Removed => "Account deleted by a super admin",
        SecurityEvent::Unknown => "Another change",
    },
    by: |way| match way {
        Way::Sms => "text message",
        Way::Password => "password",
        Way::Wechat => "WeChat",
    },
    more: "Show earlier activity",
    not_me: "That wasn't me",
    not_me_hint: "Once you're verified, other devices are signed out at once and unfinished changes have to be verified again. Then change your password.",
    ended: |count| match count {
        0 => "No other device was signed in. Unfinished changes have to be verified again.".into(),
        1 => "1 other device signed out. Unfinished changes have to be verified again.".into(),
        _ => {
            format!("{count} other devices signed out. Unfinished changes have to be verified again.")
        }
    },
};

pub(super) static CONSOLE: Console = Console {
    closed: "Enterprise management is for super admins of an organization, and your account isn't one now. Ask a super admin of yours.",
    closed_alone: "Enterprise management is for super admins of an organization. Yours is a personal account.",
    settings_place: "Enterprise management > Account management > Account settings > Meeting settings",
    meetings: "Meeting settings",
    avatars: "Let users change their picture",
    avatars_hint: "If checked, everybody in your organization may change and remove their own picture. If not, nobody may, admins and you included; existing pictures stay. Changes take effect right away.",
    saved: "Saved.",
    users_place: "Enterprise management > User management > User list",
    search: "Search users",
    search_long: |most| format!("A search has at most {most} characters. Please shorten it."),
    search_hint: "Part of the name, a phone number, or its last four digits",
    count: |count| match count {
        1 => "1 user".into(),
        _ => format!("{count} users, earliest to join first"),
    },
    found: |count| match count {
        0 => "No users found. Check the name or phone number.".into(),
        1 => "1 user found".into(),
        _ => format!("{count} users found"),
    },
    role: |role| match role {
        Role::SuperAdmin => "Super admin",
        Role::Admin => "Admin",
        Role::Ordinary => "Ordinary member",
    },
    role_hint: |role| match role {
        Role::SuperAdmin => "Can use enterprise management: change settings and roles, and delete users.",
        Role::Admin => {
            "Can't use enterprise management. Needs another role before this account can be canceled or deleted."
        }
        Role::Ordinary => "Can't use enterprise management.",
    },
    oneself: "You",
    sso: "Single sign-on",
    since: |day| format!("joined {day}"),
    more: "More",
    more_of: |nickname| format!("More: {}", isolated(nickname)),
    next_page: "Load more",
    change_role: "Change role",
    raise_title: |nickname| format!("Make {} a super admin?", isolated(nickname)),
    raise_lead: "They'll be able to change settings and roles and delete users, and to change your role too.",
    leave_title: |role| format!("Change your own role to: {role}?"),
    leave_lead: "Once saved you can't use enterprise management any more, and only another super admin can give the role back.",
    give_role: "Change the role",
    own_role: "This is your own account. With another role you can't use enterprise management any more, effective right away.",
    save: "Save",
    role_changed: |nickname, role| format!("The role of {} is now: {role}.", isolated(nickname)),
    delete: "Delete user",
    own_delete: "You can't delete your own account here. Another super admin has to change your role and delete it.",
    delete_title: "Delete this user?",
    delete_lead: |nickname, phone| {
        let nickname = isolated(nickname);
        format!(
            "The account of {nickname} (phone number {phone}) in your organization is about to be deleted. It happens at once and can't be undone."
        )
    },
    delete_facts: [
        "Every device is signed out, and nobody can sign in to the account any more.",
        "Name, picture, WeChat, password, devices and meetings (past, running and scheduled) are deleted.",
        concat!(
            "For ",
            rest_hours!(),
            " hours nobody can register or bind the phone number. We'll notify this person."
        ),
    ],
    delete_submit: "Continue to delete",
    deleted: |nickname| format!("The account of {} is deleted.", isolated(nickname)),
    gone: "This person isn't in your organization any more, perhaps deleted just now. The list is up to date.",
};

pub(super) static KIOSK: Kiosk = Kiosk {
    shared: "This is a shared device. End your visit before you leave.",
    done: "I'm done",
    still_there: "Are you still there?",
    ends_in: |seconds| format!("You will be signed out and the screen cleared in {seconds}s."),
    stay: "I'm still here",
    ending: "Ending your visit…",
    offline: "The screen has been cleared. The sign-in comes back with the network.",
};

pub(super) static NOT_FOUND: NotFound =
    NotFound { title: "Page not found", lead: "The link may be out of date or mistyped." };

fn device(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Windows => "Windows computer",
        DeviceKind::Mac => "Mac",
        DeviceKind::Android => "Android device",
        DeviceKind::Ios => "iPhone",
        DeviceKind::Ipad => "iPad",
        DeviceKind::Web => "Web browser",
        DeviceKind::Kiosk => "Shared device",
    }
}

/// So many days as years.
fn years(days: u32) -> String {
    match days.div_ceil(365) {
        1 => "1 year".into(),
        years => format!("{years} years"),
    }
}

/// Refusals that a sign-in can meet: what happened, why, what to do next.
fn refusal(refusal: &Refusal, spell: Spell) -> Option<Cow<'static, str>> {
    let until = |at| spell(TAG, at);
    use Refusal as R;
    Some(match refusal {
        R::CodeWrong { left: 1 } => "That code isn't right. 1 try left.".into(),
        R::CodeWrong { left } => format!("That code isn't right. {left} tries left.").into(),
        R::CodeExpired => "That code has expired or is no longer valid. Get a new one.".into(),
        R::CodeSuperseded => "That's an earlier code. Use the one from the latest message.".into(),
        R::CodeTooMany { until: at } => format!("Too many wrong codes. Get a new one after {}.", until(at)).into(),
        R::SendTooOften { after: 1 } => "A code was requested for this number just now. Wait 1 second before asking for another.".into(),
        R::SendTooOften { after } => format!("A code was requested for this number just now. Wait {after} seconds before asking for another.").into(),
        R::SendQuota { until: at } => {
            format!("You can't get more codes for now. Try again after {}, or use another way if there is one.", until(at)).into()
        }
        R::PasswordWrong { left: 1 } => "That password isn't right. 1 try left.".into(),
        R::PasswordWrong { left } => format!("That password isn't right. {left} tries left.").into(),
        R::PasswordLocked { until: at } => {
            format!("Too many wrong passwords. Try again after {}, or use a text message code.", until(at)).into()
        }
        R::PhoneInvalid => "That doesn't look like a phone number. Check it and try again.".into(),
        R::NotOnKiosk => "You can't do this on a shared device. Use your own.".into(),
        R::ScanExpired => "The QR code has expired. Get a new one.".into(),
        R::ScanSuperseded => "This QR code is no longer valid, for example because another tab got a newer one. Get a new one.".into(),
        R::WechatDenied => "The request was declined in WeChat, so nothing changed. To go on, get a new QR code.".into(),
        R::WechatSnapshot => "WeChat gave only a visitor's identity, which can't show that it's you. Choose the full service in WeChat, then scan again.".into(),
        R::WechatNotFollowed => "Follow our official account in WeChat first, then try again.".into(),
        R::WechatNotInstalled => "WeChat isn't installed on this device. Use another way.".into(),
        R::WechatBusy => "WeChat isn't answering. Try again later or use another way.".into(),
        R::WayNotOpen => "You can't use this way to verify now. Choose another.".into(),
        R::SignInFailed => "This sign-in is no longer valid. Sign in again.".into(),
        R::SessionEnded { why } => match why {
            SessionEnd::NotSignedIn => "Sign in first.",
            SessionEnd::SignedOut => "You signed out.",
            SessionEnd::PhoneChanged => "The phone number of this account changed. Sign in with the new one. If this wasn't you, follow the steps in the message to the old number.",
            SessionEnd::PasswordChanged => "The password of this account changed. Sign in with the new one or by text message. If this wasn't you, sign in by text message and change the password at once.",
            SessionEnd::WechatChanged => "The WeChat of this account changed. Sign in again.",
            SessionEnd::AccountCanceled => "This account was canceled.",
            SessionEnd::Removed => "Your organization's super admin deleted this account. If you have questions, contact the super admin.",
            SessionEnd::EndedElsewhere => "Another device signed this one out. Sign in again. If that wasn't you, change your password once you're in.",
            SessionEnd::Expired => "Your sign-in has expired. Sign in again.",
            SessionEnd::AnotherAccount => {
                "Another account is signed in to this browser now, so this page shows that one. What was under way for the earlier account didn't go on."
            }
        }
        .into(),
        R::Forbidden => "You don't have permission to do this. If you think that's wrong, reload the page and try again.".into(),
        R::NotFound => "That doesn't exist or has expired. Go back and try again.".into(),
        R::KeyReused => "This is already done, with what was submitted first. What you entered just now has no effect.".into(),
        R::BadRequest => "Something isn't right with what was sent. Check it and try again, or reload the page.".into(),
        R::TooBusy { after: 1 } => "The service is busy. Try again in 1 second.".into(),
        R::TooBusy { after: after @ ..=120 } => format!("The service is busy. Try again in {after} seconds.").into(),
        R::TooBusy { after } => format!("The service is busy. Try again in {} minutes.", after.div_ceil(60)).into(),
        R::SsoManaged => {
            "Your organization's single sign-on manages this account, so its number, password and WeChat can't be changed here. Sign in through your organization; to change them, ask its admin.".into()
        }
        R::PhoneResting { until: at } => {
            format!(concat!("This number was removed from an account less than ", rest_hours!(), " hours ago. Try again after {}, or use another number."), until(at))
                .into()
        }
        R::StepOutOfOrder => "This step has changed. Here's where it stands now.".into(),
        _ => return None,
    })
}

/// All others.
pub(super) fn account_refusal(refusal: &Refusal, spell: Spell) -> Option<Cow<'static, str>> {
    let until = |at| spell(TAG, at);
    use Refusal as R;
    Some(match refusal {
        R::PasswordWeak { why } => match why {
            PasswordFlaw::Short => format!("That password is too short. It needs at least {PASSWORD_SHORTEST} characters.").into(),
            PasswordFlaw::Long => format!("That password is too long. It can have up to {PASSWORD_LONGEST} characters.").into(),
            PasswordFlaw::Common => "That password is common or easy to guess. Choose another, such as a sentence only you know.".into(),
        },
        R::StepUpNeeded { .. } => {
            concat!("Your verification is no longer valid (it lasts ", step_up_minutes!(), " minutes). Verify again; what you entered is kept.").into()
        }
        R::GrantExpired => "Your verification has expired. Verify again.".into(),
        R::GrantWrongPurpose => "That verification was for something else. Verify again.".into(),
        R::ChangeGone => "This change has expired or was replaced. Start again.".into(),
        R::ChangeStale => "This moved on meanwhile, for example in another tab. Here's where it stands now.".into(),
        R::TooManyTargets => "Too many new numbers were tried. Go back to account & security and start again.".into(),
        R::PhoneSame => "That's your current number. Enter a new one.".into(),
        R::PhoneTaken => "This number is in use by another account. Use another number.".into(),
        R::PhoneForeign => {
            "Changing from or to a number outside mainland China isn't supported, including Hong Kong, Macau and Taiwan. Both numbers have to be mainland China numbers.".into()
        }
        R::PhoneTooNew { until: at } => {
            format!(concat!("Your number was added less than ", phone_age_days!(), " days ago and can't be used to verify before {}. Use another way."), until(at)).into()
        }
        R::EditionNotOnSurface => {
            "Business and Enterprise accounts do this in the mobile app or the desktop client.".into()
        }
        R::ManagedBySuperAdmin => {
            "You can't cancel a Business or Enterprise account yourself. Ask its super admin to use Enterprise management > User management > User list > More > Delete.".into()
        }
        R::AdminMustHandOver => "This account is an admin or super admin. A super admin has to give it another role first, such as ordinary member.".into(),
        R::LastSuperAdmin => "The last super admin can't be deleted, canceled or given another role. First make someone else a super admin under Enterprise management > User management; then they can do it.".into(),
        R::NoticeNotRead => "Read the latest notice first, then check the box.".into(),
        R::AvatarLocked => "Your organization doesn't allow changing pictures. A super admin can turn it on in Account settings.".into(),
        R::AvatarBad { why } => match why {
            AvatarFlaw::Heavy => concat!("That picture is larger than ", picture_megabytes!(), " MB. Choose another."),
            AvatarFlaw::Large => "That picture is too large to process. Choose a smaller one.",
            AvatarFlaw::Format => "Only PNG, JPEG and WebP pictures work. Choose another.",
            AvatarFlaw::Broken => "That picture is damaged. Choose another.",
        }
        .into(),
        R::WechatMismatch => "That's not the WeChat linked to this account. Scan with the linked one.".into(),
        R::WechatSame => "That's the WeChat linked now. Scan with the new one.".into(),
        R::WechatTaken => "That WeChat is linked to another account. Use another one, or sign in to that account first and change its WeChat.".into(),
        R::SlotTaken => "This kind of device is already in a meeting, or the account is in as many as it can be at once. Leave one first, or join on another kind of device.".into(),
        R::VersionStale => "This was changed elsewhere just now. Here's the latest version; check it and try again.".into(),
        sign_in_refusals!() => return None,
    })
}

fn trouble(trouble: &Trouble) -> Cow<'static, str> {
    match trouble {
        Trouble::Offline => "You're offline. This page stays as it is; try again when you're back online.".into(),
        Trouble::Timeout => {
            "The server didn't answer, so the result isn't known yet. Check your network and try again; no change is made twice.".into()
        }
        Trouble::Unreadable => "We couldn't read the server's answer. Reload the page and try again.".into(),
        Trouble::Server { .. } => "The service had a problem. This page stays as it is; try again later.".into(),
        Trouble::Unknown { code, .. } => format!("This can't be done now ({code}). Reload the page and try again.").into(),
    }
}
