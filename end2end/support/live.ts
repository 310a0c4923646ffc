// What journeys of pages that update themselves share.

import { ProjectPage } from "../pages/project";
import { bid, inSeconds, newAccount, openProject, rareWord } from "./fixtures";
import { type Page, expect } from "./test";

/** How long a change may take to appear on a busy machine. */
export const SOON = { timeout: 20_000 };

export interface Scene {
  seller: Page;
  mine: ProjectPage;
  theirs: Page;
  path: string;
  name: string;
}

/** An open project, a buyer with the leading bid of 900 who is watching its page, and another buyer. */
export async function scene(page: Page, newcomer: () => Promise<Page>, openForSeconds = 1800): Promise<Scene> {
  const [seller, theirs] = [await newcomer(), await newcomer()];
  await Promise.all([
    newAccount(seller, "seller", "Live Seller"),
    newAccount(page, "buyer", "Live Buyer"),
    newAccount(theirs, "buyer", "Other Buyer"),
  ]);
  const name = `Shop sign ${rareWord()}`;
  const path = await openProject(seller, { name, deadline: inSeconds(openForSeconds) });
  await bid(page, path, "900");
  const mine = new ProjectPage(page);
  await mine.goto(path);
  await expect(mine.live).toHaveText("Live");
  await stays(page);
  return { seller, mine, theirs, path, name };
}

/** Marks the page, so that `hasStayed` can tell whether it was reloaded since. */
export const stays = (page: Page) => page.evaluate(() => Object.assign(window, { hasStayed: true }));
export const hasStayed = (page: Page) => page.evaluate(() => "hasStayed" in window);

/** The page's visible text, without announcements. */
export async function text({ page }: ProjectPage): Promise<string> {
  return (await page.locator("main .page").innerText()).replace(/\s+/g, " ");
}

/** Records every text of the live mark on the next page, because some appear only for a moment. */
export async function marks({ page }: ProjectPage): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const marks: string[] = [];
    const look = () => {
      const mark = document.querySelector("main .live-mark")?.textContent?.trim();
      if (mark && mark !== marks.at(-1)) marks.push(mark);
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
    Object.assign(window, { marks });
  });
  return () => page.evaluate(() => (window as unknown as { marks: string[] }).marks);
}
