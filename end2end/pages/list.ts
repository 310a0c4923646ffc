import { type Locator, type Page, expect } from "@playwright/test";
import { Site } from "./site";

/** The path and the labels of a list page. */
export interface ListNames {
  path: string;
  search: string;
  filters: string;
}

/** A list with a search box, filters and cards. */
export class ListPage extends Site {
  readonly results: Locator;
  readonly cards: Locator;
  readonly names: Locator;
  readonly count: Locator;
  readonly chips: Locator;
  readonly filters: Locator;

  constructor(
    page: Page,
    private readonly called: ListNames,
  ) {
    super(page);
    this.results = page.getByRole("main").locator("section[aria-labelledby=results]");
    this.cards = this.results.getByRole("article");
    this.names = this.cards.getByRole("heading", { level: 3 });
    this.count = this.results.getByRole("heading", { level: 2 });
    this.chips = page.getByRole("list", { name: "Active filters" });
    this.filters = page.getByRole("form", { name: called.filters });
  }

  async open(query = ""): Promise<number> {
    return this.goto(`${this.called.path}${query}`);
  }

  async search(words: string): Promise<void> {
    await this.page.getByRole("searchbox", { name: this.called.search }).fill(words);
    await this.page.getByRole("search").getByRole("button", { name: "Search" }).click();
    await expect(this.page).toHaveURL((url) => url.searchParams.get("q") === words);
    await this.awake();
  }

  /** Applies what was chosen in the filters. */
  async submitFilters(): Promise<void> {
    const before = this.page.url();
    await this.filters.getByRole("button", { name: "Apply filters" }).click();
    await expect(this.page).not.toHaveURL(before);
    await this.awake();
  }

  /** The values of these `data` elements on the cards, from top to bottom. */
  protected async values(selector: string): Promise<number[]> {
    const values = await this.cards.locator(selector).evaluateAll((all) => all.map((data) => data.getAttribute("value")));
    return values.map(Number);
  }
}
