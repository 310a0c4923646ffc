// Runs Lighthouse on the pages of a server with demo data, in a mobile and a desktop form factor; prints a table of the
// scores and every audit that did not pass. The reports are saved as JSON. Exits with 1 if a score is below its goal.
//
// Usage: node measure.mjs BASE_URL OUT_DIR RUNS PAGE…; the demo sign-ins are in SELLER, BUYER and PASSWORD.
import lighthouse from "lighthouse";
import desktopConfig from "lighthouse/core/config/desktop-config.js";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import puppeteer from "puppeteer-core";

const CATEGORIES = {
  performance: "Performance",
  accessibility: "Accessibility",
  "best-practices": "Best practices",
  seo: "SEO",
};
/** The lowest passing score of each category. Performance depends on other load on the machine: docs/PERFORMANCE.md. */
const GOALS = {
  mobile: { performance: 97, accessibility: 100, "best-practices": 100, seo: 100 },
  desktop: { performance: 99, accessibility: 100, "best-practices": 100, seo: 100 },
};
const FORM_FACTORS = { mobile: undefined, desktop: desktopConfig };
/** The time limit for one audit of a page. */
const TIMEOUT_MS = 120_000;
const MAX_TRIES = 3;

const [base, out, runs, ...wanted] = process.argv.slice(2);
const { SELLER, BUYER, PASSWORD } = process.env;

const PAGES = {
  front: async () => ({ path: "/" }),
  list: async () => ({ path: "/projects" }),
  project: async () => ({ path: await anOpenProject() }),
  archive: async () => ({ path: "/archive" }),
  "sign-in": async () => ({ path: "/sign-in" }),
  "dashboard-seller": async () => ({ path: "/dashboard", cookies: await signedIn(SELLER) }),
  "dashboard-buyer": async () => ({ path: "/dashboard", cookies: await signedIn(BUYER) }),
};

const unknown = wanted.filter((name) => !(name in PAGES));
if (unknown.length > 0) fail(`Unknown: ${unknown.join(", ")}. The pages are ${Object.keys(PAGES).join(", ")}.`);
mkdirSync(out, { recursive: true });

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM_BIN ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    // Requests to other hosts are blocked.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  ],
});
const rows = [];
try {
  for (const name of wanted.length > 0 ? wanted : Object.keys(PAGES)) {
    const page = await PAGES[name]();
    for (const formFactor of Object.keys(FORM_FACTORS)) rows.push(await measured(name, page, formFactor));
  }
} finally {
  await browser.close();
}
report(rows);

/** The median run of a page by performance, the only score that varies between runs. */
async function measured(name, page, formFactor) {
  const results = [];
  for (let run = 1; run <= Number(runs); run += 1) {
    const started = Date.now();
    process.stdout.write(`${name}, ${formFactor}, run ${run} of ${runs} … `);
    const result = await audited(page, formFactor);
    results.push(result);
    const shown = Object.keys(CATEGORIES).map((category) => score(result, category));
    console.log(`${shown.join(" ")}, ${Math.round((Date.now() - started) / 1000)} s`);
  }
  results.sort((a, b) => score(a, "performance") - score(b, "performance"));
  const result = results[Math.floor((results.length - 1) / 2)];
  writeFileSync(join(out, `${name}-${formFactor}.json`), JSON.stringify(result, null, 2));
  return { name, formFactor, result };
}

async function audited(page, formFactor, tries = MAX_TRIES) {
  const flags = { output: "json", logLevel: "error", onlyCategories: Object.keys(CATEGORIES) };
  // Sign out first; Lighthouse empties the cache by itself.
  await browser.deleteCookie(...(await browser.cookies()));
  await browser.setCookie(...(page.cookies ?? []));
  const tab = await browser.newPage();
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`Lighthouse took more than ${TIMEOUT_MS / 1000} s.`)), TIMEOUT_MS).unref();
  });
  const { lhr } = await Promise.race([lighthouse(base + page.path, flags, FORM_FACTORS[formFactor], tab), late]);
  await tab.close();
  if (!lhr.runtimeError) return lhr;
  // On a busy machine Chromium sometimes records nothing.
  if (tries > 1) return audited(page, formFactor, tries - 1);
  throw new Error(`${page.path}: ${lhr.runtimeError.message}`);
}

function score(result, category) {
  return Math.round((result.categories[category].score ?? 0) * 100);
}

/** The audits that cost a category points. */
function notPassed(result, category) {
  return result.categories[category].auditRefs
    .filter(({ id, weight }) => weight > 0 && result.audits[id].score !== null && result.audits[id].score < 1)
    .map(({ id }) => result.audits[id])
    .map(({ id, title, displayValue, score }) => `${id} (${Math.round(score * 100)}): ${title}${displayValue ? `, ${displayValue}` : ""}`);
}

function fontBytes(result) {
  const items = result.audits["resource-summary"]?.details?.items ?? [];
  return items.find(({ resourceType }) => resourceType === "font")?.transferSize ?? 0;
}

function report(all) {
  const names = Object.values(CATEGORIES);
  const lines = [
    `| Page | Form factor | ${names.join(" | ")} | Fonts, kB |`,
    `|---|---|${names.map(() => "--:|").join("")}--:|`,
    ...all.map(({ name, formFactor, result }) => {
      const scores = Object.keys(CATEGORIES).map((category) => score(result, category));
      return `| ${name} | ${formFactor} | ${scores.join(" | ")} | ${(fontBytes(result) / 1000).toFixed(1)} |`;
    }),
  ];
  const below = [];
  const audits = [];
  for (const { name, formFactor, result } of all) {
    for (const category of Object.keys(CATEGORIES)) {
      if (score(result, category) < GOALS[formFactor][category]) below.push(`${name}, ${formFactor}, ${CATEGORIES[category]}`);
      audits.push(...notPassed(result, category).map((audit) => `- ${name}, ${formFactor}: ${audit}`));
    }
  }
  const found = audits.length > 0 ? ["", "Audits below 100:", "", ...audits] : [];
  const text = [...lines, ...found].join("\n");
  writeFileSync(join(out, "report.md"), `${text}\n`);
  console.log(`\n${text}\n\nThe reports are in ${out}.`);
  if (below.length > 0) fail(`Below the goal: ${below.join("; ")}.`);
}

/** The path of the project that closes next, from the list. */
async function anOpenProject() {
  const list = await (await fetch(`${base}/projects`)).text();
  return /href="(\/projects\/\d+)"/.exec(list)?.[1] ?? fail("The list has no project: did the server start with demo data?");
}

/** Signs in and returns the cookies. */
async function signedIn(email) {
  const answer = await fetch(`${base}/sign-in`, {
    method: "POST",
    body: new URLSearchParams({ email, password: PASSWORD }),
    redirect: "manual",
  });
  if (answer.status !== 303) fail(`${email} can't sign in: the server answers ${answer.status}.`);
  // Set as browser cookies: an extra header is not sent with event streams, whose 401 would then appear as an error in
  // the console.
  return answer.headers.getSetCookie().map((cookie) => {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
    return { name, value, domain: new URL(base).hostname, path: "/" };
  });
}

function fail(sentence) {
  console.error(`bin/lighthouse: ${sentence}`);
  process.exit(1);
}
