// The page that plays a phone. The server decides; this shows what it says.
"use strict";

const at = (id) => document.getElementById(id);

const PURPOSES = {
  sign_in: ["登录确认", "允许后，原来的屏幕将登录你的账号。"],
  verify_bound: ["身份验证", "允许后，原来的屏幕将证明是你本人"],
  bind_new: ["绑定微信", "允许后，这个微信可以绑定到下面的账号，并能用来登录它。"],
};
const ACTIONS = {
  phone: "更换手机号",
  password: "设置登录密码",
  end_other_sessions: "退出其他设备",
  end_device: "退出一台设备",
  delete_user: "删除企业用户",
  change_super_admin: "变更企业超级管理员",
  wechat: "更换微信",
};
const DEVICES = {
  web: "网页浏览器", kiosk: "公共设备", windows: "Windows", mac: "Mac", android: "Android", ios: "iPhone", ipad: "iPad",
};
const STATES = {
  confirmed: "已允许，请回到原来的屏幕。",
  consumed: "已完成。",
  denied: "已拒绝。",
  expired: "二维码已过期或已用过，请扫原来的屏幕上新的二维码。",
  superseded: "原来的屏幕上有了新的二维码，请扫新的。",
  mismatch: "这不是该账号绑定的微信。",
  same: "这个微信已经绑定在该账号上。",
  taken: "这个微信已绑定其他账号。",
  snapshot: "访客身份不能用来确认，请用完整的微信打开。",
  failed: "微信没有生成二维码。",
};
const REFUSALS = {
  SCAN_EXPIRED: STATES.expired,
  SCAN_SUPERSEDED: STATES.superseded,
  WECHAT_SNAPSHOT: STATES.snapshot,
  FORBIDDEN: "这个二维码已被别的手机扫过。",
  NOT_FOUND: "这不是有效的二维码。",
  BAD_REQUEST: "这不是有效的二维码。",
};

let asked = null;

async function post(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return [answer.ok, await answer.json()];
  } catch {
    return [false, { code: "" }];
  }
}

function tell(text) {
  at("result").textContent = text;
}

function ask(consent) {
  const [title, meaning] = PURPOSES[consent.purpose] || ["", ""];
  at("purpose").textContent = title;
  at("meaning").textContent =
    consent.purpose === "verify_bound" ? `${meaning}，用于：${ACTIONS[consent.action] || "修改账号"}。` : meaning;
  at("account").textContent = consent.account || "—";
  at("device").textContent = DEVICES[consent.device] || consent.device;
  at("place").textContent = consent.place;
  at("at").textContent = new Date(consent.at).toLocaleString("zh-CN");
  at("at").dateTime = consent.at;
  at("match").textContent = consent.match;
  at("consent").hidden = false;
  at("purpose").tabIndex = -1;
  at("purpose").focus();
}

async function scan(event) {
  event.preventDefault();
  tell("");
  at("consent").hidden = true;
  const [good, body] = await post("/dev/wechat/scan", { url: at("url").value, as: at("as").value });
  if (!good) return tell(REFUSALS[body.code] || "现在无法完成，请再试一次。");
  asked = body.scan_id;
  ask(body);
}

// Instead of a camera, on the computer that shows the QR; a real phone has one.
async function look() {
  const answer = await fetch("/dev/wechat/latest").catch(() => null);
  const body = answer && answer.ok ? await answer.json() : { url: null };
  at("url").value = body.url || "";
  tell(body.url ? "" : "这台电脑上没有等着扫的二维码。");
}

async function answer(allow) {
  const [good, body] = await post("/dev/wechat/answer", { scan_id: asked, allow });
  if (!good) return tell(REFUSALS[body.code] || "现在无法完成，请再试一次。");
  at("consent").hidden = true;
  tell(STATES[body.state] || "");
}

at("camera").addEventListener("submit", scan);
at("latest").addEventListener("click", look);
at("allow").addEventListener("click", () => answer(true));
at("refuse").addEventListener("click", () => answer(false));
if (location.search.includes("scene=")) at("url").value = location.href;
