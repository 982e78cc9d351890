// Encodes and draws the same texts by the app's code and by the npm package `qrcode`, by turns so
// that the machine's moods strike both. Every text is another, so that nothing is remembered; a
// picture is drawn when the browser knows where it stands.
import start, { draw } from "/ours.js";
import QRCode from "/theirs.js";

const ROUNDS = 200;
const AT_ONCE = 10; // The clock of a page has steps of a tenth of a millisecond.
const SAME = { errorCorrectionLevel: "M", margin: 4 };

const at = (id) => document.getElementById(id);
const settle = (element) => element.getBoundingClientRect().width;

const WAYS = {
  ours: (text) => {
    draw(at("ours"), text);
    settle(at("ours"));
  },
  svg: (text) => {
    QRCode.toString(text, { ...SAME, type: "svg" }, (error, picture) => {
      if (error) throw error;
      at("theirs").innerHTML = picture;
    });
    settle(at("theirs"));
  },
  canvas: (text) => {
    QRCode.toCanvas(at("canvas"), text, SAME, (error) => {
      if (error) throw error;
    });
    settle(at("canvas"));
  },
};

let count = 0;
// A link of so many bytes, never the same.
function link(bytes) {
  const head = `https://example.test/q?scene=${(count += 1).toString(36)}-`;
  return head + "0123456789abcdefghij".repeat(10).slice(0, bytes - head.length);
}

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];

globalThis.bench = async () => {
  await start({ module_or_path: fetch("/ours_bg.wasm") });
  return [60, 150].map((bytes) => {
    const times = { ours: [], svg: [], canvas: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [way, show] of Object.entries(WAYS)) {
        const texts = Array.from({ length: AT_ONCE }, () => link(bytes));
        const begun = performance.now();
        texts.forEach(show);
        // The first rounds warm both up.
        if (round >= ROUNDS / 10) times[way].push((performance.now() - begun) / AT_ONCE);
      }
    }
    return { bytes, ours: median(times.ours), svg: median(times.svg), canvas: median(times.canvas) };
  });
};
