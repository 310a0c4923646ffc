// The bid history as a picture.

import { ProjectPage } from "./pages/project";
import { bid, newAccount, openProject } from "./support/fixtures";
import { type Page, expect, test } from "./support/test";

/** How much the picture's bottom axis differs from what is beside it on this page, from 0 to 765. */
async function contrast(page: Page, project: ProjectPage): Promise<number> {
  const png = (await project.picture.screenshot()).toString("base64");
  const other = await page.context().newPage();
  const [beside, ...rows] = await other.evaluate(async (source) => {
    const image = new Image();
    image.src = `data:image/png;base64,${source}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d")!;
    canvas.drawImage(image, 0, 0);
    // The picture may begin between two pixels.
    return [174, 167, 168, 169].map((y) => [...canvas.getImageData(image.width / 2, Math.round((image.height * y) / 200), 1, 1).data]);
  }, png);
  await other.close();
  const difference = (row: number[]) => [0, 1, 2].reduce((sum, part) => sum + Math.abs(row[part]! - beside![part]!), 0);
  return Math.max(...rows.map(difference));
}

test("the lowest bid is drawn over time, rises after a withdrawal, and fits the theme", async ({ page, newcomer }) => {
  const seller = await newcomer();
  await newAccount(seller, "seller", "Picture Seller");
  const path = await openProject(seller);
  const project = new ProjectPage(page);
  await project.goto(path);
  await expect(project.picture, "nobody has bid").toBeHidden();

  await newAccount(page, "buyer", "Picture Buyer");
  await project.goto(path);
  await project.bid("900");
  const other = await newcomer();
  await newAccount(other, "buyer", "Picture Rival");
  await bid(other, path, "850");
  await bid(other, path, "800");
  await project.goto(path);
  const [fallen] = await project.drawn();
  expect(fallen, "from 900 to 850 to 800 of 1000").toMatch(/^M\d+ 1000H\d+V(1500H\d+V)?2000H\d+$/);

  const rival = new ProjectPage(other);
  await rival.goto(path);
  await rival.withdraw();
  await project.goto(path);
  const [risen] = await project.drawn();
  expect(risen).toMatch(/V2000H\d+V1000H\d+$/);
  await expect(project.history, "the table lists the same bids").toHaveCount(4);

  // The axis is as distinct as a border in every theme, on paper, and with the system's forced colors.
  for (const media of [
    { colorScheme: "light" },
    { colorScheme: "dark" },
    { colorScheme: "light", forcedColors: "active" },
    { colorScheme: "dark", forcedColors: "active" },
    { colorScheme: "dark", forcedColors: "none", media: "print" },
  ] as const) {
    await page.emulateMedia(media);
    expect.soft(await contrast(page, project), JSON.stringify(media)).toBeGreaterThan(300);
  }
});
