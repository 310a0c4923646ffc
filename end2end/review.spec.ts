// A project is published only after its seller has seen it as buyers will.
import { ProjectFormPage } from "./pages/project-form";
import { type ProjectFields, newAccount, projectFields } from "./support/fixtures";
import { expect, test } from "./support/test";

test("a project is reviewed, edited again as it was typed, and published", async ({ page }) => {
  await newAccount(page, "seller", "Careful Publisher");
  const form = new ProjectFormPage(page);
  await form.open();
  const inAMonth = new Date(Date.now() + 30 * 24 * 3600 * 1000).toISOString().slice(0, 10);
  const work = { work_place: "on_site", site: "Leeds", delivery_date: inAMonth, duration: "2", duration_unit: "weeks" };
  const project = projectFields({ description: "## What is needed\n\n- \"Eight\" pages & a cover\n- <corrections>", budget: "1250", time_zone: "Asia/Tokyo", deadline: `${inAMonth}T17:30`, ...work });
  await form.fill(project);
  await form.review();
  await expect(page).toHaveTitle(`Review: ${project.name} – Guildhall`);
  await expect(form.heading).toHaveText(project.name);
  const main = page.getByRole("main");
  for (const words of [
    project.summary,
    "Posted by Careful Publisher",
    "€1,250.00",
    "17:30 JST (Asia/Tokyo)",
    "08:30 UTC",
    "On site in Leeds",
    "2 weeks",
    "You can't edit a project once it's published. You can cancel it while it has no active bids.",
  ]) {
    await expect(main).toContainText(words);
  }
  await expect(main.getByRole("heading", { name: "What is needed" })).toBeVisible();

  await form.backToEditing();
  for (const [name, value] of Object.entries(project) as [keyof ProjectFields, string][]) await expect(form.field(name)).toHaveValue(value);
  await form.fill({ name: "Leaflet, reviewed twice" });
  await form.publish();
  await expect(form.heading).toHaveText("Leaflet, reviewed twice");
  await expect(main).toContainText("On site in Leeds");
  // The review's form has been sent, so the browser has nothing to send again.
  await page.goBack();
  await expect(form.heading).toHaveText("Your projects");
  await expect(page.getByRole("article")).toHaveCount(1);
});

test("a place on site needs a town, which a draft may still lack", async ({ page }) => {
  await newAccount(page, "seller", "Local Publisher");
  const form = new ProjectFormPage(page);
  await form.open();
  await form.fill(projectFields({ work_place: "on_site", duration: "a month" }));
  await form.publishInVain();
  await expect(page.getByRole("link", { name: "Town or area: Enter a town or area." })).toBeVisible();
  await expect(page.getByRole("link", { name: "Expected duration: Enter a whole number such as 3." })).toBeVisible();
  await form.fill({ duration: "1", duration_unit: "months" });
  await form.saveDraft();
  await expect(form.field("work_place")).toHaveValue("on_site");
  await form.fill({ site: "Leeds" });
  const path = await form.publish();
  await expect(page.getByRole("main")).toContainText("Expected duration1 month");
  await form.goto("/projects?sort=newest");
  const card = page.getByRole("article").filter({ has: page.locator(`a[href="${path}"]`) });
  await expect(card).toContainText("On site in Leeds");
});
