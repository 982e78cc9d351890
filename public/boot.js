// Fetches the app, shows how far it is, hands over to it what was typed meanwhile, and says in
// words when it cannot start.
//
// It knows the files by the data attributes of its own tag, which the build fills in. The
// syntax is older than what the app needs, so that an old browser can still read the words.

const tag = document.querySelector("script[data-wasm]");
const boot = document.getElementById("boot");

const QUIET_MS = 300; // A shorter wait looks calmer without a progress line.
const PATIENCE_MS = 15000; // Longer than any pause of a network that still works.

// What happened and what to do, in the two languages of the app: it does not know yet which
// one the person reads. The code is for whoever is asked for help.
const REASONS = {
  "BOOT-OLD": [
    "当前浏览器版本过低，或已关闭 WebAssembly（例如 iOS 锁定模式）。请更新或更换浏览器后重试。",
    "This browser is too old, or WebAssembly is turned off (for example by Lockdown Mode). Please update it or use another one.",
  ],
  "BOOT-OFFLINE": [
    "无法连接网络。请检查网络后重试。",
    "The network can't be reached. Please check your connection and try again.",
  ],
  "BOOT-MISSING": [
    "有文件未能取得，可能刚刚发布了新版本。请重试。",
    "A file couldn't be fetched; a new version may just have been released. Please try again.",
  ],
  "BOOT-SLOW": [
    "网络长时间没有响应。请检查网络后重试。",
    "The network hasn't answered for a while. Please check your connection and try again.",
  ],
  "BOOT-ALTERED": [
    "收到的文件与发布的不一致，已停止打开。请更换网络后重试。",
    "A file is not the one that was published, so it wasn't run. Please try again on another network.",
  ],
  "APP-BROKEN": [
    "页面出现故障，已停止运行。已提交的操作不受影响，请重试。",
    "The page has failed and was stopped. What you submitted is safe. Please try again.",
  ],
  "BOOT-BROKEN": [
    "页面未能启动。请重试；若仍不行，请更新浏览器。",
    "The page couldn't start. Please try again, or update your browser.",
  ],
};

function failure(code, detail) {
  return Object.assign(new Error(code), { code, detail });
}

// A module script carries `integrity`, which `import()` cannot; once loaded, importing the
// same address yields that very module.
function loadGlue() {
  return new Promise((loaded, failed) => {
    const script = document.createElement("script");
    script.type = "module";
    script.src = tag.dataset.js;
    if (tag.dataset.jsIntegrity) script.integrity = tag.dataset.jsIntegrity;
    script.onload = () => loaded(import(script.src));
    script.onerror = () => {
      const why = failure(navigator.onLine ? "BOOT-MISSING" : "BOOT-OFFLINE", "js");
      renew(script.src).then(() => failed(why));
    };
    document.head.append(script);
  });
}

// The browser keeps what was altered on its way for a year: the next try gets it anew.
function renew(address) {
  return fetch(address, { cache: "reload" })
    .then((response) => response.arrayBuffer())
    .catch(() => {});
}

// Compiles while the bytes arrive, and counts a copy of them for the progress line. Nothing
// runs before the sum of all bytes is right.
async function loadBinary(progressed) {
  const response = await fetch(tag.dataset.wasm).catch(() => {
    throw failure("BOOT-OFFLINE", "wasm");
  });
  if (!response.ok) throw failure("BOOT-MISSING", response.status);
  const copy = response.clone().body.getReader();
  const compiled = WebAssembly.compileStreaming(response);
  compiled.catch(() => {}); // Reported where it is awaited, after the reasons that are clearer.
  const chunks = [];
  let received = 0;
  for (;;) {
    const { done, value } = await copy.read().catch(() => {
      throw failure("BOOT-OFFLINE", received);
    });
    if (done) break;
    chunks.push(value);
    received += value.length;
    progressed(received);
  }
  const expected = tag.dataset.wasmIntegrity;
  // Plain http on a local network has no `subtle`; it could not protect the check either.
  if (expected && crypto.subtle) {
    const bytes = new Uint8Array(received);
    chunks.reduce((at, chunk) => (bytes.set(chunk, at), at + chunk.length), 0);
    const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    if ("sha256-" + btoa(String.fromCharCode(...sum)) !== expected) {
      await renew(tag.dataset.wasm);
      throw failure("BOOT-ALTERED");
    }
  }
  // The bytes are the right ones, so it is the browser that cannot read them, or must not.
  return compiled.catch((error) => {
    throw error instanceof WebAssembly.CompileError || error instanceof EvalError ? failure("BOOT-OLD", "wasm") : error;
  });
}

function showProgress() {
  const line = document.createElement("progress");
  line.setAttribute("aria-hidden", "true"); // The text above it is what is read aloud.
  const size = Number(tag.dataset.wasmSize);
  const timer = setTimeout(() => boot.append(line), QUIET_MS);
  return {
    moved(received) {
      if (size) line.value = Math.min(received / size, 1);
    },
    // The app runs and asks the server what to draw: nobody knows how long that takes.
    arrived() {
      line.removeAttribute("value");
    },
    ended() {
      clearTimeout(timer);
      line.remove();
    },
  };
}

// The app draws behind what was painted first (`#boot`) and tells when a screen stands. What was
// typed goes over to the fields of the same id, with the cursor; all in one go, so that nothing
// is painted in between.
function handOver() {
  const elsewhere = (selector) => [...document.querySelectorAll(selector)].find((heir) => !boot.contains(heir));
  const heirOf = (element) => element.id && elsewhere(`[id="${element.id}"]`);
  for (const field of boot.querySelectorAll("input")) {
    const heir = heirOf(field);
    const [property, first, event] =
      field.type === "checkbox" ? ["checked", "defaultChecked", "change"] : ["value", "defaultValue", "input"];
    // What nobody touched the app knows better.
    if (!heir || field[property] === field[first]) continue;
    heir[property] = field[property];
    heir.dispatchEvent(new Event(event, { bubbles: true }));
  }
  const held = document.activeElement;
  const heir = boot.contains(held) && (heirOf(held) || (held.href && elsewhere(`a[href="${held.getAttribute("href")}"]`)));
  const { selectionStart, selectionEnd, selectionDirection } = held;
  boot.remove();
  performance.mark("drawn");
  if (!heir) return;
  heir.focus({ preventScroll: true });
  if (selectionStart != null) heir.setSelectionRange(selectionStart, selectionEnd, selectionDirection);
}
// In a task of its own: Leptos sets the first values of fields in what is queued just then.
addEventListener("screen", () => setTimeout(handOver), { once: true });

function explain(error) {
  const code = error.code || "BOOT-BROKEN";
  const detail = error.detail === undefined ? "" : " " + error.detail;
  const paragraph = (text, lang) => Object.assign(document.createElement("p"), { textContent: text, lang });
  const [zh, en] = REASONS[code];
  const words = document.createElement("div");
  words.setAttribute("role", "alert");
  boot.removeAttribute("data-shell");
  boot.removeAttribute("aria-busy");
  boot.textContent = "";
  boot.append(words);
  words.append(paragraph(zh, "zh-CN"), paragraph(en, "en"), paragraph(code + detail, "en"));
  const again = document.createElement("button");
  again.type = "button";
  again.textContent = "重试 / Try again";
  again.onclick = () => location.reload();
  boot.append(again);
  console.error(error);
}

// Where an account was painted first, the server is asked who is signed in beside the fetching of the app, which takes
// the answer from here (`browser::early_answer`). What stands in the address may change who that is.
function askWho() {
  if (!boot.dataset.shell || boot.dataset.shell === "sign-in" || location.search) return;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  const asked = fetch("/api/v1/me", { headers: { "X-Client": "menshen-boot/1" }, signal: stop.signal });
  window.menshenMe = asked.then(async (answer) => {
    const body = await answer.arrayBuffer();
    clearTimeout(timer);
    return new Response(body, answer);
  });
  // The app says what is wrong.
  window.menshenMe.catch(() => {});
}

function supported() {
  return (
    typeof WebAssembly === "object" &&
    "compileStreaming" in WebAssembly &&
    typeof AbortController === "function" &&
    typeof HTMLDialogElement === "function" &&
    // Without layers there are no styles.
    typeof CSSLayerBlockRule === "function" &&
    "replaceChildren" in Element.prototype
  );
}

async function start() {
  performance.mark("boot");
  if (!supported()) throw failure("BOOT-OLD");
  askWho();
  const progress = showProgress();
  let timer;
  const overdue = new Promise((_, failed) => {
    progress.alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => failed(failure("BOOT-SLOW")), PATIENCE_MS);
    };
  });
  progress.alive();
  try {
    const loading = Promise.all([
      loadGlue(),
      loadBinary((received) => {
        progress.alive();
        progress.moved(received);
      }),
    ]);
    const [glue, module_or_path] = await Promise.race([loading, overdue]);
    performance.mark("files");
    const wasm = await glue.default({ module_or_path });
    performance.mark("started");
    dispatchEvent(new CustomEvent("TrunkApplicationStarted", { detail: { wasm } }));
    progress.arrived();
  } catch (error) {
    progress.ended();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

// A panic ends the binary with a trap, and an exception that passes through it leaves it as unusable:
// nothing in it was put back in order. Say so in its place (WEB-10, B20).
function trapped(error) {
  const passed = error instanceof Error && String(error.stack).includes(tag.dataset.js);
  if (!passed && !(error instanceof WebAssembly.RuntimeError)) return;
  document.body.textContent = "";
  document.body.append(boot);
  explain(failure("APP-BROKEN"));
}
addEventListener("error", (event) => trapped(event.error));
addEventListener("unhandledrejection", (event) => trapped(event.reason));

// A file or an address that is dropped beside its place must not take the place of the page; a text
// still goes into a field (B32).
function dropped(event) {
  const kinds = String(event.dataTransfer && event.dataTransfer.types);
  if (/\bFiles\b|text\/uri-list/.test(kinds)) event.preventDefault();
}
addEventListener("dragover", dropped);
addEventListener("drop", dropped);

start().catch(explain);
