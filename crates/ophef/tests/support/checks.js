// What is wrong with this page for somebody who can't see it, can't see colours, or has no
// mouse; an empty list if nothing is. Runs in the page, by computed styles.
const faults = [];
const fault = (what, node) => faults.push(`${what}: ${node ? node.outerHTML.slice(0, 160) : ""}`);
const all = (selector) => [...document.querySelectorAll(selector)];
const isShown = (node) => node.getClientRects().length > 0 && getComputedStyle(node).visibility !== "hidden";
const isForSight = (node) => !node.closest("[aria-hidden=true]");

// Language, title, landmarks, headings.
const lang = document.documentElement.lang;
if (lang !== "en" && lang !== "nl") fault(`language ${lang}`);
if (!document.title) fault("no title");
for (const landmark of ["header", "nav", "main", "footer"])
  if (document.querySelectorAll(landmark === "nav" ? "header nav" : `body > ${landmark}`).length !== 1)
    fault(`not one ${landmark}`);
const headings = all("h1,h2,h3,h4,h5,h6");
if (headings.filter((h) => h.tagName === "H1").length !== 1) fault("not one h1");
let level = 0;
for (const heading of headings) {
  const own = Number(heading.tagName[1]);
  if (own > level + 1) fault(`heading of level ${own} after ${level}`, heading);
  if (!heading.textContent.trim()) fault("empty heading", heading);
  level = own;
}

// Names of what can be used, tables, pictures, ids.
const nameOf = (node) =>
  (node.getAttribute("aria-label") ||
    (node.getAttribute("aria-labelledby") || "").split(/\s+/).map((id) => (document.getElementById(id) || {}).textContent || "").join(" ") ||
    [...(node.labels || [])].map((label) => label.textContent).join(" ") ||
    node.textContent || "").trim();
for (const node of all("a[href],button,input:not([type=hidden]),select,textarea,[role=region],nav,form[role]"))
  if (!nameOf(node)) fault("no name", node);
for (const section of all("section")) if (!nameOf(section)) fault("section without a name", section);
for (const table of all("table")) {
  if (!table.querySelector("thead th[scope=col]")) fault("table without column heads", table);
  if ([...table.querySelectorAll("th")].some((th) => !th.hasAttribute("scope"))) fault("head without scope", table);
}
for (const svg of all("svg"))
  if (isForSight(svg) && !(svg.getAttribute("role") === "img" && svg.getAttribute("aria-label")))
    fault("picture without a text", svg);
const ids = all("[id]").map((node) => node.id);
if (new Set(ids).size !== ids.length) fault(`an id twice among ${ids}`);

// Contrast of every text with what is behind it.
const parse = (text) => {
  const numbers = (text.match(/[\d.]+/g) || []).map(Number);
  return text.startsWith("rgb") ? { rgb: numbers.slice(0, 3), alpha: numbers[3] ?? 1 } : null;
};
const over = (front, back) => front.rgb.map((c, i) => c * front.alpha + back[i] * (1 - front.alpha));
const behind = (node) => {
  const layers = [];
  for (let at = node; at; at = at.parentElement) {
    const style = getComputedStyle(at);
    const colour = parse(style.backgroundColor);
    if (colour && colour.alpha > 0) layers.push(colour);
    if (colour && colour.alpha === 1) break;
  }
  const page = matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
  return layers.reverse().reduce((back, front) => over(front, back), page);
};
const light = (rgb) => {
  const [r, g, b] = rgb.map((c) => {
    const part = c / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => {
  const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
};
let texts = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !isShown(node) || node.closest(".sr,.skip,title")) continue;
  const style = getComputedStyle(node);
  const inPicture = node.closest("svg");
  const colour = parse(inPicture ? style.fill : style.color);
  if (!colour) continue;
  texts += 1;
  const back = behind(inPicture ? inPicture.parentElement : node);
  const size = parseFloat(style.fontSize);
  const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  const found = contrast(over(colour, back), back);
  if (found < (isLarge ? 3 : 4.5)) fault(`contrast ${found.toFixed(2)} of "${walker.currentNode.data.trim().slice(0, 30)}"`, node);
}
if (texts < 10) fault(`only ${texts} texts were looked at`);

// Nothing is cut off, and everything that can be used is large enough for a finger.
if (document.documentElement.scrollWidth > innerWidth)
  fault(`${document.documentElement.scrollWidth} pixels wide on ${innerWidth}`);
for (const node of all("a[href],button,input:not([type=hidden]),select,summary")) {
  if (!isShown(node) || node.closest(".skip,p,li:not(header li),td,dd,label,figcaption,.check") && node.tagName === "A") continue;
  const { width, height } = node.getBoundingClientRect();
  if (node.classList.contains("skip") || node.type === "checkbox") continue;
  if (width < 24 || height < 24) fault(`${width}×${height} is small`, node);
}
return faults;
