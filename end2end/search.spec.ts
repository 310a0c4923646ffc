import { ProjectsPage } from "./pages/projects";
import { bid, inSeconds, newAccount, openProject, rareWord } from "./support/fixtures";
import { looksRight } from "./support/looks";
import { expect, test } from "./support/test";

// The demo's projects that stay open for the whole run.
const POSTGRES = "Performance review of a PostgreSQL measurement database";
const STAIRCASE = "Restoration of an oak staircase from 1904";

test("words are found in names and descriptions, whatever their form", async ({ page }) => {
  const list = new ProjectsPage(page);
  await list.open();
  await list.search("postgresql measuring");
  await expect(list.names).toHaveText([POSTGRES]);
  await expect(list.count).toHaveText("1 project");
  await expect(list.chips).toContainText("“postgresql measuring”");
  await list.follow(list.cards.getByRole("link", { name: POSTGRES }));
  await expect(list.heading).toHaveText(POSTGRES);
});

test("a project just published is found", async ({ page }) => {
  await newAccount(page, "seller", "Fresh Seller");
  const word = rareWord();
  const path = await openProject(page, { description: `Something only about ${word}, in twenty characters.` });
  const list = new ProjectsPage(page);
  await list.open();
  await list.search(word);
  await expect(list.count).toHaveText("1 project");
  await list.follow(list.names.getByRole("link"));
  await expect(page).toHaveURL(path);
});

test("a category and a budget narrow the list, and chips widen it again", async ({ page }) => {
  const list = new ProjectsPage(page);
  await list.open();
  await list.apply({ category: "Crafts & on-site work", from: "5000", to: "20000" });
  await expect(page).toHaveURL((url) => url.searchParams.get("category") === "trades" && url.searchParams.get("budget_from") === "5000");
  await expect(list.names.filter({ hasText: STAIRCASE })).toHaveCount(1);
  for (const card of await list.cards.all()) await expect(card).toContainText("Crafts & on-site work");
  for (const budget of await list.budgets()) expect(budget >= 5000 && budget <= 20000, `${budget}`).toBe(true);
  await expect(list.chips.getByRole("link", { name: "Remove filter" })).toHaveCount(3);

  await list.follow(list.chips.getByRole("link", { name: "Up to 20000" }));
  await expect(list.names.filter({ hasText: "Repainting of four stairwells" })).toHaveCount(1);
  await expect(list.filters.getByLabel("From")).toHaveValue("5000");
  await list.follow(list.chips.getByRole("link", { name: "Crafts & on-site work" }));
  expect((await list.budgets()).length).toBeGreaterThan(3);
  await list.follow(list.chips.getByRole("link", { name: "Clear all" }));
  await expect(page).toHaveURL("/projects");
  await expect(list.cards, "the list shows a full page again").toHaveCount(20);
});

test("the list is sorted as requested, and searching keeps the order", async ({ page }) => {
  const list = new ProjectsPage(page);
  await list.open("?q=book");
  await list.apply({ sort: "Budget, highest first" });
  const falling = await list.budgets();
  expect(falling.length).toBeGreaterThan(1);
  expect(falling).toEqual(falling.toSorted((a, b) => b - a));
  await list.apply({ sort: "Budget, lowest first" });
  expect(await list.budgets()).toEqual(falling.toSorted((a, b) => a - b));
  await expect(page).toHaveURL((url) => url.searchParams.get("q") === "book" && url.searchParams.get("sort") === "budget");
  await expect(list.filters.getByLabel("Sort by")).toHaveValue("budget");
});

test("a long list is split into pages with their own URLs", async ({ page }) => {
  const list = new ProjectsPage(page);
  await list.open("?sort=-budget");
  await expect(list.cards).toHaveCount(20);
  await expect(list.names.filter({ hasText: STAIRCASE })).toHaveCount(1);
  await list.follow(list.pagination.getByRole("link", { name: "Next" }));
  await expect(page).toHaveURL((url) => url.searchParams.get("page") === "2" && url.searchParams.get("sort") === "-budget");
  await expect(list.pagination.getByRole("link", { name: "Page 2" })).toHaveAttribute("aria-current", "page");
  await expect(page).toHaveTitle(/^Open projects, page 2 of \d+ – Guildhall$/);
  await expect(list.names.filter({ hasText: STAIRCASE })).toHaveCount(0);
  await list.follow(list.pagination.getByRole("link", { name: "Previous" }));
  await expect(list.names.filter({ hasText: STAIRCASE })).toHaveCount(1);
  await list.open("?page=999");
  await expect(list.pagination.getByRole("link", { name: "Next" }), "a number past the last page shows the last page").toHaveCount(0);
  await expect(list.cards).not.toHaveCount(0);
});

test("if nothing matches, the page says what to do", async ({ page }) => {
  const list = new ProjectsPage(page);
  await list.open(`?q=${rareWord()}`);
  await expect(list.count).toHaveText("0 projects");
  await expect(page.getByRole("heading", { name: "No project matches" })).toBeVisible();
  await list.follow(page.getByRole("link", { name: "All open projects" }));
  await expect(page).toHaveURL("/projects");
  await expect(list.cards).not.toHaveCount(0);
});

test("an invalid filter is reported, kept and not applied", async ({ page }) => {
  const list = new ProjectsPage(page);
  expect(await list.open("?budget_from=cheap&category=design")).toBe(422);
  await expect(page).toHaveTitle("Error: Open projects – Guildhall");
  await expect(list.errorAt("budget_from")).toContainText("Enter an amount in digits");
  await expect(list.errorSummary.getByRole("link")).toHaveAttribute("href", "#budget_from");
  await expect(list.filters.getByLabel("From")).toHaveValue("cheap");
  await expect(list.chips.getByRole("link", { name: "Remove filter" })).toHaveCount(1);
  for (const card of await list.cards.all()) await expect(card).toContainText("Design");
});

test("a search has a feed that feed readers can discover", async ({ page, newcomer }) => {
  const word = rareWord();
  const seller = await newcomer();
  await newAccount(seller, "seller", "Feed Seller");
  const path = await openProject(seller, { name: `Sign ${word}` });
  await new ProjectsPage(page).goto(`/projects?q=${word}&sort=newest`);
  const address = await page.locator("head link[rel=alternate]").getAttribute("href");
  expect(address).toBe(`/projects.atom?q=${word}`);
  await expect(page.getByRole("link", { name: "Atom feed of this search" })).toHaveAttribute("href", address!);
  const feed = await page.request.get(address!);
  expect(feed.headers()["content-type"]).toBe("application/atom+xml; charset=utf-8");
  expect(await feed.text()).toContain(`${path}</id>`);
});

test("the list shows only remote work, or only projects without bids that close today", async ({ page, newcomer }) => {
  const word = rareWord();
  const seller = await newcomer();
  await newAccount(seller, "seller", "Remote Seller");
  const remote = { description: `Work with ${word}.`, work_place: "remote" };
  await openProject(seller, { ...remote, name: "Remote and soon", deadline: inSeconds(600) });
  const later = await openProject(seller, { ...remote, name: "Remote and later", deadline: inSeconds(3 * 24 * 3600) });
  await openProject(seller, { ...remote, name: "In Leeds", work_place: "on_site", site: "Leeds" });
  const list = new ProjectsPage(page);
  await list.open(`?q=${word}`);
  await expect(list.cards).toHaveCount(3);
  await list.apply({ where: "Remote", sort: "Newest" });
  await expect(list.names).toHaveText(["Remote and later", "Remote and soon"]);
  for (const card of await list.cards.all()) await expect(card).toContainText("Remote");
  const buyer = await newcomer();
  await newAccount(buyer, "buyer", "Remote Buyer");
  await bid(buyer, later, "900");
  await list.apply({ only: ["No bids yet"] });
  await expect(list.names).toHaveText(["Remote and soon"]);
  await list.follow(list.chips.getByRole("link", { name: "No bids yet" }));
  await list.apply({ only: ["Closing today"] });
  await expect(list.names.filter({ hasText: "Remote and later" })).toHaveCount(0);
  await expect(list.filters.getByLabel("Closing today")).toBeChecked();
  await looksRight(page, "list-of-work");
});

test("somebody who comes back sees what is new since the last visit", async ({ page, newcomer, baseURL }) => {
  const list = new ProjectsPage(page);
  await list.open();
  await expect(list.filters.getByLabel("New since my last visit"), "this is the first visit").toHaveCount(0);
  const now = Math.floor(Date.now() / 1000);
  await page.context().addCookies([{ name: "visits", value: `${now}.${now}`, url: `${baseURL}/projects` }]);
  const seller = await newcomer();
  await newAccount(seller, "seller", "New Seller");
  const name = `Sign ${rareWord()}`;
  await openProject(seller, { name });
  await list.open();
  await list.apply({ only: ["New since my last visit"], sort: "Newest" });
  await expect(list.names.filter({ hasText: name })).toHaveCount(1);
  await expect(list.names.filter({ hasText: STAIRCASE })).toHaveCount(0);
  await expect(list.chips.getByRole("link", { name: "New since your last visit" })).toBeVisible();
  await list.search(name.split(" ")[1]!);
  await expect(list.names).toHaveText([name]);
});
