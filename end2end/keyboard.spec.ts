import { ProjectPage } from "./pages/project";
import { ProjectFormPage } from "./pages/project-form";
import { ProjectsPage } from "./pages/projects";
import { SignInPage } from "./pages/sign-in";
import { Site } from "./pages/site";
import { finishTransitions, violations } from "./support/accessibility";
import { newAccount, openProject, rareWord, somebody } from "./support/fixtures";
import { tabTo } from "./support/keyboard";
import { expect, test } from "./support/test";

test("the first press of Tab offers to skip to the content", async ({ page }) => {
  const site = new Site(page);
  await site.goto("/projects");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to main content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("searchbox")).toBeFocused();
});

test("Escape closes the menu and gives the focus back to its button", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await new Site(page).goto("/projects");
  const menu = page.getByRole("button", { name: "Menu" });
  const link = page.getByRole("banner").getByRole("link", { name: "How it works" });
  await expect(link).toBeHidden();
  await tabTo(page, menu);
  await page.keyboard.press("Enter");
  await expect(link).toBeVisible();
  await tabTo(page, link);
  await page.keyboard.press("Escape");
  await expect(link).toBeHidden();
  await expect(menu).toBeFocused();
  await page.keyboard.press("Space");
  await expect(link).toBeVisible();
  await page.mouse.click(2, 600);
  await expect(link, "a press elsewhere closes it too").toBeHidden();
});

test("bidding works without a mouse, from signing in to withdrawing the bid", async ({ page, newcomer }) => {
  const seller = await newcomer();
  await newAccount(seller, "seller", "Key Seller");
  const word = rareWord();
  const path = await openProject(seller, { name: `Signs ${word}` });
  const account = await newAccount(await newcomer(), "buyer", "Key Buyer");

  const project = new ProjectPage(page);
  await project.goto(path);
  await tabTo(page, page.getByRole("link", { name: "Sign in to bid" }));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`/sign-in?next=${path}`);
  const signIn = new SignInPage(page);
  await signIn.awake();
  await tabTo(page, page.getByLabel("E-mail"));
  await page.keyboard.type(account.email);
  await tabTo(page, page.getByLabel("Password"));
  await page.keyboard.type(account.password);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(path);
  await project.awake();

  await tabTo(page, project.amount);
  await page.keyboard.type("1200");
  await page.keyboard.press("Enter");
  await expect(project.amountError).toContainText("Your bid is over the €1,000.00 budget.");
  await expect(project.amount).toBeFocused();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("720");
  await tabTo(page, project.bidButton);
  await page.keyboard.press("Space");
  await project.says("Your bid is in.");
  await expect(project.standing).toContainText("You’re in the lead");

  await tabTo(page, page.getByRole("link", { name: "Withdraw my bid" }));
  await page.keyboard.press("Enter");
  await expect(project.heading).toHaveText("Withdraw your bid?");
  await project.awake();
  await tabTo(page, page.getByRole("button", { name: "Withdraw my bid" }));
  await page.keyboard.press("Enter");
  await project.says("Your bid is withdrawn.");
});

test("a list is searched and a project opened without a mouse", async ({ page, newcomer }) => {
  const seller = await newcomer();
  await newAccount(seller, "seller", "Key Seller");
  const word = rareWord();
  const path = await openProject(seller, { name: `Signs ${word}` });
  const list = new ProjectsPage(page);
  await list.open();
  await tabTo(page, page.getByRole("searchbox"));
  await page.keyboard.type(word);
  await page.keyboard.press("Enter");
  await expect(list.count).toHaveText("1 project");
  await list.awake();
  await tabTo(page, list.names.getByRole("link"));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(path);
});

test("the summary of errors takes the focus, and its links lead to the fields", async ({ page }) => {
  await newAccount(page, "seller", "Focus Seller");
  const form = new ProjectFormPage(page);
  await form.open();
  await form.publishInVain();
  await expect(form.errorSummary).toBeFocused();
  await form.errorSummary.getByRole("link").nth(1).press("Enter");
  await expect(form.field("summary")).toBeFocused();
});

test("the summary of a refused sign-up leads to the first choice", async ({ page }) => {
  const site = new Site(page);
  await site.goto("/sign-up");
  await page.getByLabel("Name", { exact: true }).fill(somebody("buyer", "No Role").name);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(site.errorSummary).toBeFocused();
  await site.errorSummary.getByRole("link").first().press("Enter");
  await expect(page.getByRole("radio").first()).toBeFocused();
});

test("the focus is visible everywhere", async ({ page }) => {
  const site = new Site(page);
  await site.goto("/");
  for (let presses = 0; presses < 15; presses++) {
    await page.keyboard.press("Tab");
    // A card that is one large link is outlined as a whole.
    const outlined = await page.locator(":focus").evaluate((focused) => {
      const styles = [focused, focused.closest("article") ?? focused].map((element) => getComputedStyle(element));
      return styles.some((style) => style.outlineStyle !== "none" && style.outlineWidth !== "0px");
    });
    expect(outlined, await page.locator(":focus").evaluate((focused) => focused.outerHTML.slice(0, 120))).toBe(true);
  }
});

test("a wide table and a long line of code in a description can be scrolled by keyboard", async ({ page }) => {
  await newAccount(page, "seller", "Draws Tables");
  const row = (cell: string) => `|${`${cell}|`.repeat(12)}`;
  const description = `${row("Part of it")}\n${row("---")}\n${row("Thousands")}\n\n\`\`\`\n${"a long line of code ".repeat(10)}\n\`\`\``;
  await new Site(page).goto(await openProject(page, { description }));
  await page.setViewportSize({ width: 320, height: 800 });
  for (const name of ["Table 1", "Code 1"]) {
    const region = page.getByRole("region", { name });
    await tabTo(page, region);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => region.evaluate((element) => element.scrollLeft), `${name} scrolls`).toBeGreaterThan(0);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await finishTransitions(page);
      expect(await region.evaluate((element) => getComputedStyle(element).outlineWidth), `${name} shows its focus`).toBe("3px");
      expect(await violations(page)).toEqual([]);
    }
  }
});
