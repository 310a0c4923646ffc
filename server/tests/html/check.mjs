// Validates the HTML of every page, as the server sends it, for visitors, sellers and buyers.
//
// Usage: node check.mjs BASE_URL; the demo sign-ins are in SELLER, BUYER and PASSWORD. It follows every link, reads a few pages of
// each route, submits some invalid forms, and fails if a page of the router was not reached.
import { HtmlValidate } from "html-validate";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { elements, rules } from "./rules.mjs";

/** How many pages of one route with the same query fields are read for each visitor. */
const MOST_OF_A_ROUTE = 4;
const AT_ONCE = 4;
/** Pages behind a sign-in with a provider, which this server doesn't have. */
const BEHIND_A_PROVIDER = ["/sign-up/with", "/account/identities/link", "/account/identities/{id}/unlink"];
const [base] = process.argv.slice(2);
const { SELLER, BUYER, PASSWORD } = process.env;
const REDIRECT = "https://ledger-sync.example/callback";
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const INVALID = { name: "<b>&\"'", email: "nobody", password: "short", budget: "much", amount: "1,25,0" };
/** Invalid forms, and who submits them. */
const REFUSED = [
  ["visitor", "/sign-up", INVALID],
  ["visitor", "/sign-in", { ...INVALID, email: SELLER }],
  ["visitor", "/settings/time-zone", { time_zone: "Nowhere" }],
  ["seller", "/projects/new", { ...INVALID, intent: "review" }],
  ["seller", "/account/tokens", { days: "5000" }],
  ["seller", "/account/notices/push", { name: "", credential: "nothing" }],
  ["seller", "/account/webhooks", { name: "", url: "nowhere" }],
  ["seller", "/account/programs/new", { redirect_uris: "nowhere" }],
  ["seller", "/account/password", { new_password: "short" }],
  ["buyer", "/account/export", { present_password: "wrong" }],
  ["buyer", "/account/erasure", { present_password: "wrong" }],
  ["seller", "/account/passkeys", { name: "" }],
  ["seller", "/account/two-factor/off", { present_password: "short" }],
  ["seller", "/account/two-factor/on", { code: "none" }],
  ["buyer", "/device", { user_code: "none" }],
];

const validator = new HtmlValidate({ root: true, extends: ["html-validate:recommended"], elements: ["html5", elements], rules });
const findings = new Map();
const reached = new Set();
let read = 0;

const visitors = { visitor: "", seller: await signedIn(SELLER), buyer: await signedIn(BUYER) };
await autosave(visitors.seller);
const client = await register(visitors.seller);
await webhook(visitors.seller);
await browser(visitors.seller);
await secondFactor(visitors.seller);
await passkey(visitors.seller);
const STARTS = { visitor: ["/sign-up", "/nowhere", "/dev/mail", "/reset-password/link?secret=x", "/confirm-email/link?secret=x", "/undo-email-change/link?secret=x", "/keep-account/link?secret=x"], seller: ["/dashboard", "/account/passkeys/new", "/account/passkeys/confirm?next=/account", "/account/export/ready?until=1&signature=x", "/confirm-email", "/saved-forms/discard?page=/projects/new"], buyer: ["/dashboard", "/device", consent(client), `${consent(client)}&prompt=none`, consent("unknown")] };
for (const [who, cookie] of Object.entries(visitors)) {
  await crawl(who, cookie);
  for (const [, path, fields] of REFUSED.filter(([whose]) => whose === who)) await submit(who, cookie, path, fields);
}
report();

async function crawl(who, cookie) {
  const seen = new Set(["/", ...STARTS[who]]);
  const counts = new Map();
  const queue = [...seen];
  while (queue.length > 0) {
    const answers = await Promise.all(queue.splice(0, AT_ONCE).map((path) => page(who, cookie, path)));
    for (const link of answers.flat()) {
      if (seen.has(link)) continue;
      seen.add(link);
      const kind = kindOf(link);
      const count = counts.get(kind) ?? 0;
      counts.set(kind, count + 1);
      if (count < MOST_OF_A_ROUTE) queue.push(link);
    }
  }
}

/** Reads and validates a page; returns the links on it. */
async function page(who, cookie, path) {
  const answer = await fetch(base + path, { headers: { cookie, accept: "text/html" }, redirect: "manual" });
  reached.add(routeOf(path));
  const location = answer.headers.get("location");
  if (location) return location.startsWith("/") ? [location] : [];
  const html = await answer.text();
  if (!answer.headers.get("content-type")?.startsWith("text/html")) return [];
  await validate(`${path} (${who})`, html);
  const links = [...html.matchAll(/<a[^>]* href="(\/[^"#]*)/g)].map(([, link]) => link.replaceAll("&amp;", "&"));
  return [...new Set(links)];
}

async function submit(who, cookie, path, fields) {
  const body = new URLSearchParams({ form_key: crypto.randomUUID(), ...fields });
  const answer = await fetch(base + path, { method: "POST", headers: { cookie, accept: "text/html" }, body, redirect: "manual" });
  if (answer.status < 400) return note(`The form was expected to be refused, not answered with ${answer.status}`, "test", `${path} (${who})`);
  await validate(`${path}, refused (${who})`, await answer.text());
}

async function validate(name, html) {
  read += 1;
  const { results } = await validator.validateString(html, name);
  for (const { line, column, message, ruleId, selector } of results.flatMap((result) => result.messages)) {
    note(message, ruleId, `${name}, ${line}:${column}${selector ? `, ${selector}` : ""}`);
  }
}

function note(message, rule, where) {
  const key = `${message} (${rule})`;
  findings.set(key, [...(findings.get(key) ?? []), where]);
}

function report() {
  const missed = pagesOfTheRouter().filter((route) => !reached.has(route) && !BEHIND_A_PROVIDER.includes(route));
  for (const route of missed) note("No link leads to this page", "test", route);
  console.log(`${read} pages were validated.`);
  for (const [finding, places] of findings) console.log(`${finding}: ${places.length} times, first on ${places[0]}`);
  process.exitCode = findings.size > 0 ? 1 : 0;
}

/** The routes that the walk in end2end/narrow.spec.ts visits, which has a row for every page. */
function pagesOfTheRouter() {
  const walk = readFileSync(join(import.meta.dirname, "../../../end2end/narrow.spec.ts"), "utf8");
  const routes = [...walk.matchAll(/^ +\["(\/[^"]*)", (?:"|who)/gm)].map(([, route]) => route);
  return [...new Set(routes)];
}

/** `/projects/7?q=a` is `/projects/{id}`. */
function routeOf(path) {
  const route = path.split("?")[0].replace(/\/\d+/g, "/{id}");
  return route.replace(/^(\/api\/docs\/problems)\/.+/, "$1/{slug}");
}

/** Pages of one kind differ only in the values of their query. */
function kindOf(path) {
  const fields = new URLSearchParams(path.split("?")[1] ?? "").keys();
  return `${routeOf(path)} ${[...new Set(fields)].sort()}`;
}

/** The seller types into the form of a new project without sending it. */
async function autosave(cookie) {
  const fields = { name: "Typed", summary: "", description: "", category: "", skills: "", currency: "EUR", budget: "", deadline: "", deadline_hour: "", deadline_shown: "", time_zone: "UTC" };
  const body = JSON.stringify({ draft: null, fields, form_key: crypto.randomUUID() });
  const headers = { cookie, accept: "application/json", "content-type": "application/json", origin: base };
  const answer = await fetch(`${base}/writes/autosave-project`, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(`The autosave was answered with ${answer.status}: ${await answer.text()}`);
}

/** The seller begins to set up two-factor authentication. */
async function secondFactor(cookie) {
  const body = new URLSearchParams({ present_password: PASSWORD });
  const answer = await fetch(`${base}/account/two-factor/setup`, { method: "POST", headers: { cookie }, body, redirect: "manual" });
  if (answer.headers.get("location") !== "/account/two-factor/setup") throw new Error(`The setup was answered with ${answer.status}`);
}

/** The seller begins to add a passkey. */
async function passkey(cookie) {
  const body = new URLSearchParams({ name: "My phone", present_password: PASSWORD });
  const answer = await fetch(`${base}/account/passkeys`, { method: "POST", headers: { cookie }, body, redirect: "manual" });
  if (answer.headers.get("location") !== "/account/passkeys/new") throw new Error(`The passkey was answered with ${answer.status}`);
}

/** The seller registers a program; returns its client id. */
async function register(cookie) {
  const fields = { form_key: crypto.randomUUID(), name: "Ledger Sync", kind: "public", redirect_uris: REDIRECT, device_flow: "yes", scopes: "bids:read" };
  const answer = await fetch(`${base}/account/programs/new`, { method: "POST", headers: { cookie }, body: new URLSearchParams(fields) });
  const html = await answer.text();
  await validate("a new program (seller)", html);
  return /<code class="secret"[^>]*>([^<]+)/.exec(html)?.[1] ?? "";
}

/** The seller adds a webhook, whose name leads nowhere. */
async function webhook(cookie) {
  const fields = { form_key: crypto.randomUUID(), name: "Ledger", format: "standard", url: "https://hooks.ledger-sync.example/guildhall" };
  const answer = await fetch(`${base}/account/webhooks`, { method: "POST", headers: { cookie }, body: new URLSearchParams(fields) });
  await validate("a new webhook (seller)", await answer.text());
}

/** Has a browser show notifications, with the receiver's keys in the example of RFC 8291, appendix A. */
async function browser(cookie) {
  const keys = { p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", auth: "BTBZMqHH6r4Tts7J_aSIgg" };
  const fields = { name: "Laptop", credential: JSON.stringify({ endpoint: "https://push.ledger-sync.example/1", keys }) };
  const answer = await fetch(`${base}/account/notices/push`, { method: "POST", headers: { cookie }, body: new URLSearchParams(fields), redirect: "manual" });
  if (answer.status !== 303) throw new Error(`A browser can't be added: ${answer.status}.`);
}

/** The path of a page on which a program asks for access. */
function consent(client) {
  const query = { response_type: "code", client_id: client, redirect_uri: REDIRECT, scope: "bids:read", code_challenge: CHALLENGE, code_challenge_method: "S256" };
  return `/oauth/authorize?${new URLSearchParams(query)}`;
}

async function signedIn(email) {
  const body = new URLSearchParams({ email, password: PASSWORD });
  const answer = await fetch(`${base}/sign-in`, { method: "POST", body, redirect: "manual" });
  if (answer.status !== 303) throw new Error(`${email} can't sign in: the server answers ${answer.status}.`);
  return answer.headers.getSetCookie().map((cookie) => cookie.split(";")[0]).join("; ");
}
