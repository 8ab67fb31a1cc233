// The page at `/`: talk with a companion, and see what each reply was answered from. Plain modules, no framework.
// Whatever people said enters the document as text, never as markup.

const find = (id) => document.getElementById(id);
const talk = find("talk"), text = find("text"), memories = find("memories"), banner = find("banner");
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const EARLIER = 12, REMEMBERED = 100, SHOWN = 8, FIRST = "lucy";
const touched = matchMedia("(pointer: coarse)").matches;  // a keyboard that slides over the words is not called unasked
let speaking = null;  // the AbortController of the reply that is being told

// ---- the server

class Refused extends Error {
  constructor(status, error) {
    super([error.message, error.kept, error.next].filter(Boolean).join(" "));
    this.status = status;
  }
}

async function call(method, path, body, signal) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  const key = sessionStorage.getItem("everkin.key");
  if (key) headers.Authorization = `Bearer ${key}`;
  const answer = await fetch(path, { method, headers, body: JSON.stringify(body), signal });
  if (answer.ok) return answer;
  const { error } = await answer.json().catch(() => ({ error: { message: `The server answered ${answer.status}.` } }));
  if (answer.status === 401) { await askForKey(); return call(method, path, body, signal); }
  throw new Refused(answer.status, error);
}

const get = async (path) => (await call("GET", path)).json();

function askForKey() {
  const dialog = find("key");
  if (!dialog.open) dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => {
    sessionStorage.setItem("everkin.key", find("key-value").value.trim());
    done();
  }, { once: true }));
}

function bond() {
  return `/v1/bonds/${encodeURIComponent(find("user").value.trim() || "me")}/${encodeURIComponent(find("companion").value)}`;
}

/** The events of a streamed answer as {event, data}; keep-alive comments are left out. */
async function* events(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    held += value;
    const blocks = held.split("\n\n");
    held = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s)));
      if (fields.data) yield { event: fields.event, data: JSON.parse(fields.data) };
    }
  }
}

// ---- small pieces of the document

function made(tag, { text: content, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (content !== undefined) element.textContent = content;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const dated = (at, format = day) => made("time", { text: format.format(new Date(at)), datetime: at });
const percent = (confidence) => `${Math.round(confidence * 100)} %`;

function utterance(role, words, at) {
  const mine = role === "user";
  const name = mine ? find("user").value : find("companion").value;
  const said = made("span", { class: "said" }, made("b", { text: name }), " ", dated(at, moment));
  const item = made("li", { class: mine ? "mine" : "theirs" }, said, made("p", { class: "words", text: words }));
  talk.append(item);
  return item;
}

function below() { talk.scrollTop = talk.scrollHeight; }

// ---- what a reply was answered from

const VERDICTS = { found: "Found", weak: "Not sure", nothing: "Nothing found" };

function recall({ verdict, confidence, recollections, degraded = [] }) {
  const best = verdict === "nothing" ? [] : [...recollections].sort((a, b) => b.confidence - a.confidence);
  const shown = best.slice(0, SHOWN);
  const summary = made("summary", {},
    made("span", { class: `verdict ${verdict}`, text: VERDICTS[verdict] ?? verdict }),
    ` · confidence ${percent(confidence)} · ${best.length === 1 ? "1 memory" : `${best.length} memories`}${degraded.includes("vectors") ? " · by words alone" : ""}`);
  const list = made("ul", {}, ...shown.map(({ memory, excerpt, confidence: sure }) => made("li", {},
    dated(memory.at), " ",
    made("meter", { min: 0, max: 1, value: sure, "aria-label": "Confidence", title: `confidence ${percent(sure)}` }),
    made("div", { text: excerpt ?? memory.text }))));
  if (best.length > SHOWN) list.append(made("li", { class: "note", text: `and ${best.length - SHOWN} more, less sure` }));
  if (!shown.length) list.append(made("li", { text: "Nothing that is remembered answers this, and the reply was told so." }));
  return made("details", { class: "recall" }, summary, list);
}

function helpful(item, resources) {
  if (!resources) return;
  item.dataset.resources = resources;
  item.querySelector(".words").before(made("div", { class: "resources", role: "note", text: resources }));
}

function understudied(is) {
  banner.hidden = !is;
  banner.textContent = is
    ? "The understudy is answering, from memory alone: no language model could be reached. Start Ollama, or name one in everkin.toml, to hear the companion's own voice."
    : "";
}

// ---- talking

async function say(words) {
  find("starters").hidden = true;
  localStorage.setItem("everkin.spoke", "yes");
  utterance("user", words, new Date().toISOString());
  const item = utterance("assistant", "", new Date().toISOString());
  item.setAttribute("aria-busy", "true");
  speaking = new AbortController();
  busy(true);
  below();
  try {
    const answer = await call("POST", `${bond()}/reply`, { text: words, stream: true }, speaking.signal);
    for await (const { event, data } of events(answer)) follow(item, event, data);
  } catch (error) {
    item.append(made("p", { class: "broken", text: broken(error) }));
    if (!(error.name === "AbortError" || speaking.reply || text.value)) text.value = words;
  } finally {
    item.removeAttribute("aria-busy");
    speaking = null;
    busy(false);
    below();
    await showMemories();
  }
}

function broken(error) {
  if (error.name === "AbortError") return "You stopped this reply; what was said is kept.";
  if (!(error instanceof TypeError)) return error.message;
  return speaking.reply ? "The connection was lost. What was said so far is kept; load the page again to see it."
    : "Everkin cannot be reached. Is it still running? What you wrote is back in the box.";
}

/** The help for somebody in danger is the reply's own first words; it stands in a box of its own here. */
function spoken(item, words) {
  item.dataset.words = words;
  item.querySelector(".words").textContent = words.replace(item.dataset.resources ?? "", "").trimStart();
}

function follow(item, event, data) {
  const near = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;
  if (event === "started") { speaking.reply = data.message_id; helpful(item, data.resources); item.append(recall(data)); }
  if (event === "text") spoken(item, (item.dataset.words ?? "") + data.text);
  if (event === "replaced" || event === "finished") spoken(item, data.text);
  if (event === "finished") understudied(data.understudy);
  if (event === "interrupted") item.append(made("p", { class: "broken", text: "The reply was broken off; what was said is kept." }));
  if (event === "error") item.append(made("p", { class: "broken", text: new Refused(0, data.error).message }));
  if (near) below();
}

function busy(is) {
  find("send").hidden = is;
  find("stop").hidden = !is;
  find("who").inert = is;
  if (!is && !touched) text.focus();
}

// ---- what is remembered

async function showMemories() {
  const note = find("memories-note");
  try {
    const kept = await get(`${bond()}/memories?limit=${REMEMBERED}`);
    memories.replaceChildren(...kept.map(remembered));
    note.textContent = kept.length ? `The latest ${kept.length}, newest first.` : "Nothing yet.";
  } catch (error) {
    memories.replaceChildren();
    note.textContent = error.status === 404 ? "Nothing yet. Say hello."
      : error instanceof TypeError ? "Everkin cannot be reached." : error.message;
  }
}

function remembered(memory) {
  const pin = made("button", { type: "button", "aria-pressed": String(memory.pinned), text: memory.pinned ? "Pinned" : "Pin" });
  const why = made("button", { type: "button", "aria-expanded": "false", text: "Why do you know this?" });
  const erase = made("button", { type: "button", class: "danger", text: "Erase" });
  const tags = [memory.kind === "episodic" ? null : memory.kind, memory.safety ? "safety" : null].filter(Boolean);
  const item = made("li", {}, dated(memory.at), ...tags.map((tag) => made("span", { class: "tag", text: tag })),
    made("p", { text: memory.text }), made("div", { class: "acts" }, pin, why, erase));
  pin.addEventListener("click", attempt(async () => {
    await call("POST", `${bond()}/memories/${memory.id}/pin`, { pinned: !memory.pinned });
    await showMemories();
  }));
  why.addEventListener("click", attempt(() => showSources(item, why, memory)));
  erase.addEventListener("click", attempt(() => eraseMemory(memory)));
  return item;
}

async function showSources(item, why, memory) {
  const open = item.querySelector(".sources");
  why.setAttribute("aria-expanded", String(!open));
  if (open) { open.remove(); return; }
  const sources = await get(`${bond()}/memories/${memory.id}/sources`);
  const said = sources.map((source) => made("div", {},
    made("b", { text: source.name || (source.role === "user" ? find("user").value : find("companion").value) }), " said on ",
    dated(source.at, moment), made("p", { text: source.content })));
  item.append(made("div", { class: "sources" }, ...said));
}

async function eraseMemory(memory) {
  const dialog = find("erase");
  find("erase-text").textContent = memory.text;
  dialog.returnValue = "keep";
  dialog.showModal();
  await new Promise((done) => dialog.addEventListener("close", done, { once: true }));
  if (dialog.returnValue !== "erase") return;
  await call("DELETE", `${bond()}/memories/${memory.id}`);
  await showMemories();
}

const attempt = (act) => async () => {
  try { await act(); } catch (error) { find("memories-note").textContent = error.message; }
};

// ---- the start

async function showEarlier() {
  talk.replaceChildren();
  let said = [];
  try { said = await get(`${bond()}/timeline?limit=${EARLIER}`); } catch (error) { if (error.status !== 404) throw error; }
  const words = said.filter((memory) => memory.kind === "episodic").reverse();
  for (const memory of words) utterance(memory.role, memory.text, memory.at);
  talk.append(made("li", { class: "lead", text: words.length ? "Earlier words end here." : "This is the beginning." }));
  below();
}

async function meet() {
  localStorage.setItem("everkin.user", find("user").value.trim());
  localStorage.setItem("everkin.companion", find("companion").value);
  await Promise.all([showEarlier(), showMemories()]);
}

async function showHealth() {
  const { ready, parts } = await (await fetch("/readyz")).json();
  const providers = Object.entries(parts).filter(([part]) => part.startsWith("provider "));
  const resting = providers.filter(([, state]) => state !== "closed").map(([part]) => part.slice("provider ".length));
  understudied(!providers.length);
  find("health").textContent = !ready ? `Not ready. Database: ${parts.database}`
    : resting.length ? `Not reachable: ${resting.join(", ")}` : "All is well.";
}

function complain(error) {
  const told = error instanceof TypeError ? "Everkin cannot be reached. Is it still running?" : error.message;
  talk.append(made("li", { class: "broken", role: "alert", text: told }));
}

/** Somebody who has never met the sample companion is shown what she can be asked; gone with the first word. */
async function showStarters(companions) {
  const { version, questions } = await get("/page/starters");
  const known = companions.find(({ name }) => name === find("companion").value);
  if (known?.version !== version || localStorage.getItem("everkin.spoke") || !talk.querySelector(".mine")) return;
  find("starters").replaceChildren(...questions.map((question) => {
    const button = made("button", { type: "button", text: question });
    button.addEventListener("click", () => { if (!speaking) say(question); });
    return button;
  }));
  find("starters").hidden = false;
  below();
}

function remembering(is) {
  document.body.classList.toggle("remembering", is);
  find("beside").setAttribute("aria-expanded", String(is));
  find("beside").textContent = is ? "Back to talking" : "Remembered";
}

async function start() {
  const known = await get("/v1/companions");
  const companions = known.length ? known : [{ name: FIRST }];
  find("companion").replaceChildren(...companions.map(({ name }) => made("option", { value: name, text: name })));
  const last = localStorage.getItem("everkin.companion");
  if (companions.some(({ name }) => name === last)) find("companion").value = last;
  find("user").value = localStorage.getItem("everkin.user") || "me";
  await meet();
  await Promise.all([showHealth(), showStarters(companions)]);
  if (!touched) text.focus();
}

find("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = text.value;
  if (speaking || !words.trim()) return;
  text.value = "";
  met.then(() => say(words));
});
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); find("say").requestSubmit(); }
});
find("stop").addEventListener("click", () => {
  if (speaking?.reply) call("POST", `${bond()}/replies/${speaking.reply}/stop`).catch(() => {});
  speaking?.abort();
});
find("beside").addEventListener("click", () => remembering(find("beside").getAttribute("aria-expanded") === "false"));
find("refresh").addEventListener("click", showMemories);
find("who").addEventListener("change", () => { find("starters").hidden = true; met = meet().catch(complain); });
find("who").addEventListener("submit", (event) => event.preventDefault());

// What is typed before the page has met the two is said once it has.
let met = start().catch(complain);
