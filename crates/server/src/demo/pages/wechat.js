// The page that plays a phone. The server decides; this shows what it says.
"use strict";

const at = (id) => document.getElementById(id);

// Where nothing came that says it.
const SILENCE = "现在无法完成，请再试一次。";

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
    return [false, {}];
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
  at("consent").dataset.grave = consent.grave;
  at("consent").hidden = false;
  at("purpose").tabIndex = -1;
  at("purpose").focus();
}

async function scan(event) {
  event.preventDefault();
  tell("");
  at("consent").hidden = true;
  const [good, body] = await post("/dev/wechat/scan", { url: at("url").value, as: at("as").value });
  if (!good) return tell(body.sentence || SILENCE);
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
  if (!good) return tell(body.sentence || SILENCE);
  at("consent").hidden = true;
  tell(body.sentence);
}

at("camera").addEventListener("submit", scan);
at("latest").addEventListener("click", look);
at("allow").addEventListener("click", () => answer(true));
at("refuse").addEventListener("click", () => answer(false));
if (location.search.includes("scene=")) at("url").value = location.href;
