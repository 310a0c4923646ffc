// What is kept about people, and how they get it and have it erased.

import { AccountPage } from "./pages/account";
import { Site } from "./pages/site";
import { newAccount, openProject } from "./support/fixtures";
import { linkInLetter } from "./support/letters";
import { looksRight } from "./support/looks";
import { expect, test } from "./support/test";
import { readFile } from "node:fs/promises";

test("an owner exports everything as JSON and as a page", async ({ page }) => {
  const account = await newAccount(page, "seller", "Takes It Along");
  await openProject(page);
  const own = new AccountPage(page);
  await own.open();
  await page.getByRole("link", { name: "Export or erase your data" }).click();
  await expect(own.heading).toHaveText("Your data");
  await own.awake();
  await looksRight(page, "account-privacy");
  await page.getByRole("link", { name: "Export your data" }).click();
  await expect(own.heading).toHaveText("Export your data");
  await own.awake();
  await looksRight(page, "export");
  await page.getByLabel("Current password").fill("this is not my password");
  await page.getByRole("button", { name: "Make the export" }).click();
  await expect(own.errorAt("present_password")).toContainText("This is not your current password.");
  await own.awake();
  await looksRight(page, "export-refused");
  await page.getByLabel("Current password").fill(account.password);
  await page.getByRole("button", { name: "Make the export" }).click();
  await own.says("Your export is ready.");
  await expect(own.heading).toHaveText("Your export");
  await looksRight(page, "export-ready");
  const download = async (name: string) => {
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name }).click()]);
    return { name: file.suggestedFilename(), path: await file.path() };
  };
  const json = await download("Download for programs (JSON)");
  expect(json.name).toBe("guildhall-export.json");
  const all = JSON.parse(await readFile(json.path, "utf8"));
  expect(all.account[0].email).toBe(account.email);
  expect(all.projects).toHaveLength(1);
  const html = await download("Download as a page (HTML)");
  expect(html.name).toBe("guildhall-export.html");
  const text = await readFile(html.path, "utf8");
  expect(text).toContain(account.email);
  expect(text).not.toContain("<script");
  expect(text.trimEnd().endsWith("</html>")).toBe(true);
});

test("an owner asks for the erasure, keeps the account, and asks again", async ({ page, newcomer }) => {
  const account = await newAccount(page, "buyer", "Wants To Leave");
  const own = new AccountPage(page);
  const ask = async () => {
    await own.goto("/account/erasure");
    await expect(own.heading).toHaveText("Erase your account?");
    await page.getByLabel("Current password").fill(account.password);
    await page.getByRole("button", { name: "Erase my account in 7 days" }).click();
    await own.says("Your account will be erased on");
  };
  await own.goto("/account/erasure");
  await looksRight(page, "erasure");
  await ask();
  await looksRight(page, "account-privacy-scheduled");
  const phone = new Site(await newcomer());
  await phone.goto(await linkInLetter(page, account.email, "Your account will be erased"));
  await expect(phone.heading).toHaveText("Keep your account");
  await looksRight(phone.page, "keep-account-link");
  await phone.page.getByRole("button", { name: "Keep my account" }).click();
  await expect(phone.heading).toHaveText("Your account stays");
  await looksRight(phone.page, "keep-account-done");

  await ask();
  await own.open();
  await expect(page.getByRole("main")).toContainText("Until then it can neither publish projects nor bid.");
  await looksRight(page, "account-erasure");
  await page.getByRole("button", { name: "Keep my account" }).click();
  await own.says("Your account stays.");
  await own.goto("/account/privacy");
  await expect(page.getByRole("link", { name: "Erase your account" })).toBeVisible();
});

test("whoever others rely on is told why the account can't be erased", async ({ page }) => {
  await newAccount(page, "seller", "Still Bound");
  await openProject(page);
  const own = new AccountPage(page);
  await own.goto("/account/erasure");
  await expect(page.getByRole("main")).toContainText("Your account has an open project");
  await expect(page.getByRole("button", { name: /Erase my account/ })).toHaveCount(0);
  await looksRight(page, "erasure-bound");
});
