// What of the page does not fit: a line for each text that leaves the screen, leaves its own box,
// or is cut off. With a factor above 1, every word is first made so many times longer. The page is
// left as it was found.
const [factor] = arguments;
const root = document.scrollingElement;
const found = [];

const texts = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) if (walker.currentNode.data.trim()) texts.push(walker.currentNode);
const before = texts.map((text) => text.data);
if (factor > 1) {
  for (const text of texts) {
    text.data = text.data.replace(/\p{L}+/gu, (word) => word.padEnd(Math.round(word.length * factor), word));
  }
}

const named = (element) => {
  const name = element.id ? "#" + element.id : [...element.classList].map((c) => "." + c).join("");
  return element.localName + name;
};
// The nearest box that holds the text; inline elements flow inside one.
const holder = (element) => {
  while (["inline", "contents"].includes(getComputedStyle(element).display)) element = element.parentElement;
  return element;
};
// Texts for screen readers alone are in a box of a pixel.
const hidden = (element) =>
  !element.checkVisibility({ visibilityProperty: true }) ||
  (element.closest("*") && [element, element.parentElement].some((e) => e && e.offsetWidth <= 1 && e.offsetHeight <= 1 && e.offsetParent));

if (root.scrollWidth > innerWidth) found.push(`the page is ${root.scrollWidth} wide on a screen of ${innerWidth}`);
for (const text of texts) {
  const element = text.parentElement;
  if (hidden(element)) continue;
  const range = document.createRange();
  range.selectNodeContents(text);
  const box = holder(element);
  const own = box.getBoundingClientRect();
  // Letters may reach over a tight line; that covers nothing.
  const slack = parseFloat(getComputedStyle(element).fontSize) / 4;
  const told = new Set();
  const tell = (what) => {
    if (!told.has(what)) found.push(`${what}: ${named(element)} in ${named(box)}: "${text.data.trim().slice(0, 40)}"`);
    told.add(what);
  };
  for (const line of range.getClientRects()) {
    if (line.width === 0) continue;
    if (line.left < -1 || line.right > innerWidth + 1) tell("off the screen");
    if (line.left < own.left - 1 || line.right > own.right + 1) tell("wider than its box");
    if (line.top < own.top - slack || line.bottom > own.bottom + slack) tell("higher than its box");
    for (let clip = box; clip && clip !== document.body; clip = clip.parentElement) {
      const style = getComputedStyle(clip);
      const edge = clip.getBoundingClientRect();
      if (style.overflowX !== "visible" && (line.left < edge.left - 1 || line.right > edge.right + 1)) tell("cut off");
      // What scrolls downward can be read.
      const cuts = ["hidden", "clip"].includes(style.overflowY);
      if (cuts && (line.top < edge.top - slack || line.bottom > edge.bottom + slack)) tell("cut off");
    }
  }
}

texts.forEach((text, at) => {
  if (factor > 1) text.data = before[at];
});
return found;
