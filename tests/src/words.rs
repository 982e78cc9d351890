//! The words of the tours in English. What a person does is written in Chinese, the source of all
//! words; a browser of somebody who reads English looks it up here.
//!
//! What is not in the table is the same in every language: a number, a name, a path.

use crate::element::Role;

/// What somebody reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// All of them.
    pub const ALL: [Lang; 2] = [Lang::Zh, Lang::En];

    /// As file names and filters call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The name of something that has this role.
    pub(crate) fn label(self, role: Role, zh: &str) -> &str {
        match (self, role, zh) {
            (Self::En, Role::Heading, "短信验证码验证") => "Verify by text message",
            (Self::En, Role::Heading, "密码验证") => "Verify by password",
            (Self::En, Role::Heading, "微信验证") => "Verify by WeChat",
            _ => self.sentence(zh),
        }
    }

    /// Something the page says.
    pub(crate) fn sentence(self, zh: &str) -> &str {
        let english = EN.iter().find(|(known, _)| *known == zh).map(|(_, en)| *en);
        english.filter(|_| self == Self::En).unwrap_or(zh)
    }
}

const EN: &[(&str, &str)] = &[
    // Meetings at the same time, and past ones.
    ("同时入会", "Meetings at the same time"),
    ("空闲", "Available"),
    ("可以加入。", "Yes, you can."),
    ("现在不能加入：", "Not now: "),
    ("自己发起", "By you"),
    ("他人发起", "By someone else"),
    ("退出网页浏览器", "Sign out Web browser"),
    ("已退出网页浏览器，这台设备保持登录。", "Signed out: Web browser. This device stays signed in."),
    ("历史会议", "Meeting history"),
    ("查看历史会议", "See meeting history"),
    ("更多", "More"),
    ("开启同步历史会议", "Sync meeting history"),
    ("已同步", "Synced"),
    ("仅本机", "This device only"),
    ("查看更早的会议", "Show earlier meetings"),
    ("已关闭同步历史会议。", "Meeting history is no longer synced."),
    ("这台设备上还没有历史会议。", "This device has no meetings to show yet."),
    // The picture.
    ("更换头像", "Change picture"),
    ("选择图片", "Choose a picture"),
    ("换一张", "Choose another"),
    ("整张图片", "Whole picture"),
    ("保存", "Save"),
    ("上一步", "Back"),
    ("超级管理员", "Super admin"),
    ("将许安设为超级管理员？", "Make 许安 a super admin?"),
    ("取消上传", "Cancel upload"),
    ("移除头像", "Remove picture"),
    ("移除头像？", "Remove your picture?"),
    ("头像已更换。", "Picture changed."),
    ("企业未允许修改头像", "Your organization doesn't allow changing pictures."),
    ("仅支持 PNG、JPEG 和 WebP 图片", "Only PNG, JPEG and WebP pictures work."),
    // Signing in.
    ("登录", "Sign in"),
    ("短信登录", "SMS"),
    ("密码登录", "Password"),
    ("微信登录", "WeChat"),
    ("显示二维码", "Show QR code"),
    ("这个微信还没有绑定账号。", "No account is linked to this WeChat yet."),
    ("手机号", "Phone number"),
    ("密码", "Password"),
    ("验证码", "Verification code"),
    ("获取验证码", "Get code"),
    ("验证码已发送至", "We sent a code to"),
    ("我已阅读并同意", "I have read and agree to the"),
    ("《用户协议》", "Terms of Service"),
    ("《隐私政策》", "Privacy Policy"),
    ("选择要登录的账号", "Choose an account"),
    ("登录到这个账号？", "Sign in to this account?"),
    ("你已退出登录。", "You signed out."),
    ("登录已过期，请重新登录。", "Your sign-in has expired. Sign in again."),
    // The overview.
    ("账号与安全", "Account & security"),
    ("退出登录", "Sign out"),
    ("更换手机号", "Change phone number"),
    ("更换微信", "Change WeChat"),
    ("绑定微信", "Link WeChat"),
    ("修改密码", "Change password"),
    ("未设置", "Not set"),
    ("查看设备", "See devices"),
    // Proving the identity.
    ("验证身份", "Verify it's you"),
    ("短信验证码验证", "Text message code"),
    ("密码验证", "Password"),
    ("微信验证", "WeChat"),
    ("使用其它身份验证方式", "Use another way"),
    ("这个账号还没有设置密码。", "This account has no password yet."),
    ("下一步", "Next"),
    // A new number.
    ("填写新手机号", "Enter your new number"),
    ("新手机号", "New phone number"),
    ("验证新手机号", "Verify your new number"),
    ("修改手机号", "Edit number"),
    ("确认更换", "Change number"),
    ("手机号已更换", "Phone number changed"),
    ("验证并退出其他设备", "Verify and sign out other devices"),
    ("无法显示这次操作的结果", "Result not available"),
    // A new password.
    ("修改登录密码", "Change your password"),
    ("设置登录密码", "Set a password"),
    ("输入新密码", "Enter a new password"),
    ("新密码", "New password"),
    ("确认设置", "Set password"),
    ("登录密码已设置", "Password set"),
    // A QR.
    ("微信二维码", "WeChat QR code"),
    ("重新获取二维码", "Get a new QR code"),
    // A new WeChat.
    ("通过手机号验证", "By phone number"),
    ("通过密码验证", "By password"),
    ("通过原微信号验证", "By the current WeChat"),
    ("绑定新微信", "Your new WeChat"),
    ("去绑定新微信", "Link the new WeChat"),
    ("确认新微信", "Is this the right WeChat?"),
    ("确认绑定", "Link this WeChat"),
    ("微信已绑定", "WeChat linked"),
    ("微信已更换", "WeChat changed"),
    ("这个账号现在绑定微信", "This account is now linked to the WeChat"),
    // Canceling.
    ("注销账号", "Cancel account"),
    ("最后一位超级管理员", "The last super admin can't be deleted"),
    ("我已阅读", "I have read"),
    ("请先阅读《账号注销说明》", "Read “About canceling your account” first"),
    ("通过手机号密码验证", "By phone number and password"),
    ("确认注销账号", "Cancel this account?"),
    ("会员权益还剩", "of your membership are left"),
    ("继续注销", "Go on canceling"),
    ("确认注销", "Cancel account"),
    ("账号已注销", "Account canceled"),
    // What happened.
    ("查看动态", "See activity"),
    ("不是我本人的操作", "That wasn't me"),
    ("最近 24 小时未通过的验证", "Failed verifications of the last 24 hours"),
    // The devices.
    ("登录设备", "Devices"),
    ("本机", "This device"),
    ("退出其他设备", "Sign out other devices"),
    ("只有这台设备登录着你的账号。", "Only this device is signed in."),
    ("已退出 1 台其他设备", "Signed out 1 other device"),
    ("知道了", "Got it"),
    // The console of an organization.
    ("管理用户", "Manage users"),
    ("查看设置", "See settings"),
    ("允许企业用户修改头像", "Let users change their picture"),
    ("企业管理仅供", "Enterprise management is for super admins"),
    ("加载更多", "Load more"),
    ("更多：秦岚", "More: 秦岚"),
    ("更多：许安", "More: 许安"),
    ("取消", "Cancel"),
    ("搜索用户", "Search users"),
    ("没有找到用户", "No users found."),
    ("普通成员", "Ordinary member"),
    ("删除用户", "Delete user"),
    ("删除这位用户？", "Delete this user?"),
    ("继续删除", "Continue to delete"),
    ("许安的账号已删除。", "The account of 许安 is deleted."),
    // What goes wrong.
    ("请输入正确的手机号", "Enter a valid phone number"),
    ("请先获取验证码", "Get a code first"),
    ("请先阅读并勾选同意", "Read the Terms of Service and the Privacy Policy first"),
    ("验证码不正确", "That code isn't right"),
    ("密码不正确", "That password isn't right"),
    ("密码太短", "That password is too short"),
    ("手机号绑定未满 14 天", "Your number was added less than 14 days ago"),
    ("这次请求在微信中被拒绝", "The request was declined in WeChat"),
    ("这不是账号绑定的微信", "That's not the WeChat linked to this account."),
    ("这个微信已绑定其他账号", "That WeChat is linked to another account."),
    ("该手机号已绑定其他账号", "This number is in use by another account"),
    ("商业版、企业版账号请在手机 App 或桌面客户端中更换手机号。", "Business and Enterprise accounts change"),
    ("服务暂时出错", "The service had a problem"),
    ("网络已断开", "You're offline"),
    ("正在确认结果", "Checking the result"),
    ("正在加载…", "Loading…"),
    ("页面不存在", "Page not found"),
];
