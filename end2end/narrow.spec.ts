// Every page at a width of 320 px, as WCAG 2.2 (1.4.10) requires, with the longest values that can be entered and with
// ordinary ones.

import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { SignInPage } from "./pages/sign-in";
import { SignInMethods } from "./pages/provider";
import { Site } from "./pages/site";
import { type Account, bid, post, projectFields, signIn } from "./support/fixtures";
import { confirmEmail, linkInLetter } from "./support/letters";
import { LONGEST, ORDINARY, type Values, type World, waitUntilEnded, world } from "./support/longest";
import { widthProblems } from "./support/width";
import { type Page, expect, scripted, test } from "./support/test";

/** The width of small phones, and the smallest width at which the menu is a single line. */
const WIDTHS = [320, 1024];
/** One of the longest zone names. */
const ZONE = "America/Argentina/Buenos_Aires";
const LONG_WORD = "W".repeat(200);
const SEARCHES = ["Donaudampfschifffahrtsgesellschaftsk", "Rechtsschutzversicherungsgesellschaften", LONG_WORD];

type Who = "anonymous" | "seller" | "buyer";
/** A page: its route, its visitor, and its path. */
type Stop = [route: string, who: Who, path: (world: World) => string];

const WALK: Stop[] = [
  ["/", "anonymous", () => "/"],
  ["/", "seller", () => "/"],
  ["/how-it-works", "anonymous", () => "/how-it-works"],
  ["/privacy", "anonymous", () => "/privacy"],
  ["/projects", "anonymous", () => "/projects"],
  ...SEARCHES.map((word): Stop => ["/projects", "anonymous", () => `/projects?q=${word}`]),
  ["/projects", "anonymous", ({ values }) => `/projects?currency=${values.currency}&budget_from=1&budget_to=${values.budget}`],
  ["/projects", "anonymous", () => `/projects?budget_from=${LONG_WORD}&category=${LONG_WORD}`],
  ["/archive", "anonymous", () => `/archive?price_from=${LONG_WORD}&bids_to=${LONG_WORD}&ended_from=${LONG_WORD}`],
  ["/archive", "anonymous", () => `/archive?q=${LONG_WORD}`],
  ["/calculator", "anonymous", ({ values }) => `/calculator?sent=yes&amount=${values.budget}&currency=${values.currency}&fee=7.25&tax=42`],
  ["/calculator", "anonymous", () => `/calculator?sent=yes&amount=${LONG_WORD}&costs=${LONG_WORD}&fee=${LONG_WORD}`],
  ["/projects/new", "seller", () => "/projects/new"],
  ["/projects/new", "seller", ({ autosave }) => `/projects/new?continue=${autosave}`],
  ["/projects/new", "buyer", () => "/projects/new"],
  ["/autosaves/{id}/discard", "seller", ({ autosave }) => `/autosaves/${autosave}/discard`],
  ["/saved-forms/discard", "seller", () => "/saved-forms/discard?page=/projects/new"],
  ...(["anonymous", "buyer", "seller"] as const).flatMap((who): Stop[] => [
    ["/projects/{id}", who, ({ open }) => open],
    ["/projects/{id}", who, ({ withoutBid }) => withoutBid],
  ]),
  ["/projects/{id}", "seller", ({ cancelled }) => cancelled],
  ["/projects/{id}/edit", "seller", ({ draft }) => `${draft}/edit`],
  ["/projects/{id}/discard", "seller", ({ draft }) => `${draft}/discard`],
  ["/projects/{id}/cancel", "seller", ({ withoutBid }) => `${withoutBid}/cancel`],
  ["/projects/{id}/cancel", "seller", ({ open }) => `${open}/cancel`],
  ["/projects/{id}/withdraw", "buyer", ({ open }) => `${open}/withdraw`],
  ["/projects/{id}/withdraw", "buyer", ({ withoutBid }) => `${withoutBid}/withdraw`],
  ["/sign-up", "anonymous", () => "/sign-up"],
  ["/sign-in", "anonymous", () => `/sign-in?next=/projects/${LONG_WORD}`],
  ["/account", "seller", () => "/account"],
  ["/reset-password", "anonymous", () => "/reset-password"],
  ["/reset-password/link", "anonymous", () => `/reset-password/link?secret=${LONG_WORD}`],
  ["/confirm-email", "seller", () => "/confirm-email"],
  ["/undo-email-change/link", "anonymous", () => `/undo-email-change/link?secret=${LONG_WORD}`],
  ["/confirm-email/link", "anonymous", () => `/confirm-email/link?secret=${LONG_WORD}`],
  ["/account/email", "seller", () => "/account/email"],
  ["/account/security", "seller", () => "/account/security"],
  ["/account/privacy", "seller", () => "/account/privacy"],
  ["/account/export", "seller", () => "/account/export"],
  ["/account/export/ready", "seller", () => `/account/export/ready?until=1&signature=${LONG_WORD}`],
  ["/account/erasure", "seller", () => "/account/erasure"],
  ["/keep-account/link", "anonymous", () => `/keep-account/link?secret=${LONG_WORD}`],
  ["/account/two-factor", "seller", () => "/account/two-factor"],
  ["/account/passkeys", "seller", () => "/account/passkeys"],
  ["/account/passkeys/confirm", "seller", () => "/account/passkeys/confirm"],
  ["/account/calendar", "seller", () => "/account/calendar"],
  ["/account/watching", "buyer", () => "/account/watching"],
  ["/account/searches", "buyer", () => "/account/searches"],
  ["/account/searches/new", "buyer", ({ values }) => `/account/searches/new?q=${LONG_WORD}&budget_from=1&budget_to=${values.budget}&closing=today`],
  ["/account/searches/{id}", "buyer", ({ search }) => search],
  ["/account/notices/push", "seller", () => "/account/notices/push"],
  ["/account/webhooks", "seller", () => "/account/webhooks"],
  ["/account/webhooks/{id}", "seller", ({ webhook }) => webhook],
  ["/account/webhooks/{id}/remove", "seller", ({ webhook }) => `${webhook}/remove`],
  ["/account/tokens", "seller", () => "/account/tokens"],
  ["/account/programs", "seller", () => "/account/programs"],
  ["/account/programs/new", "seller", () => "/account/programs/new"],
  ["/account/programs/{id}", "seller", ({ program }) => program],
  ["/oauth/authorize", "buyer", consent],
  ["/oauth/authorize", "buyer", (world) => `${consent(world)}&prompt=none`],
  ["/oauth/authorize", "buyer", (world) => consent({ ...world, client: LONG_WORD })],
  ["/device", "buyer", () => "/device"],
  ["/notices", "seller", () => "/notices"],
  ["/notices", "buyer", () => "/notices?show=unread"],
  ["/account/notices", "seller", () => "/account/notices"],
  ["/settings", "anonymous", () => "/settings"],
  ["/api/docs", "anonymous", () => "/api/docs"],
  ["/api/docs/problems", "anonymous", () => "/api/docs/problems"],
  ["/api/docs/problems/{slug}", "anonymous", () => "/api/docs/problems/above-budget"],
  ["/dev/mail", "anonymous", () => "/dev/mail"],
  ["/dev/mail/{id}", "anonymous", () => "/dev/mail/1"],
  ["", "anonymous", () => `/${LONG_WORD}`],
  ["", "buyer", () => `/projects/${LONG_WORD}`],
];

/** Pages to visit once two of the projects have ended. */
const ENDED: Stop[] = [
  ...(["anonymous", "buyer", "seller"] as const).flatMap((who): Stop[] => [
    ["/projects/{id}", who, ({ awarded }) => awarded],
    ["/projects/{id}/result", who, ({ awarded }) => `${awarded}/result`],
    ["/projects/{id}/award", who, ({ awarded }) => `${awarded}/award`],
  ]),
  ["/projects/{id}/result", "seller", ({ unawarded }) => `${unawarded}/result`],
  ["/archive", "anonymous", ({ values }) => `/archive?currency=${values.currency}&price_from=1&ended_from=2026-01-01`],
  ["/archive/statistics", "anonymous", () => "/archive/statistics"],
  ["/projects/new", "seller", ({ unawarded }) => `/projects/new?from=${unawarded.split("/").pop()}`],
  ["/dashboard", "seller", () => "/dashboard"],
  ["/dashboard", "buyer", () => "/dashboard"],
  ["/account/watching", "buyer", () => "/account/watching"],
];

/** Pages with amounts; ordinary amounts must stay on one line. */
const WITH_AMOUNTS = ["/", "/archive", "/archive/statistics", "/projects", "/projects/{id}", "/projects/{id}/result", "/projects/{id}/award", "/projects/{id}/edit", "/projects/{id}/withdraw", "/dashboard", "/account/watching"];

/** Pages that second-factor.spec.ts and passkeys.spec.ts look at, also at 320 px. */
const ELSEWHERE = ["/account/passkeys/new", "/account/passkeys/{id}", "/account/two-factor/setup", "/sign-in/code"];

/** Pages that the tests below pass through. */
const ON_THE_WAY = ["/unsubscribe/{token}", "/sign-up/with", "/account/identities/link", "/account/identities/{id}/unlink"];

/** `GET` routes that are not pages: streams, parts of pages, redirects, and documents for programs. */
const NO_PAGE = [
  "/account/export/file",
  "/archive.csv",
  "/archive/statistics.csv",
  "/dashboard/live",
  "/dashboard/results.csv",
  "/dev/mail/{id}/html",
  "/notices/live",
  "/projects/{id}/live",
  "/projects/{id}/deadline.ics",
  "/projects/{id}/bids",
  "/projects/{id}/history",
  "/projects/{id}/undo",
  "/projects/{id}/staircase.svg",
  "/sign-in/with/{provider}",
  "/sign-in/with/{provider}/callback",
  "/calendar.ics",
  "/projects.atom",
  "/robots.txt",
  "/sitemap.xml",
  "/healthz",
  "/readyz",
  "/.well-known/oauth-authorization-server",
];

/** Invalid forms, and who submits them. */
const REFUSED: [Who, path: (world: World) => string, fields: (values: Values) => Record<string, string>][] = [
  ["anonymous", () => "/sign-up", () => ({ name: LONG_WORD, email: LONG_WORD, password: "short" })],
  ["anonymous", () => "/sign-in", () => ({ email: LONG_WORD, password: "not the password" })],
  ["seller", () => "/projects/new", (values) => ({ intent: "publish", name: LONG_WORD, summary: `${values.summary}${LONG_WORD}`, budget: `${LONG_WORD} 5`, description: values.description })],
  ["seller", ({ draft }) => `${draft}/edit`, () => ({ intent: "publish", name: LONG_WORD, budget: "5 USD", currency: "EUR" })],
  ["buyer", () => "/account/searches", () => ({ q: LONG_WORD, name: LONG_WORD, frequency: LONG_WORD })],
  ["buyer", ({ search }) => search, () => ({ name: LONG_WORD })],
  ["seller", () => "/account/name", () => ({ name: LONG_WORD })],
  ["seller", () => "/account/email", () => ({ email: LONG_WORD, present_password: LONG_WORD })],
  ["seller", () => "/account/password", () => ({ present_password: LONG_WORD, new_password: LONG_WORD })],
  ["seller", () => "/account/notices/push", () => ({ name: LONG_WORD, credential: LONG_WORD })],
  ["seller", () => "/account/webhooks", () => ({ name: LONG_WORD, format: LONG_WORD, url: `https://${LONG_WORD}` })],
  ["seller", () => "/account/tokens", () => ({ name: LONG_WORD, days: "5000" })],
  ["seller", () => "/account/programs/new", () => ({ name: LONG_WORD, redirect_uris: `https://${LONG_WORD}\n${LONG_WORD}` })],
  ["seller", ({ program }) => program, () => ({ name: LONG_WORD, redirect_uris: LONG_WORD })],
  ["buyer", ({ open }) => `${open}/bids`, (values) => ({ amount: `${values.budget}0` })],
  ["buyer", ({ open }) => `${open}/bids`, (values) => ({ amount: values.budget })],
  ["buyer", ({ open }) => `${open}/bids`, () => ({ amount: LONG_WORD })],
  ["buyer", ({ cancelled }) => `${cancelled}/bids`, () => ({ amount: "1" })],
  ["buyer", () => "/device", () => ({ user_code: LONG_WORD })],
  ["buyer", () => "/settings/time-zone", () => ({ time_zone: LONG_WORD })],
];

/** The fields of a project form that asks for the review. */
function reviewed({ project, summary, description, skills, currency, budget }: Values): Record<string, string> {
  const fields = projectFields({ name: project("reviewed "), summary, description, skills, currency, budget, time_zone: ZONE });
  return { ...fields, intent: "review" };
}

function consent({ client, values }: World): string {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: client,
    redirect_uri: values.redirect,
    scope: "bids:read",
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
  });
  return `/oauth/authorize?${query}`;
}

test("every page of the router is visited", () => {
  const web = resolve(__dirname, "../server/src/web");
  const sources = readdirSync(web, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".rs"));
  const source = sources.map((file) => readFileSync(resolve(web, file), "utf8")).join("\n");
  const pages = [...source.matchAll(/\.get\(\s*"(\/[^"]*)"/g)].map(([, path]) => path!);
  const walked = [...WALK, ...ENDED].map(([route]) => route).filter((route) => route);
  const known = new Set([...walked, ...ELSEWHERE, ...ON_THE_WAY, ...NO_PAGE]);
  expect(pages.filter((path) => !known.has(path)), "pages that are not visited").toEqual([]);
  expect([...known].filter((path) => !pages.includes(path)), "pages that no longer exist").toEqual([]);
});

test("every page fits its width with the longest values", async ({ newcomer }) => {
  // About fifty pages, each at two widths.
  test.setTimeout(180_000);
  const made = await world(LONGEST, () => browser(newcomer));
  await walk(made, WALK);
  for (const path of ["/", "/projects"]) await shows(made.anonymous, path, made.open);
  for (const [who, path, fields] of REFUSED) {
    await submit(made[who], path(made), fields(LONGEST));
    await fits(made[who], `${path(made)}, refused, as ${who}`);
  }
  await submit(made.buyer, `${made.open}/bids`, { amount: "0.01" }, 409);
  await fits(made.buyer, "the question about a low bid");
  await submit(made.seller, "/projects/new", reviewed(LONGEST), 303);
  await fits(made.seller, "the review of a project");
  await device(made);
  await waitUntilEnded(made);
  await walk(made, ENDED);
  if (scripted()) await liveBid(made);
});

test("every page with amounts fits its width with ordinary values", async ({ newcomer }) => {
  const made = await world(ORDINARY, () => browser(newcomer));
  const withAmounts = (stops: Stop[]) => stops.filter(([route]) => WITH_AMOUNTS.includes(route));
  await walk(made, withAmounts(WALK));
  for (const path of ["/", "/projects"]) await shows(made.anonymous, path, made.open);
  await waitUntilEnded(made);
  await walk(made, withAmounts(ENDED));
  if (scripted()) await liveBid(made);
});

test("every page for linking an account with a provider fits its width with the longest values", async ({ newcomer }) => {
  const local = `${randomUUID().slice(0, 8)}${"w".repeat(56)}`;
  const account: Account = { role: "seller", name: LONGEST.person("seller"), email: `${local}@example.org`, password: "copper kettle under moss" };
  const page = await browser(newcomer);
  await post(page, "/sign-up", { ...account });
  await confirmEmail(page, account.email);
  const methods = new SignInMethods(page);
  await methods.arriveNew("Example ID", local);
  await fits(page, "/sign-up/with an address that has an account");
  await page.getByRole("link", { name: "Sign in and link it" }).click();
  await new SignInPage(page).attempt(account.email, account.password);
  await expect(page).toHaveURL("/account/identities/link");
  await fits(page, "/account/identities/link");
  await page.getByLabel("Current password").fill(account.password);
  await page.getByRole("button", { name: "Link Example ID" }).click();
  await methods.says("You can now sign in to this account with Example ID.");
  await fits(page, "/account with an identity");
  await page.getByRole("link", { name: /^Unlink/ }).click();
  await methods.awake();
  await fits(page, "/account/identities/{id}/unlink");
  await methods.goto("/account");
  // Stay on this page: a response without content does not navigate.
  await page.route(/^http:\/\/localhost/, (route) => route.fulfill({ status: 204 }));
  await page.getByRole("button", { name: "Link Late ID" }).click();
  await expect(methods.heading).toHaveText("Continue to Late ID");
  await methods.awake();
  await fits(page, "the page that leads to a provider");

  const stranger = await browser(newcomer);
  const first = new SignInMethods(stranger);
  await first.arriveNew("Example ID", `x${local.slice(1)}`);
  await fits(stranger, "/sign-up/with");
  await stranger.getByRole("button", { name: "Create account" }).click();
  await expect(first.errorSummary).toBeVisible();
  await fits(stranger, "/sign-up/with, refused");
  await first.finish("buyer", LONGEST.person("buyer"));
  await first.goto("/account");
  await fits(stranger, "/account without a password");
});

test("the pages that letters lead to fit their width with the longest values", async ({ newcomer }) => {
  const page = await browser(newcomer);
  const site = new Site(page);
  const account: Account = { role: "seller", name: LONGEST.person("seller"), email: LONGEST.email(), password: "copper kettle under moss" };
  const show = async (path: string, name: string) => {
    await site.goto(path);
    await fits(page, name);
  };
  const followLetter = async (email: string, subject: string) => show(await linkInLetter(page, email, subject), subject);
  const refuse = async (path: string) => {
    await submit(page, path, { secret: new URL(page.url()).searchParams.get("secret")!, new_password: "short" });
    await fits(page, `${path}, refused`);
  };
  const confirm = async () => {
    await page.getByRole("button", { name: "Yes, confirm this address" }).click();
    await expect(site.heading).toHaveText("Your e-mail address is confirmed");
    await fits(page, "confirmed");
  };
  await post(page, "/sign-up", { ...account });
  await show("/confirm-email", "/confirm-email after the sign-up");
  await signIn(page, account);
  for (const path of ["/confirm-email", "/dashboard", "/account"]) await show(path, `${path}, unconfirmed`);
  await followLetter(account.email, "Confirm your e-mail address");
  await confirm();
  await submit(page, "/reset-password", { email: LONG_WORD });
  await fits(page, "/reset-password, refused");
  await submit(page, "/reset-password", { email: account.email }, 200);
  await fits(page, "/reset-password, sent");
  await followLetter(account.email, "Choose a new password");
  await refuse("/reset-password/link");
  const next = LONGEST.email();
  await post(page, "/account/email", { email: next, present_password: account.password });
  await show("/account", "/account with a pending address");
  await followLetter(next, "Confirm your new e-mail address");
  await confirm();
  await followLetter(account.email, "Your e-mail address was changed");
  await refuse("/undo-email-change/link");
});

async function walk(made: World, stops: Stop[]): Promise<void> {
  for (const [, who, path] of stops) {
    await new Site(made[who]).goto(path(made));
    await fits(made[who], `${path(made).slice(0, 60)} as ${who}`);
  }
}

/** A narrow browser in a time zone with a long name. */
async function browser(newcomer: (options: object) => Promise<Page>): Promise<Page> {
  const page = await newcomer({ viewport: { width: WIDTHS[0]!, height: 800 }, timezoneId: ZONE, reducedMotion: "reduce" });
  await page.context().addCookies([{ name: "time_zone", value: encodeURIComponent(ZONE), url: process.env.GUILDHALL_URL! }]);
  return page;
}

async function fits(page: Page, name: string): Promise<void> {
  // Without JavaScript the style sheet is the same, so one width is enough.
  for (const width of scripted() ? WIDTHS : WIDTHS.slice(0, 1)) {
    await page.setViewportSize({ width, height: 800 });
    await page.evaluate(() => document.fonts.ready);
    expect.soft(await widthProblems(page), `${name} at ${width} px`).toEqual([]);
  }
}

/** Asserts that the page shows the project; without it the page would fit easily. A phone shows only some of the front page's projects. */
async function shows(page: Page, path: string, project: string): Promise<void> {
  await page.setViewportSize({ width: WIDTHS[1]!, height: 800 });
  await new Site(page).goto(path);
  await expect(page.locator(`main a[href="${project}"]`), `the project on ${path}`).toBeVisible();
}

/** Submits a form as a page would, bypassing the checks of its fields, and shows the response, which is a refusal unless another status is expected. */
async function submit(page: Page, path: string, fields: Record<string, string>, status?: number): Promise<void> {
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  const loaded = page.waitForEvent("load");
  await page.evaluate(
    ([action, values]) => {
      const form = document.body.appendChild(document.createElement("form"));
      Object.assign(form, { method: "post", action });
      for (const [name, value] of Object.entries(values)) Object.assign(form.appendChild(document.createElement("input")), { type: "hidden", name, value });
      form.submit();
    },
    [path, { form_key: randomUUID(), ...fields }] as const,
  );
  const given = (await answered).status();
  if (status) expect(given, path).toBe(status);
  else expect(given, `${path} is refused`).toBeGreaterThanOrEqual(400);
  await loaded;
  await new Site(page).awake();
}

/** A program uses the device flow and is allowed. */
async function device({ buyer, client }: World): Promise<void> {
  const started = await buyer.request.post("/oauth/device_authorization", { form: { client_id: client, scope: "bids:read" } });
  const site = new Site(buyer);
  await site.goto(`/device?user_code=${(await started.json()).user_code}`);
  await buyer.getByRole("button", { name: "Continue" }).click();
  await expect(site.heading).toContainText("act for you");
  await fits(buyer, "a device's consent");
  await buyer.getByRole("main").getByRole("button", { name: "Allow", exact: true }).click();
  await site.says("Allowed.");
  await fits(buyer, "/account/programs with an allowed program");
}

/** A bid arrives while the page and the dashboard are open. */
async function liveBid({ seller, anonymous, buyer, withoutBid, values }: World): Promise<void> {
  await new Site(seller).goto("/dashboard");
  const lowest = seller.locator(`[data-project="${withoutBid.split("/").pop()}"] data.money`).first();
  await expect(lowest).toBeHidden();
  await new Site(anonymous).goto(withoutBid);
  await bid(buyer, withoutBid, values.lower);
  await expect(lowest).toBeVisible();
  await fits(seller, "the dashboard after a bid");
  await expect(anonymous.locator("main data.money-xl")).toBeVisible();
  await fits(anonymous, "the project after a bid");
}
