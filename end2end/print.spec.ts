// Printed pages: dark ink on white whatever the theme on the screen, and only readable content.

import { DashboardPage } from "./pages/dashboard";
import { ResultPage } from "./pages/project";
import { Site } from "./pages/site";
import { DEMO, newAccount, openProject, signIn } from "./support/fixtures";
import { type Page, expect, test } from "./support/test";

const A4 = { width: 794, height: 1123 };
const PAGES = ["/", "/projects", "/how-it-works", "/sign-in", "/api/docs", "/nothing/here"];
/** WCAG 2.2's minimum contrast for text, measured against white paper. */
const LEAST_CONTRAST = 4.5;

/** Emulates printing on a device with the dark theme. */
async function onPaper(page: Page): Promise<void> {
  await page.setViewportSize(A4);
  await page.emulateMedia({ media: "print", colorScheme: "dark", reducedMotion: "reduce" });
}

/** Every text too light for white paper, and every surface that is not nearly white, one per line. */
function unprintable(page: Page): Promise<string[]> {
  return page.evaluate((least) => {
    const found = new Set<string>();
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
    // Colors come in many notations; rendering a pixel normalizes them.
    const pixel = (color: string): [number, number, number, number] => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data] as [number, number, number, number];
    };
    const linear = (part: number) => (part <= 10.31475 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4);
    const luminance = (color: string) => {
      const [red, green, blue] = pixel(color).map(linear);
      return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const element = text.parentElement!;
      if (!text.textContent!.trim() || !element.checkVisibility()) continue;
      const contrast = 1.05 / (luminance(getComputedStyle(element).color) + 0.05);
      if (contrast < least) found.add(`ink of ${contrast.toFixed(1)}: ${text.textContent!.trim().slice(0, 40)}`);
    }
    for (const element of [document.documentElement, ...document.querySelectorAll("body, body *")]) {
      const { backgroundColor } = getComputedStyle(element);
      const isPainted = element.checkVisibility() && pixel(backgroundColor)[3] > 0;
      if (isPainted && luminance(backgroundColor) < 0.8) found.add(`a dark surface: <${element.tagName} class="${element.className}">`);
    }
    return [...found];
  }, LEAST_CONTRAST);
}

/** Elements that are useless on paper. */
const useless = (page: Page) => page.locator("header.site-header, footer.site-footer, nav, form, button, [role=timer], .live-mark, .btn").filter({ visible: true });

async function printsWell(page: Page, name: string): Promise<void> {
  await onPaper(page);
  expect.soft(await unprintable(page), `${name} in the dark theme`).toEqual([]);
  await expect.soft(useless(page), `${name} without elements that are useless on paper`).toHaveCount(0);
  await expect.soft(page.locator(".print-note"), `${name} shows its URL`).toBeVisible();
}

for (const theme of ["of the device", "chosen"]) {
  test(`every page prints as dark ink on white paper with the dark theme ${theme}`, async ({ page, newcomer }) => {
    const site = new Site(page);
    if (theme === "chosen") {
      await site.goto("/settings");
      await site.theme("Dark").click();
      await site.awake();
    }
    for (const path of PAGES) {
      await site.goto(path);
      await printsWell(page, path);
    }
    await signIn(page, DEMO.buyer);
    const dashboard = new DashboardPage(page);
    await dashboard.open();
    await printsWell(page, "a buyer's dashboard");
    await page.emulateMedia({ media: "screen" });
    for (const part of ["Outbid", "Won"]) {
      await dashboard.open();
      await site.goto(await dashboard.firstIn(part));
      await printsWell(page, part);
      await page.emulateMedia({ media: "screen" });
    }
    const seller = await newcomer();
    await newAccount(seller, "seller", "Prints Much");
    const project = await openProject(seller, { description: "| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nconst answer = 42; // a long line of code\n```" });
    await new Site(seller).goto(project);
    await printsWell(seller, "a project with a table and code");
  });
}

test("a result prints as a document", async ({ page, newcomer }) => {
  const buyer = await newcomer();
  await signIn(buyer, DEMO.buyer);
  const dashboard = new DashboardPage(buyer);
  await dashboard.open();
  const path = (await dashboard.firstIn("Won")).replace(/\/result$/, "");
  await page.emulateMedia({ colorScheme: "dark" });
  const result = new ResultPage(page);
  await result.open(path);
  await expect(page.getByText("Result of an open auction")).toBeHidden();
  await expect(page.locator(".print-note")).toBeHidden();
  await onPaper(page);
  await expect(page.getByText("Result of an open auction")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByText(/^Posted by/)).toBeVisible();
  await expect(page.getByRole("region", { name: "Winning bid" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Ranking table" }).locator("tbody tr").first()).toContainText("Won");
  await expect(page.getByRole("region", { name: "How this was decided" })).toBeVisible();
  const check = page.getByRole("region", { name: "Check it yourself" });
  await expect(check).toContainText(`${process.env.GUILDHALL_URL}${path}`);
  await expect(page.locator(".print-note")).toContainText(new RegExp(`${path}/result, as it was on .* \\d\\d:\\d\\d:\\d\\d UTC$`));
  const table = page.getByRole("region", { name: "Ranking table" });
  expect(await table.evaluate((region) => region.scrollWidth - region.clientWidth), "the table is not cut off").toBe(0);
  await expect(useless(page)).toHaveCount(0);
});

test("an award document prints without the page around it", async ({ page }) => {
  await signIn(page, DEMO.buyer);
  const dashboard = new DashboardPage(page);
  await dashboard.open();
  const path = (await dashboard.firstIn("Won")).replace(/\/result$/, "");
  await dashboard.goto(`${path}/award`);
  await expect(page.getByText("Print command")).toBeVisible();
  await printsWell(page, "the award document");
  await onPaper(page);
  await expect(page.getByText("Print command")).toBeHidden();
  await expect(page.getByText("Verified.")).toBeVisible();
  await expect(page.getByText("Winner: place, date, signature")).toBeVisible();
});
