// The public HTTP API, used as any page would use it: one write key, three routes, no cookies.

const KEY = document.querySelector('meta[name="salience-write-key"]').content;

export function randomId(bytes = 12) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function post(path, body, keepalive = false) {
  const response = await fetch(path, {
    method: "POST",
    headers: { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
    credentials: "omit",
    keepalive,
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error?.message ?? String(response.status));
  return answer;
}

async function get(path, asked = {}) {
  const response = await fetch(`${path}?${new URLSearchParams(asked)}`, { credentials: "omit" });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

export async function collect(events, { leaving = false } = {}) {
  const receipt = await post("/v1/collect", { events: events.map((event) => ({ id: randomId(), ...event })) }, leaving);
  const failed = receipt.results.find((result) => result.status === "failed");
  if (failed) throw new Error(failed.reason);
  return receipt;
}

export const recommend = (request) => post("/v1/recommend", request);
export const outcomes = (reports) => post("/v1/outcomes", { outcomes: reports });
export const films = (asked) => get("/demo/films", asked).then((page) => page.films);
export const genres = () => get("/demo/genres").then((page) => page.genres);
export const pulse = () => get("/demo/pulse");
