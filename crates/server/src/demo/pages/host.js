// Plays the app around the page, in the demo alone: the object that a webview has, and what the app does when it is
// asked. A bar at the side has the app's buttons and shows every message.
(() => {
  if (top !== window) return;
  const can = /(?:^|; )dev-host=app\.([^;]*)/.exec(document.cookie)[1].split(".").filter(Boolean);
  const lines = [];
  let asked = 0;
  let list;

  function note(mark, text) {
    lines.push(`${mark} ${text}`);
    if (list) list.textContent = lines.join("\n");
  }

  // To the page.
  function tell(id, type, data = {}) {
    const text = JSON.stringify({ p: "menshen/1", id, type, data });
    note("→", text);
    if (host.onmessage) host.onmessage({ data: text });
  }

  const does = {
    ready: (id) => tell(id, "hello", { can }),
    open_wechat(id, { url }) {
      open(url, "_blank");
      tell(id, "open_wechat");
    },
    pick_image(id) {
      const picker = Object.assign(document.createElement("input"), { type: "file", accept: "image/*" });
      picker.oncancel = () => tell(id, "pick_image");
      picker.onchange = async () => {
        const bytes = new Uint8Array(await picker.files[0].arrayBuffer());
        tell(id, "pick_image", { image: btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), "")) });
      };
      picker.click();
    },
    back: (id, { handled }) => handled || note("·", "App 关闭网页 / the app closes the webview"),
  };

  const host = (window.menshenHost = {
    onmessage: null,
    postMessage(text) {
      const { id, type, data } = JSON.parse(text);
      // A picture is long.
      note("←", text.length > 200 ? `${text.slice(0, 200)}…` : text);
      // The page has to have heard its own call end.
      if (does[type]) setTimeout(() => does[type](id, data));
    },
  });

  function change(name, next) {
    const address = new URL(location.href);
    address.searchParams.set(name, next(address.searchParams.get(name)));
    location.href = address;
  }

  const buttons = {
    "返回键 Back": () => tell(`app-${++asked}`, "back"),
    "重开网页 Reopen": () => location.reload(),
    "主题 Theme": () => change("theme", (now) => (now === "dark" ? "light" : "dark")),
    "语言 Language": () => change("ui_locales", (now) => (now === "en" ? "zh-CN" : "en")),
    "字号 Text size": () => {
      const root = document.documentElement;
      root.style.fontSize = root.style.fontSize ? "" : "150%";
    },
    "退出 App Leave": () => (location.href = "/dev/host/leave"),
  };

  addEventListener("DOMContentLoaded", () => {
    // Outside of the body, which is the app's.
    const place = document.createElement("aside");
    const inside = place.attachShadow({ mode: "open" });
    inside.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: "/dev/host/page.css" }));
    const bar = document.createElement("div");
    bar.className = "bar";
    for (const [name, press] of Object.entries(buttons)) {
      bar.append(Object.assign(document.createElement("button"), { type: "button", textContent: name, onclick: press }));
    }
    const log = document.createElement("details");
    log.append(Object.assign(document.createElement("summary"), { textContent: "消息 Messages" }));
    list = document.createElement("pre");
    list.textContent = lines.join("\n");
    log.append(list);
    bar.append(log);
    inside.append(bar);
    document.documentElement.append(place);
  });
})();
