import { ProjectFormPage } from "./pages/project-form";
import { ProjectPage } from "./pages/project";
import { newAccount, openProject, projectFields } from "./support/fixtures";
import { looksRight } from "./support/looks";
import { expect, test } from "./support/test";

test("a cancelled project is posted again with a new deadline, and a template is never put over typed text", async ({ page }) => {
  await newAccount(page, "seller", "Second Try");
  const path = await openProject(page);
  const project = new ProjectPage(page);
  await project.goto(path);
  await project.cancel();
  await project.goto(path);
  await page.getByRole("link", { name: "Post again" }).click();

  const form = new ProjectFormPage(page);
  await form.awake();
  await expect(page.getByText("with a new deadline. Change what is different this time")).toBeVisible();
  const { name, summary, description, skills } = projectFields();
  for (const [field, value] of Object.entries({ name, summary, description, skills })) {
    await expect(form.field(field as "name")).toHaveValue(value);
  }
  await expect(form.field("category")).toHaveValue("design");
  await looksRight(page, "project-form-again");

  await page.getByRole("button", { name: "Insert template" }).click();
  await form.awake();
  await expect(page.getByText("You have written a description already.")).toBeVisible();
  await expect(form.field("description")).toHaveValue(description);
  await looksRight(page, "project-form-template");
  await page.getByRole("button", { name: "Below my text" }).click();
  await form.awake();
  await expect(form.field("description")).toHaveValue(/^## What is needed[^]*## Accepted when/);

  await form.reviewButton.click();
  await form.awake();
  await form.publishButton.click();
  await project.says("The project is published and takes bids.");
  await expect(page).not.toHaveURL(path);
});
