// The page that plays a phone. The server decides; this shows what it says.
"use strict";

const at = (id) => document.getElementById(id);

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
  at("purpose").textContent = consent.title;
  at("meaning").textContent = consent.meaning;
  at("account").textContent = consent.account || "—";
  at("device").textContent = consent.device_name;
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
