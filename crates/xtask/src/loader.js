// Fetches the parts of the app (src/parts.rs). `cargo xtask dist` fills in the two tables and puts this
// before what wasm-bindgen wrote, whose `wasm` holds what the main file exports.

// The address and the integrity of each file.
const FILES = {};
// The files of each part.
const PARTS = {};

// A file that does not come in that time is given up, so that the person can decide.
const PART_PATIENCE_MS = 60000;

const fetched = {};
// What came and was not right is not read from the cache: the browser keeps a file that was altered on its way.
const lost = {};

function fetchFile(name) {
  const [address, integrity] = FILES[name];
  const given_up = new AbortController();
  let is_late = false;
  const timer = setTimeout(() => {
    is_late = true;
    given_up.abort();
  }, PART_PATIENCE_MS);
  const response = fetch(new URL(address, import.meta.url), { integrity, signal: given_up.signal, cache: lost[name] ? "reload" : "default" });
  const here = WebAssembly.instantiateStreaming(response, { __wasm_split: wasm, main: wasm });
  const ended = () => clearTimeout(timer);
  here.then(ended, () => {
    ended();
    // It is asked for again at the next try.
    lost[name] = !is_late;
    delete fetched[name];
  });
  return here;
}

// The style sheet of the account's screens; the page has it already if one of them was painted first.
async function fetchSheet(name) {
  const [href, integrity] = FILES[name];
  const painted = document.querySelector(`link[href="${href}"]`);
  if (painted) {
    if (painted.sheet) return;
    painted.remove();
    lost[name] = true;
  }
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href, integrity });
  const given_up = new AbortController();
  const timer = setTimeout(() => {
    given_up.abort();
    link.onerror();
  }, PART_PATIENCE_MS);
  try {
    const here = new Promise(function (come, fail) {
      link.onload = come;
      link.onerror = fail;
    });
    if (lost[name]) {
      const again = await fetch(href, { cache: "reload", signal: given_up.signal });
      await again.arrayBuffer();
    }
    document.head.append(link);
    await here;
  } catch {
    link.remove();
    lost[name] = true;
    delete fetched[name];
    throw new Error(`${href} did not come`);
  } finally {
    clearTimeout(timer);
  }
}

// Tells the app, by a function of its own, whether a part is here.
function loader(part) {
  return (callback, data) => {
    const tell = (is_here) => wasm.__indirect_function_table.get(callback)(data, is_here);
    const failed = (error) => {
      console.error(error);
      tell(false);
    };
    Promise.all(PARTS[part].map((name) => (fetched[name] ??= (name.endsWith(".css") ? fetchSheet : fetchFile)(name)))).then(() => tell(true), failed);
  };
}

const loaders = {};
Object.keys(PARTS).map((part) => (loaders["__wasm_split_load_" + part] = loader(part)));
