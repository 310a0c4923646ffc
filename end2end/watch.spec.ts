import { NoticesPage } from "./pages/notices";
import { ProjectPage } from "./pages/project";
import { newAccount, openProject, post } from "./support/fixtures";
import { expect, test } from "./support/test";

test("a watched project is listed, its end is told, and watching ends where it began", async ({ page, newcomer }) => {
  const seller = await newcomer();
  await Promise.all([newAccount(seller, "seller", "Watched Seller"), newAccount(page, "buyer", "Watching Buyer")]);
  const [path, other] = [await openProject(seller), await openProject(seller, { name: "A second leaflet" })];
  const project = new ProjectPage(page);
  for (const watched of [path, other]) {
    await project.goto(watched);
    await project.auction.getByRole("button", { name: "Watch" }).click();
    await project.says("You’re watching this project.");
  }
  await expect(project.auction.getByRole("button", { name: "Stop watching" })).toBeVisible();
  await project.auction.getByRole("link", { name: "Watched projects" }).click();
  await project.awake();
  const rows = page.getByRole("main").getByRole("article");
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText("Leaflet for a bicycle kitchen");
  await expect(rows.first()).toContainText("€1,000.00");
  await rows.nth(1).getByRole("button", { name: "Stop watching A second leaflet" }).click();
  await project.says("You no longer watch this project.");
  await expect(rows).toHaveCount(1);

  await post(seller, `${path}/cancel`, {});
  const notices = new NoticesPage(page);
  await expect(async () => {
    await notices.goto("/notices?show=watched");
    await expect(notices.rows).toContainText("Watched project cancelled", { timeout: 100 });
  }).toPass();
  await notices.goto("/account/watching");
  await expect(page.getByRole("region", { name: "Ended" })).toContainText("Cancelled");

  await project.goto(other);
  await project.auction.getByRole("button", { name: "Watch", exact: true }).click();
  await project.says("You’re watching this project.");
  await project.auction.getByRole("button", { name: "Stop watching" }).click();
  await project.says("You no longer watch this project.");
  await expect(project.auction.getByRole("button", { name: "Watch", exact: true })).toBeVisible();
});
