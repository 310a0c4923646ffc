import { newAccount, openProject } from "./support/fixtures";
import { type Page, expect, test } from "./support/test";

/** Maximum size of all fonts of a page together, in bytes. */
const MAX_BYTES = 60_000;

/** The fonts that a page has fetched once it is fully shown, with their sizes in bytes. */
async function fonts(page: Page, path: string): Promise<Map<string, number>> {
  const bodies: Promise<[string, number]>[] = [];
  page.on("response", (response) => {
    const name = /\/fonts\/([^/]*\.woff2)$/.exec(response.url())?.[1];
    if (name) bodies.push(response.body().then((body) => [name, body.length]));
  });
  await page.goto(path);
  await page.evaluate(() => document.fonts.ready);
  return new Map(await Promise.all(bodies));
}

function weight(found: Map<string, number>): number {
  return [...found.values()].reduce((sum, bytes) => sum + bytes, 0);
}

for (const path of ["/", "/projects", "/sign-in", "/how-it-works"]) {
  test(`the fonts of ${path} weigh at most 60 kB, without italics`, async ({ page }) => {
    const found = await fonts(page, path);
    expect(found.size).toBeGreaterThan(0);
    expect(weight(found), [...found.keys()].join(" ")).toBeLessThanOrEqual(MAX_BYTES);
    expect([...found.keys()].filter((name) => name.includes("italic"))).toEqual([]);
  });
}

for (const [emphasis, italics] of [["in plain words", 0], ["with *some* emphasis", 1]] as const) {
  test(`number of italic fonts fetched for a description ${emphasis}: ${italics}`, async ({ page, newcomer }) => {
    const seller = await newcomer();
    await newAccount(seller, "seller", "Sam Fontaine");
    const project = await openProject(seller, { description: `Text ${emphasis}.` });
    const found = await fonts(page, project);
    expect([...found.keys()].filter((name) => name.includes("italic"))).toHaveLength(italics);
  });
}
