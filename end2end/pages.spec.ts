import { DashboardPage } from "./pages/dashboard";
import { ProjectPage, ResultPage } from "./pages/project";
import { SignInPage } from "./pages/sign-in";
import { Site } from "./pages/site";
import { type Account, DEMO, newAccount, openProject, signIn, somebody } from "./support/fixtures";
import { looksRight } from "./support/looks";
import { type Page, expect, test } from "./support/test";

const FINISHED = { "Not awarded": "result-unawarded", Cancelled: "project-cancelled" };

/** The path of a project of this kind on the dashboard of the demo's seller or buyer. */
async function demoProject(newcomer: () => Promise<Page>, who: Account, part: string): Promise<string> {
  const page = await newcomer();
  await signIn(page, who);
  const dashboard = new DashboardPage(page);
  await dashboard.open();
  return dashboard.firstIn(part);
}

test.describe("for everybody", () => {
  for (const [name, path, status] of [
    ["home", "/", 200],
    ["list", "/projects", 200],
    ["list-filtered", "/projects?q=book&category=software&budget_from=100&sort=budget", 200],
    ["list-empty", "/projects?q=zzzznothing", 200],
    ["list-refused", "/projects?budget_from=cheap", 422],
    ["archive", "/archive", 200],
    ["archive-filtered", "/archive?category=writing&currency=EUR&price_from=100&bids_from=1&ended_from=2026-01-01", 200],
    ["archive-empty", "/archive?q=zzzznothing", 200],
    ["archive-refused", "/archive?price_from=cheap&bids_to=few&ended_to=soon", 422],
    ["archive-statistics", "/archive/statistics", 200],
    ["calculator", "/calculator?sent=yes&amount=1250&currency=EUR&costs=120&fee=5&tax=19", 200],
    ["calculator-refused", "/calculator?sent=yes&amount=few&currency=EUR&fee=101", 422],
    ["how-it-works", "/how-it-works", 200],
    ["privacy", "/privacy", 200],
    ["sign-up", "/sign-up", 200],
    ["sign-in", "/sign-in", 200],
    ["settings", "/settings", 200],
    ["api", "/api/docs", 200],
    ["api-problems", "/api/docs/problems", 200],
    ["api-problem", "/api/docs/problems/above-budget", 200],
    ["mail", "/dev/mail", 200],
    ["mail-example", "/dev/mail/1", 200],
    ["not-found", "/nothing/here", 404],
  ] as const) {
    test(`${name} looks right`, async ({ page }) => {
      expect(await new Site(page).goto(path)).toBe(status);
      await looksRight(page, name);
    });
  }

  test("a refused sign-up looks right", async ({ page }) => {
    const site = new Site(page);
    await site.goto("/sign-up");
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(site.errorSummary).toBeVisible();
    await looksRight(page, "sign-up-refused");
  });

  test("a refused sign-in looks right", async ({ page }) => {
    const site = new Site(page);
    await site.goto("/sign-in");
    await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
    await expect(site.errorSummary).toBeVisible();
    await looksRight(page, "sign-in-empty");
    await new SignInPage(page).attempt(somebody("buyer", "Nobody").email, "not the password at all");
    await expect(site.alert).toBeVisible();
    await looksRight(page, "sign-in-refused");
  });

  test("the menu of a narrow page opens and looks right", async ({ page }) => {
    await page.setViewportSize({ width: 320, height: 800 });
    const site = new Site(page);
    await site.goto("/");
    await page.getByRole("button", { name: "Menu" }).click();
    await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
    await looksRight(page, "menu");
  });
});

test.describe("projects and results", () => {
  test("an open project looks right to a stranger and to a buyer with a bid", async ({ page, newcomer }) => {
    const path = await demoProject(newcomer, DEMO.buyer, "Outbid");
    await new Site(page).goto(path);
    await looksRight(page, "project-stranger");
    await signIn(page, DEMO.buyer);
    const project = new ProjectPage(page);
    await project.goto(path);
    await expect(project.standing).toBeVisible();
    await looksRight(page, "project-buyer");
    await project.bidInVain("a lot");
    await looksRight(page, "project-buyer-refused");
    await project.goto(path);
    await project.amount.fill("1");
    await project.bidButton.click();
    await expect(project.heading).toHaveText(/^Bid .+\?$/);
    await looksRight(page, "low-bid");
    await project.goto(path);
    await project.askToWithdraw();
    await looksRight(page, "withdraw");
  });

  test("a bid looks right while it can be undone, and its history afterwards", async ({ page, newcomer }) => {
    const seller = await newcomer();
    await Promise.all([newAccount(seller, "seller", "Undo Seller"), newAccount(page, "buyer", "Undo Buyer")]);
    const project = new ProjectPage(page);
    await project.goto(await openProject(seller));
    await project.bid("640");
    await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
    await looksRight(page, "project-bid-in");
    await project.reload();
    await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
    await looksRight(page, "project-undo");
    await project.undo();
    await looksRight(page, "project-undone");
  });

  test("a seller's own open project looks right with and without bids", async ({ page }) => {
    await newAccount(page, "seller", "New Here");
    const project = new ProjectPage(page);
    await project.goto(await openProject(page));
    await looksRight(page, "project-owner-no-bid");
    await project.askToCancel();
    await looksRight(page, "cancel");
    await signIn(page, DEMO.seller);
    const dashboard = new DashboardPage(page);
    await dashboard.open();
    await dashboard.goto(await dashboard.firstIn("Open"));
    await looksRight(page, "project-owner");
  });

  test("a result looks right to its seller, its winner and a stranger", async ({ page, newcomer }) => {
    const path = (await demoProject(newcomer, DEMO.buyer, "Won")).replace(/\/result$/, "");
    const result = new ResultPage(page);
    await result.open(path);
    await looksRight(page, "result-stranger");
    await new Site(page).goto(path);
    await looksRight(page, "project-awarded");
    await signIn(page, DEMO.buyer);
    await result.open(path);
    await expect(result.award).toContainText("You won");
    await looksRight(page, "result-winner");
    await result.goto(path);
    await looksRight(page, "project-won");
    await result.goto(`${path}/award`);
    await looksRight(page, "award-document");
    const seller = await newcomer();
    await signIn(seller, DEMO.seller);
    await new Site(seller).goto(await demoProject(newcomer, DEMO.seller, "Awarded"));
    await expect(seller.getByRole("main").getByRole("link", { name: /@/ }).first()).toBeVisible();
    await looksRight(seller, "result-seller");
  });

  test("unawarded and cancelled projects look right", async ({ page, newcomer }) => {
    for (const [part, name] of Object.entries(FINISHED)) {
      await new Site(page).goto(await demoProject(newcomer, DEMO.seller, part));
      await looksRight(page, name);
    }
  });
});

test("with reduced motion nothing moves, and the page still works", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const site = new Site(page);
  await site.goto("/");
  await site.theme("Dark").click();
  const moving = await page.evaluate(() => document.getAnimations().filter((animation) => animation.playState === "running").length);
  expect(moving).toBe(0);
  await newAccount(page, "seller", "Still Seller");
  await site.goto(await openProject(page));
  const timer = page.getByRole("timer").first();
  const before = await timer.innerText();
  await expect(timer).not.toHaveText(before);
});
