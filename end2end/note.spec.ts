import { ProjectPage } from "./pages/project";
import { bid, newAccount, openProject } from "./support/fixtures";
import { looksRight } from "./support/looks";
import { expect, scripted, test } from "./support/test";

const NOTE = "Two weeks, starting in May.\nI have set eight such leaflets.";

test("a note to the seller survives a refused bid, and only the two can read it", async ({ page, newcomer }) => {
  const [buyer, seller, other] = [new ProjectPage(page), new ProjectPage(await newcomer()), new ProjectPage(await newcomer())];
  await Promise.all([newAccount(page, "buyer", "Note Writer"), newAccount(seller.page, "seller", "Note Reader"), newAccount(other.page, "buyer", "Rival Buyer")]);
  const path = await openProject(seller.page);
  await bid(other.page, path, "900");

  await buyer.goto(path);
  await expect(buyer.note).toBeHidden();
  await buyer.addNote(NOTE);
  await buyer.bidInVain("1000.01");
  await expect(buyer.note).toHaveValue(NOTE);
  await buyer.bidLow("€70.00");
  await page.getByRole("button", { name: "Change my bid" }).click();
  await buyer.awake();
  await expect(buyer.note).toHaveValue(NOTE);
  await buyer.bid("850");

  await buyer.goto(path);
  const table = (project: ProjectPage) => project.page.getByRole("region", { name: "Bid table" });
  await expect(table(buyer)).toContainText("I have set eight such leaflets.");
  await expect(buyer.note, "the next bid begins with it").toHaveValue(NOTE);
  await seller.goto(path);
  await expect(table(seller)).toContainText("Two weeks, starting in May.");
  await other.goto(path);
  await expect(table(other)).toContainText("€850.00");
  await expect(other.page.locator("body")).not.toContainText("starting in May");

  if (!scripted()) return;
  await looksRight(buyer.page, "project-note-buyer");
  await looksRight(seller.page, "project-note-seller");
  // The open pages load the history again after a bid.
  await bid(other.page, path, "800");
  await expect(table(seller)).toContainText("€800.00");
  await expect(table(seller)).toContainText("Two weeks, starting in May.");
  await expect(table(other)).toContainText("€800.00");
  await expect(other.page.locator("body")).not.toContainText("starting in May");
});
