import { NoticesPage } from "./pages/notices";
import { newAccount, openProject, rareWord } from "./support/fixtures";
import { looksRight } from "./support/looks";
import { expect, test } from "./support/test";

test("a search is saved from the list, tells of a new project, is changed and deleted", async ({ page, newcomer }) => {
  const seller = await newcomer();
  await Promise.all([newAccount(seller, "seller", "Posting Seller"), newAccount(page, "buyer", "Searching Buyer")]);
  const word = rareWord();
  const notices = new NoticesPage(page);
  await notices.goto(`/projects?q=${word}`);
  await page.getByRole("link", { name: "Save this search" }).click();
  await notices.awake();
  await expect(page.getByLabel("Name")).toHaveValue(word);
  await page.getByLabel("Name").fill("My rare word");
  await expect(page.getByRole("radio", { name: /At once/ })).toBeChecked();
  await page.getByRole("button", { name: "Save search" }).click();
  await notices.says("Your search is saved.");
  await page.getByRole("link", { name: "My rare word", exact: true }).click();
  await expect(page).toHaveURL(`/projects?q=${word}`);

  // Projects are compared in the order in which they are published, so this one has been when the next one is listed.
  await openProject(seller, { name: "Leaflet about anything else" });
  const path = await openProject(seller, { name: `Leaflet about ${word}` });
  await expect(async () => {
    await notices.goto("/notices?show=searches");
    await expect(notices.rows).toContainText("It fits your saved search “My rare word”.", { timeout: 100 });
  }).toPass();
  await expect(notices.rows).toHaveCount(1);
  await looksRight(page, "notices-search");
  await notices.rows.getByRole("button", { name: "Open" }).click();
  await page.waitForURL(`**${path}`);

  await notices.goto("/account/searches");
  await page.getByRole("link", { name: "Change My rare word" }).click();
  await notices.awake();
  await page.getByLabel("Name").fill("Another name");
  await page.getByRole("radio", { name: /Weekly/ }).check();
  await page.getByRole("button", { name: "Save changes" }).click();
  await notices.says("Search updated.");
  const searches = page.getByRole("main").getByRole("listitem").filter({ hasText: "Another name" });
  await expect(searches).toContainText("Weekly");
  await searches.getByRole("button", { name: "Delete Another name" }).click();
  await notices.says("Search deleted.");
  await expect(page.getByText("No saved searches yet")).toBeVisible();
});
