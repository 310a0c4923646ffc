// The longest values that people and programs may enter, and ordinary ones, for everything that has a page.

import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import {
  type Account,
  type Role,
  autosaveProject,
  bid,
  inSeconds,
  openAccount,
  openProject,
  post,
  saveDraft,
  waitForDeadline,
  waitForResult,
} from "./fixtures";

/** The widest letter of most fonts, in an unbreakable run. */
const wide = (characters: number, beginning = "") => beginning + "W".repeat(characters - beginning.length);

const LONG_DESCRIPTION = [
  `# ${wide(80)}`,
  `${wide(300)} and https://example.com/${"path/".repeat(60)} and [${wide(60)}](https://example.com/${wide(200)}) and \`${wide(200)}\``,
  `| ${Array.from({ length: 12 }, (_, n) => `Column ${n}`).join(" | ")} |\n|${"---|".repeat(12)}\n| ${Array.from({ length: 12 }, () => wide(12)).join(" | ")} |`,
  `\`\`\`\n${"a long line of code ".repeat(20)}\n\`\`\``,
  `${"> ".repeat(8)}${wide(80)}`,
  Array.from({ length: 6 }, (_, depth) => `${"  ".repeat(depth)}- ${wide(60)}`).join("\n"),
  `![${wide(60)}](https://example.com/${wide(100)}.png)`,
].join("\n\n");

/** The values entered into the forms of one world. */
export interface Values {
  person: (role: Role) => string;
  email: () => string;
  project: (beginning: string) => string;
  summary: string;
  description: string;
  skills: string;
  currency: string;
  budget: string;
  /** Below the budget. */
  lower: string;
  token: string;
  program: string;
  redirect: string;
}

/**
 * Amounts are in the widest currency of `src/base/money`. Lengths come from `LIMITS` in `src/market/project` and from
 * the limits of accounts, tokens and programs.
 */
export const LONGEST: Values = {
  person: () => wide(80),
  email: () => `${randomUUID().slice(0, 8)}${"w".repeat(56)}@${"w".repeat(63)}.${"w".repeat(63)}.${"w".repeat(57)}.org`,
  project: (beginning) => wide(100, beginning),
  summary: wide(200),
  description: LONG_DESCRIPTION,
  skills: Array.from({ length: 10 }, (_, n) => wide(30, `${n}`)).join(", "),
  currency: "CHF",
  budget: "10000000000000000",
  lower: "9999999999999999",
  token: wide(80),
  program: wide(80),
  redirect: `https://${[wide(63), wide(63), wide(63)].join(".").toLowerCase()}.example/${wide(200)}`,
};

export const ORDINARY: Values = {
  person: (role) => (role === "seller" ? "Brenner & Holt Architects" : "Marta Kowalczyk"),
  email: () => `marta.kowalczyk.${randomUUID().slice(0, 8)}@studio.example`,
  project: (beginning) => `${beginning} Leaflet for a bicycle kitchen`,
  summary: "Eight pages, folded, for people who repair their own bicycles.",
  description: "## What is needed\n\n| Part | Pages |\n|---|---|\n| Cover | 2 |\n\n```\nnpm run build -- --print\n```",
  skills: "layout, illustration, project management",
  currency: "EUR",
  budget: "19000",
  lower: "18999.50",
  token: "Nightly report",
  program: "Ledger Sync",
  redirect: "https://ledger-sync.example/callback",
};

/** The browser pages of each account, and the paths of everything the accounts have. */
export interface World {
  values: Values;
  anonymous: Page;
  seller: Page;
  buyer: Page;
  open: string;
  withoutBid: string;
  awarded: string;
  unawarded: string;
  cancelled: string;
  draft: string;
  /** The id of the autosave of a new project's form. */
  autosave: string;
  program: string;
  /** The buyer's saved search. */
  search: string;
  /** The seller's webhook, whose receiver is away. */
  webhook: string;
  /** The program's public id. */
  client: string;
}

export type Newcomer = () => Promise<Page>;

/** Creates everything that a page can show, with these values. */
export async function world(values: Values, newcomer: Newcomer): Promise<World> {
  const [seller, buyer, other] = await Promise.all([
    member(newcomer, values, "seller"),
    member(newcomer, values, "buyer"),
    member(newcomer, values, "buyer"),
  ]);
  const { description, summary, skills, currency, budget } = values;
  const mark = randomUUID().slice(0, 8);
  const project = (kind: string, seconds: number) => ({
    name: values.project(`${mark} ${kind} `),
    description,
    summary,
    skills,
    currency,
    budget,
    deadline: inSeconds(seconds),
  });
  const unawarded = await openProject(seller, project("unawarded", 3));
  const awarded = await openProject(seller, project("awarded", 8));
  await bid(buyer, awarded, values.lower);
  await bid(other, awarded, budget);
  // Among the nine projects that close next, so that the front page shows it.
  const open = await openProject(seller, project("open", 200));
  await bid(buyer, open, budget);
  await bid(other, open, values.lower);
  const withoutBid = await openProject(seller, project("without-bid", 400));
  await bid(buyer, withoutBid, budget);
  await post(buyer, `${withoutBid}/withdraw`, {});
  const cancelled = await openProject(seller, project("cancelled", 500));
  for (const watched of [open, withoutBid, cancelled]) await post(buyer, `${watched}/watch`, {});
  await post(seller, `${cancelled}/cancel`, {});
  const saved = await saveDraft(seller, project("draft", 600));
  const autosave = await autosaveProject(seller, project("typed", 700));
  const scopes = { scopes: "projects:read" };
  await post(seller, "/account/tokens", { name: values.token, days: "90", ...scopes });
  const search = await saveSearch(buyer, values);
  const webhook = await addWebhook(seller);
  const [program, client] = await register(seller, values);
  return { values, anonymous: await newcomer(), seller, buyer, open, withoutBid, awarded, unawarded, cancelled, draft: saved, autosave, program, search, webhook, client };
}

/** Waits until the two projects with near deadlines have their results. */
export async function waitUntilEnded({ seller, awarded, unawarded }: World): Promise<void> {
  for (const project of [awarded, unawarded]) {
    await waitForDeadline(seller, project);
    await waitForResult(seller, project);
  }
}

async function member(newcomer: Newcomer, values: Values, role: Role): Promise<Page> {
  const page = await newcomer();
  const account: Account = { role, name: values.person(role), email: values.email(), password: "copper kettle under moss" };
  await openAccount(page, account);
  return page;
}

/** Saves a search; returns its path. */
async function saveSearch(buyer: Page, { token, budget }: Values): Promise<string> {
  await post(buyer, "/account/searches", { q: token, name: token, budget_to: budget, frequency: "weekly" });
  const list = await (await buyer.request.get("/account/searches")).text();
  return /\/account\/searches\/\d+/.exec(list)![0];
}

/** Adds a webhook and a chat, and sends the webhook a test message, which nobody receives; returns its path. */
async function addWebhook(seller: Page): Promise<string> {
  const word = "W".repeat(60);
  for (const format of ["slack", "standard"]) {
    const form = { form_key: randomUUID(), name: word, format, url: `http://127.0.0.1:9/${"w".repeat(1900)}` };
    await seller.request.post("/account/webhooks", { form });
  }
  const list = await (await seller.request.get("/account/webhooks")).text();
  const path = [...list.matchAll(/\/account\/webhooks\/\d+/g)].pop()![0];
  await post(seller, `${path}/test`, {});
  return path;
}

/** Registers a program; returns its path and client id. */
async function register(seller: Page, { program, redirect }: Values): Promise<[string, string]> {
  const form = { form_key: randomUUID(), name: program, kind: "public", redirect_uris: redirect, device_flow: "yes", scopes: "bids:read" };
  const response = await seller.request.post("/account/programs/new", { form });
  const list = await (await seller.request.get("/account/programs")).text();
  const path = /\/account\/programs\/\d+/.exec(list)![0];
  return [path, /<code class="secret">([^<]+)/.exec(await response.text())![1]!];
}
