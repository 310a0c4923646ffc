// Pages that update themselves while they are open.

import { ProjectPage } from "./pages/project";
import { finishTransitions, overflowingElements, violations } from "./support/accessibility";
import { DEMO, bid, newAccount, openProject, signIn } from "./support/fixtures";
import { hasStayed, marks, scene, SOON, stays, text } from "./support/live";
import { line } from "./support/proxy";
import { expect, test } from "./support/test";

test("being outbid is shown and announced; the buyer keeps the typed amount and can lead again", async ({ page, newcomer }) => {
  const { mine, theirs, path } = await scene(page, newcomer);
  await mine.amount.fill("84");
  const before = await mine.picture.getAttribute("src");
  await bid(theirs, path, "850.50");
  await expect(mine.standing).toContainText("You’ve been outbid", SOON);
  await expect(mine.standing).toContainText("Your bid €900.00, €49.50 above the lowest");
  await expect(mine.auction.locator(".money-xl")).toHaveText("€850.50");
  await expect(mine.auction.locator(".money-xl")).toHaveAttribute("value", "850.50");
  await expect(mine.fact("Active bids")).toHaveText("2 bids");
  await expect(mine.bidForm).toContainText("Bid less than €850.50 to lead.");
  await expect(mine.said, "there is one live region").toHaveCount(1);
  await expect(mine.said).toHaveText("You’ve been outbid. The lowest bid is now €850.50.");
  await expect(mine.amount).toHaveValue("84");

  await test.step("another lower bid is shown but not announced", async () => {
    await bid(theirs, path, "840");
    await expect(mine.auction.locator(".money-xl")).toHaveText("€840.00", SOON);
    await expect(mine.standing).toContainText("€60.00 above the lowest");
    await expect(mine.said).toHaveText("You’ve been outbid. The lowest bid is now €850.50.");
  });
  await test.step("the history follows by itself", async () => {
    await expect(mine.historyCount).toHaveText("3 bids in total", SOON);
    // A heading and three bids.
    await expect(mine.history).toHaveCount(4);
    await expect(mine.newer).toBeHidden();
    await expect(mine.history.nth(1)).toContainText(/Bidder 2 .*€840\.00.*Lowest/);
    await expect(mine.picture).not.toHaveAttribute("src", before!);
    expect(await mine.drawn(), "from 900 to 840 of 1000").toEqual([expect.stringMatching(/^M\d+ 1000H.*V1600H\d+$/)]);
  });
  await test.step("withdrawing gives the lead back", async () => {
    const other = new ProjectPage(theirs);
    await other.goto(path);
    await other.withdraw();
    await expect(mine.standing).toContainText("You’re in the lead", SOON);
    // An earlier announcement may precede this one if a screen reader has not had time to read it.
    await expect(mine.said).toHaveText(/(^|€850\.50\. )You’re in the lead\.$/);
    await expect(mine.bidForm).toContainText("Yours is the lowest.");
    await expect(mine.history.nth(1)).toContainText("Withdrawn", SOON);
    await expect(mine.history.last()).toContainText(/€900\.00.*Lowest/);
  });
  await test.step("if newer bids do not load, a link to try again appears, and the page is not reloaded", async () => {
    await page.route("**/history*", (route) => route.fulfill({ status: 429 }));
    await bid(theirs, path, "830");
    await expect(mine.newer).toHaveText("The newer bids did not load: try again", SOON);
    await page.unroute("**/history*");
    await mine.newer.click();
    await expect(mine.newer).toBeHidden();
    await expect(mine.history).toHaveCount(5);
    await expect(page.getByRole("heading", { name: "Bid history" })).toBeFocused();
  });
  expect(await hasStayed(page)).toBe(true);
  await expect(mine.amount).toHaveValue("84");
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    // The newest bid fades in.
    await finishTransitions(page);
    expect(await violations(page), "WCAG 2.2 AA").toEqual([]);
    expect(await overflowingElements(page)).toEqual([]);
  }
});

test("everybody sees the result from their own point of view without reloading", async ({ page, newcomer }) => {
  test.setTimeout(120_000);
  const { seller, mine, theirs, path } = await scene(page, newcomer, 40);
  const [owner, loser, winner] = [new ProjectPage(seller), mine, new ProjectPage(theirs)];
  const stranger = new ProjectPage(await newcomer());
  for (const project of [owner, winner, stranger]) await project.goto(path);
  await loser.bid("890");
  await winner.bid("640");
  for (const project of [owner, loser, winner, stranger]) await stays(project.page);
  await winner.amount.focus();
  for (const [project, words] of [
    [owner, "Your project was awarded for €640.00."],
    [loser, "You did not win. The lowest bid won: €640.00."],
    [winner, "You won this project with your bid of €640.00."],
    [stranger, "The lowest bid won this project: €640.00."],
  ] as const) {
    await expect(project.auction).toContainText(words, { timeout: 60_000 });
    await expect(project.auction).toContainText("Winning bid");
    await expect(project.auction).toContainText("Deadline");
    await expect(project.page.locator("header .badge")).toHaveText("Awarded");
    await expect(project.timer).toHaveCount(0);
    await expect(project.bidForm).toHaveCount(0);
    await expect(project.said).toContainText(words);
    const [first, second] = [project.history.nth(1), project.history.nth(2)];
    await expect(first, "the history shows the same result").toContainText(/€640\.00.*Won/, SOON);
    await expect(second).toContainText(/€890\.00.*Not chosen/);
    await expect(project.page.getByText("Your bid is in."), "the earlier success message is gone").toBeHidden();
    await expect(project.live, "nothing is live any more").toBeHidden();
    await expect(project.page.getByRole("link", { name: "Add to calendar" })).toBeHidden();
    expect(await hasStayed(project.page)).toBe(true);
    expect(await violations(project.page), "WCAG 2.2 AA").toEqual([]);
  }
  for (const [project, title, contact] of [
    [winner, "You won this project for €640.00", "Live Seller"],
    [owner, "Your project has a winner for €640.00", "Other Buyer"],
  ] as const) {
    const steps = project.page.getByRole("region", { name: title });
    await expect(steps).toContainText(`Write to ${contact}`);
    for (const name of ["Write an e-mail", "Award document", "Calendar entry"]) await expect(steps.getByRole("link", { name })).toBeVisible();
  }
  for (const project of [loser, stranger]) await expect(project.page.getByRole("link", { name: "Award document" })).toHaveCount(0);
  await expect(owner.page.getByRole("link", { name: "Post again" })).toBeVisible();
  expect((await winner.said.innerText()).match(/deadline has passed/g) ?? [], "the deadline is announced at most once").toHaveLength(
    /deadline has passed/.test(await winner.said.innerText()) ? 1 : 0,
  );
  await expect(winner.auction.locator("[data-live=action]"), "the focus moves to the result").toBeFocused();
  for (const project of [owner, loser, winner, stranger]) {
    const shown = await text(project);
    await project.reload();
    expect(await text(project), "a reload shows nothing else").toBe(shown);
  }
  await winner.auction.getByRole("link", { name: "See the result" }).click();
  await expect(theirs).toHaveURL(`${path}/result`);
});

test("a page that was opened before the first bid stops saying that there is none", async ({ page, newcomer }) => {
  const buyer = await newcomer();
  await Promise.all([newAccount(page, "seller", "Empty Seller"), newAccount(buyer, "buyer", "First Buyer")]);
  const path = await openProject(page);
  const own = new ProjectPage(page);
  await own.goto(path);
  await expect(own.live).toHaveText("Live");
  await stays(page);
  const none = page.getByText("Nobody has bid yet.");
  await expect(none).toBeVisible();
  await bid(buyer, path, "990");
  await expect(own.auction).toContainText("€990.00", SOON);
  expect(await none.isVisible()).toBe(false);
  await expect(own.history.nth(1)).toContainText(/First Buyer.*€990\.00.*Lowest/, SOON);
  await expect(own.historyCount).toHaveText("1 bid in total");
  expect(await hasStayed(page)).toBe(true);
});

test("a seller can cancel until there is a bid, and again after it is withdrawn", async ({ page, newcomer }) => {
  const buyer = await newcomer();
  await Promise.all([newAccount(page, "seller", "Waiting Seller"), newAccount(buyer, "buyer", "First Buyer")]);
  const path = await openProject(page);
  const own = new ProjectPage(page);
  await own.goto(path);
  const cancel = own.auction.getByRole("link", { name: "Cancel project" });
  await expect(cancel).toBeVisible();
  await bid(buyer, path, "500");
  await expect(own.auction).toContainText("There is a bid, so it can’t be cancelled any more", SOON);
  await expect(own.auction).toContainText("€500.00");
  await expect(cancel).toHaveCount(0);
  const theirs = new ProjectPage(buyer);
  await theirs.goto(path);
  await theirs.withdraw();
  await expect(own.auction).toContainText("No bid yet", SOON);
  await own.cancel();
  await expect(theirs.auction).toContainText("This project is cancelled.", SOON);
});

test("time thresholds are announced once, in the only live region", async ({ page, newcomer }) => {
  const { mine } = await scene(page, newcomer, 630);
  await expect(mine.said).toHaveText("10 minutes left.", { timeout: 60_000 });
  await expect(page.locator("main [role=status]")).toHaveCount(0);
});

test("a disconnected page reconnects by itself and misses nothing", async ({ page, newcomer, baseURL, complaints }) => {
  complaints.expect(/net::ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|CONNECTION_RESET|EMPTY_RESPONSE|NETWORK_CHANGED)/);
  const { mine, theirs, path } = await scene(page, newcomer);
  const server = await line(baseURL!);
  try {
    const away = new ProjectPage(await newcomer());
    await away.goto(`${server.url}${path}`);
    await expect(away.live).toHaveText("Live");
    await stays(away.page);
    await server.cut();
    await expect(away.live).toHaveText("Reconnecting …", SOON);
    await bid(theirs, path, "777");
    await expect(mine.standing).toContainText("You’ve been outbid", SOON);
    await server.mend();
    await expect(away.auction).toContainText("€777.00", { timeout: 40_000 });
    await expect(away.live).toHaveText("Live");
    await bid(theirs, path, "770");
    await expect(away.auction).toContainText("€770.00", { timeout: 40_000 });
    expect(await hasStayed(away.page)).toBe(true);
  } finally {
    await server.cut();
  }
});

test("if no stream gets through, the page polls", async ({ page, newcomer, complaints }) => {
  complaints.expect(/net::ERR_FAILED/);
  await page.route("**/live*", (route) =>
    route.request().headers()["accept"] === "application/json" ? route.continue() : route.abort(),
  );
  const { mine, theirs, path } = await scene(page, newcomer);
  await bid(theirs, path, "700");
  await expect(mine.standing).toContainText("You’ve been outbid", { timeout: 40_000 });
  await expect(mine.live).toHaveText("Live");

  const old = await newcomer();
  await old.addInitScript(() => Reflect.deleteProperty(window, "EventSource"));
  const without = new ProjectPage(old);
  await without.goto(path);
  await bid(theirs, path, "690");
  await expect(without.auction).toContainText("€690.00", { timeout: 40_000 });
});

test("a silent stream is detected, and the page polls", async ({ page, newcomer, baseURL }) => {
  test.setTimeout(120_000);
  const { theirs, path } = await scene(page, newcomer);
  const server = await line(baseURL!, { keepsStreams: true });
  const away = new ProjectPage(await newcomer());
  try {
    const called = await marks(away);
    await away.goto(`${server.url}${path}`);
    await bid(theirs, path, "777");
    await expect(away.auction).toContainText("€777.00", { timeout: 60_000 });
    await expect(away.live).toHaveText("Live");
    expect(await called(), "a page is not marked as live before it is").toEqual(["Reconnecting …", "Live"]);
  } finally {
    // An open page would report that its next request failed.
    await away.page.close();
    await server.cut();
  }
});

test("the page of a project that is no longer available says so, in both themes", async ({ page, newcomer, complaints }) => {
  complaints.expect(/404|net::ERR_FAILED/);
  const { theirs, path } = await scene(page, newcomer);
  await theirs.route("**/live*", (route) =>
    route.request().headers()["accept"] === "application/json" ? route.fulfill({ status: 404 }) : route.abort(),
  );
  const gone = new ProjectPage(theirs);
  await gone.goto(path);
  await expect(gone.live).toHaveText("Not live any more: reload the page", SOON);
  for (const colorScheme of ["light", "dark"] as const) {
    await theirs.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const width of [320, 1280]) {
      await theirs.setViewportSize({ width, height: 800 });
      expect(await violations(theirs), "WCAG 2.2 AA").toEqual([]);
      expect(await overflowingElements(theirs)).toEqual([]);
    }
  }
});

test("a hidden page closes its stream and catches up when it is visible again", async ({ page, newcomer }) => {
  const { mine, theirs, path } = await scene(page, newcomer);
  const streams = () => page.evaluate(() => performance.getEntriesByType("resource").filter(({ name }) => /\/live/.test(name)).length);
  const seen = (isHidden: boolean) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
  const ended = page.waitForEvent("requestfailed", (request) => request.url().includes("/live"));
  await seen(true);
  await ended;
  const before = await streams();
  await bid(theirs, path, "600");
  await page.waitForTimeout(1_000);
  await expect(mine.standing).toContainText("You’re in the lead");
  expect(await streams()).toBe(before);
  await seen(false);
  await expect(mine.standing).toContainText("You’ve been outbid", SOON);
});

test("a window follows what its buyer does in another one", async ({ page, newcomer }) => {
  const { path } = await scene(page, newcomer);
  const buyer = await newcomer();
  await newAccount(buyer, "buyer", "Two Windows");
  const [here, there] = [new ProjectPage(buyer), new ProjectPage(await buyer.context().newPage())];
  await here.goto(path);
  await expect(here.live).toHaveText("Live");
  await stays(buyer);
  await bid(there.page, path, "700");
  await expect(here.bidForm).toContainText("must be lower than €700.00", SOON);
  await expect(here.bidForm).toContainText("Yours is the lowest.");
  await there.goto(path);
  await there.withdraw();
  await expect(here.bidForm).not.toContainText("Yours is the lowest.", SOON);
  expect(await hasStayed(buyer)).toBe(true);
});

for (const who of [DEMO.seller, DEMO.buyer]) {
  test(`the ${who.role}'s dashboard opens its stream without an error in the console`, async ({ page }) => {
    const errors: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(`${message.text()} (${message.location().url})`);
    });
    await signIn(page, who);
    const live = page.waitForResponse("**/dashboard/live*");
    await page.goto("/dashboard");
    expect((await live).status()).toBe(200);
    expect(errors).toEqual([]);
  });
}
