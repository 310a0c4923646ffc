import { readFileSync } from "node:fs";
import { DashboardPage } from "./pages/dashboard";
import { ProjectPage } from "./pages/project";
import { DEMO, bid, newAccount, openProject, signIn } from "./support/fixtures";
import { expect, test } from "./support/test";

test("an outbid buyer takes the lead again in two clicks", async ({ page, newcomer }) => {
  const [seller, other] = [await newcomer(), await newcomer()];
  await Promise.all([newAccount(seller, "seller", "Fair Seller"), newAccount(page, "buyer", "Outbid Buyer"), newAccount(other, "buyer", "Low Buyer")]);
  const path = await openProject(seller);
  await bid(page, path, "900");
  await bid(other, path, "850.50");
  const mine = new DashboardPage(page);
  await mine.open();
  await expect(mine.page.locator("[data-project]")).toContainText("€49.50 above the lowest");
  await mine.page.getByRole("link", { name: "Bid €850.49 to lead" }).click();
  const project = new ProjectPage(page);
  await project.awake();
  await expect(project.amount).toHaveValue("850.49");
  await expect(project.amount).toBeInViewport();
  await expect(project.standing, "the link places nothing").toContainText("You’ve been outbid");
  await project.bidButton.click();
  await project.says("Your bid is in.");
  await expect(project.standing).toContainText("You’re in the lead");
});

test("a new buyer's first steps lead to the projects and are ticked off", async ({ page, newcomer }) => {
  const seller = await newcomer();
  await Promise.all([newAccount(seller, "seller", "Fair Seller"), newAccount(page, "buyer", "New Buyer")]);
  const path = await openProject(seller);
  const mine = new DashboardPage(page);
  await mine.open();
  const steps = mine.section("Your first auction");
  await expect(steps).toContainText("1 of 3 done");
  await steps.getByRole("link", { name: "Find projects" }).click();
  await expect(page).toHaveURL("/projects");
  await bid(page, path, "900");
  await mine.open();
  await expect(steps).toContainText("2 of 3 done");
  await expect(steps.getByRole("link")).toHaveCount(0);
});

test("a buyer's bids and results can be saved for a spreadsheet", async ({ page }) => {
  await signIn(page, DEMO.buyer);
  const mine = new DashboardPage(page);
  await mine.open();
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as CSV" }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe("guildhall-bids.csv");
  const text = readFileSync((await file.path())!, "utf8");
  expect(text.split("\r\n")[0]).toContain('"project","name","address"');
  expect(text).toContain('"won"');
});
