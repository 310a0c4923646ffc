import { type Locator, type Page, expect } from "@playwright/test";
import { Site } from "./site";

/** The archive of finished auctions. */
export class ArchivePage extends Site {
  readonly cards: Locator;
  readonly names: Locator;
  readonly count: Locator;
  readonly chips: Locator;
  readonly filters: Locator;
  readonly file: Locator;

  constructor(page: Page) {
    super(page);
    const results = page.getByRole("main").locator("section[aria-labelledby=results]");
    this.cards = results.getByRole("article");
    this.names = this.cards.getByRole("heading", { level: 3 });
    this.count = results.getByRole("heading", { level: 2 });
    this.chips = page.getByRole("list", { name: "Active filters" });
    this.filters = page.getByRole("form", { name: "Filter auctions" });
    this.file = results.getByRole("link", { name: "Download this list as CSV" });
  }

  async open(query = ""): Promise<number> {
    return this.goto(`/archive${query}`);
  }

  async search(words: string): Promise<void> {
    await this.page.getByRole("searchbox", { name: "Search finished auctions" }).fill(words);
    await this.page.getByRole("search").getByRole("button", { name: "Search" }).click();
    await expect(this.page).toHaveURL((url) => url.searchParams.get("q") === words);
  }

  async apply(): Promise<void> {
    const before = this.page.url();
    await this.filters.getByRole("button", { name: "Apply filters" }).click();
    await expect(this.page).not.toHaveURL(before);
  }

  /** The winning bids on the cards, from top to bottom. */
  async prices(): Promise<number[]> {
    const values = await this.cards.locator("data.money").evaluateAll((all) => all.map((data) => data.getAttribute("value")));
    return values.map(Number);
  }
}
