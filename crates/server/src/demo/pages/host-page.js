// Opens the app as the chosen host would.
const chosen = (id) => document.getElementById(id);
chosen("app").addEventListener("submit", (event) => {
  event.preventDefault();
  const to = new URLSearchParams();
  for (const [name, id] of [["action", "action"], ["theme", "theme"], ["ui_locales", "language"]]) {
    if (chosen(id).value) to.set(name, chosen(id).value);
  }
  const can = ["open_wechat", "pick_image"].filter((id) => chosen(id).checked).join(".");
  const open = new URLSearchParams({ kind: chosen("kind").value, can, to: `/?${to}` });
  location.href = `/dev/host/open?${open}`;
});
