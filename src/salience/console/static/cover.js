// A cover for every film, drawn from its id and genre: the same film always gets the same one.

const SVG = "http://www.w3.org/2000/svg";

// Hue by genre, so that a row that turns to one genre turns to one colour. The most telling genre of a film comes first
// here and leads: "Action, Drama, Western" is a western.
const HUES = {
  "Film-Noir": 290, Western: 55, Documentary: 195, Animation: 105, Musical: 335, Fantasy: 310, Horror: 20, Mystery: 280,
  "Sci-Fi": 245, War: 130, "Children's": 150, Crime: 220, Romance: 0, Adventure: 70, Thriller: 175, Comedy: 88, Action: 35,
  Drama: 265,
};
const ORDER = Object.keys(HUES);
const rank = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : -1);

export const leading = (categories) => [...categories].sort((a, b) => rank(a) - rank(b))[0] ?? "";

export function seedOf(text) {
  let hash = 2166136261;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  return hash >>> 0;
}

// Mulberry32: small, and enough for pictures.
function chance(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function draw(parent, name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

const SCENES = [
  function sun(svg, r) {
    const x = 50 + r() * 100, y = 95 + r() * 60, size = 42 + r() * 34;
    draw(svg, "circle", { cx: x, cy: y, r: size, class: "light" });
    for (let i = 0; i < 6; i += 1) draw(svg, "rect", { x: 0, y: y + 12 + i * (9 + i * 2.4), width: 200, height: 3 + i * 1.9, class: "deep" });
  },
  function rings(svg, r) {
    const x = r() < 0.5 ? 0 : 200, y = r() * 130;
    for (let i = 7; i > 0; i -= 1) draw(svg, "circle", { cx: x, cy: y, r: i * 27 + r() * 7, class: i % 2 ? "mid" : "deep" });
    draw(svg, "circle", { cx: x, cy: y, r: 18, class: "light" });
  },
  function hills(svg, r) {
    draw(svg, "circle", { cx: 40 + r() * 120, cy: 60 + r() * 30, r: 16 + r() * 12, class: "light" });
    ["far", "mid", "deep"].forEach((shade, layer) => {
      const base = 110 + layer * 48, one = 30 + r() * 40, two = 30 + r() * 40;
      draw(svg, "path", { d: `M0 ${base} C 50 ${base - one}, 80 ${base + two * 0.6}, 120 ${base - 6} S 180 ${base - two}, 200 ${base + 8} V300 H0Z`, class: shade });
    });
  },
  function bands(svg, r) {
    const slant = 60 + r() * 90;
    let at = -120;
    while (at < 240) {
      const width = 8 + r() * 34;
      draw(svg, "path", { d: `M${at} 300 L${at + slant} 0 h${width} L${at + width} 300Z`, class: r() < 0.22 ? "light" : r() < 0.5 ? "mid" : "deep" });
      at += width + 8 + r() * 22;
    }
  },
  function tiles(svg, r) {
    for (let row = 0; row < 6; row += 1) {
      for (let column = 0; column < 4; column += 1) {
        const x = column * 50, y = row * 50, turn = Math.floor(r() * 4), shade = r() < 0.18 ? "light" : r() < 0.5 ? "mid" : "deep";
        const shapes = [`M${x} ${y} h50 a50 50 0 0 1 -50 50Z`, `M${x} ${y} v50 h50 a50 50 0 0 0 -50 -50Z`, `M${x + 50} ${y} v50 h-50 a50 50 0 0 1 50 -50Z`, `M${x} ${y} a50 50 0 0 0 50 50 v-50Z`];
        draw(svg, "path", { d: shapes[turn], class: shade });
      }
    }
  },
  function beams(svg, r) {
    const x = 20 + r() * 160, y = 40 + r() * 70, turn = r() * 0.3;
    for (let i = 0; i < 14; i += 1) {
      const a = turn + (i * Math.PI) / 7, b = a + 0.2;
      draw(svg, "path", { d: `M${x} ${y} L${x + 400 * Math.cos(a)} ${y + 400 * Math.sin(a)} L${x + 400 * Math.cos(b)} ${y + 400 * Math.sin(b)}Z`, class: i % 2 ? "mid" : "deep" });
    }
    draw(svg, "circle", { cx: x, cy: y, r: 24 + r() * 12, class: "light" });
  },
  function dots(svg, r) {
    const x = r() * 200, y = r() * 160, bright = Math.floor(r() * 40);
    for (let i = 0; i < 77; i += 1) {
      const cx = 14 + (i % 7) * 28.5, cy = 14 + Math.floor(i / 7) * 28.5, far = Math.hypot(cx - x, cy - y);
      draw(svg, "circle", { cx, cy, r: Math.max(2, 14 - far / 15), class: i === bright ? "light" : far < 120 ? "mid" : "deep" });
    }
  },
  function arches(svg, r) {
    const x = 60 + r() * 80, foot = 215 + r() * 30;
    ["deep", "mid", "far", "deep", "light"].forEach((shade, i) => {
      const half = 92 - i * 19;
      draw(svg, "path", { d: `M${x - half} 300 V${foot - 70} a${half} ${half} 0 0 1 ${half * 2} 0 V300Z`, class: shade });
    });
  },
  function waves(svg, r) {
    const swing = 8 + r() * 16, shift = r() * 60;
    for (let i = 0; i < 9; i += 1) {
      const y = 22 + i * 27;
      draw(svg, "path", { d: `M${-80 + shift * (i % 2)} ${y} q25 ${-swing} 50 0 t50 0 t50 0 t50 0 t50 0 t50 0 v${9 + i} q-25 ${swing} -50 0 t-50 0 t-50 0 t-50 0 t-50 0 t-50 0Z`, class: i === 1 ? "light" : i % 2 ? "mid" : "deep" });
    }
  },
  function moons(svg, r) {
    const x = 100, y = 60 + r() * 40, size = 46 + r() * 18;
    for (let i = 0; i < 3; i += 1) draw(svg, "circle", { cx: x + (i - 1) * (24 + r() * 12), cy: y + i * 26, r: size - i * 6, class: ["light", "mid", "far"][i] });
    draw(svg, "rect", { x: 0, y: 188, width: 200, height: 112, class: "deep" });
  },
];

// "Godfather, The (1972)" -> { name: "The Godfather", year: "1972" }
export function parts(title) {
  const [, raw, year = ""] = /^(.*?)\s*(?:\((\d{4})\))?$/.exec(title) ?? [null, title];
  const name = raw.replace(/^(.*), (The|A|An|Les|La|Le|L'|Il|Das|Der|Die|El)\b(.*)$/, (_, rest, article, tail) => `${article}${article.endsWith("'") ? "" : " "}${rest}${tail}`);
  return { name: name.trim() || title, year };
}

export function cover(film) {
  const seed = seedOf(film.item + film.title), r = chance(seed);
  const first = leading(film.categories);
  const hue = (HUES[first] ?? seedOf(first) % 360) + (r() - 0.5) * 22;
  const box = document.createElement("span");
  box.className = `cover type-${seed % 3}`;
  box.style.setProperty("--hue", hue.toFixed(1));
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 200 300");
  svg.setAttribute("preserveAspectRatio", "xMidYMin slice");
  svg.setAttribute("aria-hidden", "true");
  SCENES[(seed >>> 8) % SCENES.length](svg, r);
  const title = document.createElement("span");
  title.className = "cover-title";
  const { name } = parts(film.title);
  title.textContent = name;
  title.lang = "en";
  const longest = Math.max(...name.split(/\s+/).map((word) => word.length));
  title.classList.add(name.length > 34 || longest > 12 ? "tiny" : name.length > 18 || longest > 9 ? "middle" : "huge");
  box.append(svg, title);
  return box;
}
