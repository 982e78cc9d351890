// Fetches the parts of the app (src/parts.rs). `cargo xtask dist` fills in the two tables and puts this
// before what wasm-bindgen wrote, whose `wasm` holds what the main file exports.

// The address and the integrity of each file.
const FILES = {};
// The files of each part.
const PARTS = {};

// A file that makes no progress is given up, so that the person can decide.
const PART_PATIENCE_MS = 30000;

const fetched = {};

function fetchFile(name) {
  const [address, integrity] = FILES[name];
  const given_up = new AbortController();
  const timer = setTimeout(() => given_up.abort(), PART_PATIENCE_MS);
  const response = fetch(new URL(address, import.meta.url), { integrity, signal: given_up.signal });
  const here = WebAssembly.instantiateStreaming(response, { __wasm_split: wasm, main: wasm });
  // What failed is asked for again at the next try.
  here.catch(() => delete fetched[name]).finally(() => clearTimeout(timer));
  return here;
}

// Tells the app, by a function of its own, whether the part is here.
const load = (part) => async (callback, data) => {
  let is_here = true;
  try {
    await Promise.all(PARTS[part].map((name) => (fetched[name] ??= fetchFile(name))));
  } catch (error) {
    console.error(error);
    is_here = false;
  }
  wasm.__indirect_function_table.get(callback)(data, is_here);
};

const loaders = Object.fromEntries(Object.keys(PARTS).map((part) => ["__wasm_split_load_" + part, load(part)]));
