// Says which theme to paint in, before anything is painted: it stands before the style sheets.
//
// What the host asks for by `?theme=`, else what the system prefers. A classic script, because a
// module would come after the first paint.

(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const asked = /[?&]theme=(dark|light)(&|$)/.exec(location.search);

  // The browser's own frame around the page; known once the style sheets are.
  function frame() {
    const meta = document.querySelector("meta[name=theme-color]");
    if (meta) meta.content = getComputedStyle(root).backgroundColor;
  }

  function paint() {
    root.dataset.theme = asked ? asked[1] : (system.matches ? "dark" : "light");
    if (document.readyState !== "loading") frame();
  }

  // boot.js says what is wrong, but not where it does not come itself.
  function tellWithoutBoot() {
    const boot = document.getElementById("boot");
    boot.removeAttribute("data-shell");
    boot.textContent =
      "页面未能打开，请刷新。This page couldn't open. Please reload it. BOOT-MISSING boot";
  }

  function failed({ target }) {
    if (!target.dataset || !target.dataset.wasm) return;
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", tellWithoutBoot);
    else tellWithoutBoot();
  }
  addEventListener("error", failed, true);

  paint();
  system.addEventListener("change", paint);
  addEventListener("DOMContentLoaded", frame);
})();
