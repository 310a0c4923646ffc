import { type Locator, type Page, expect } from "@playwright/test";
import { Site } from "./site";

/** The list of open projects. */
export class ProjectsPage extends Site {
  readonly cards: Locator;
  readonly names: Locator;
  readonly count: Locator;
  readonly chips: Locator;
  readonly pagination: Locator;
  readonly filters: Locator;

  constructor(page: Page) {
    super(page);
    const results = page.getByRole("main").locator("section[aria-labelledby=results]");
    this.cards = results.getByRole("article");
    this.names = this.cards.getByRole("heading", { level: 3 });
    this.count = results.getByRole("heading", { level: 2 });
    this.chips = page.getByRole("list", { name: "Active filters" });
    this.pagination = page.getByRole("navigation", { name: "Pages" });
    this.filters = page.getByRole("form", { name: "Filter projects" });
  }

  async open(query = ""): Promise<number> {
    return this.goto(`/projects${query}`);
  }

  async search(words: string): Promise<void> {
    await this.page.getByRole("searchbox", { name: "Search projects" }).fill(words);
    await this.page.getByRole("search").getByRole("button", { name: "Search" }).click();
    await expect(this.page).toHaveURL((url) => url.searchParams.get("q") === words);
    await this.awake();
  }

  /** Selects filters by their labels and applies them. */
  async apply(choices: { category?: string; from?: string; to?: string; sort?: string }): Promise<void> {
    const { category, from, to, sort } = choices;
    if (category !== undefined) await this.filters.getByLabel("Category").selectOption({ label: category });
    if (from !== undefined) await this.filters.getByLabel("From").fill(from);
    if (to !== undefined) await this.filters.getByLabel("To", { exact: true }).fill(to);
    if (sort !== undefined) await this.filters.getByLabel("Sort by").selectOption({ label: sort });
    const before = this.page.url();
    await this.filters.getByRole("button", { name: "Apply filters" }).click();
    await expect(this.page).not.toHaveURL(before);
    await this.awake();
  }

  async follow(link: Locator): Promise<void> {
    const before = this.page.url();
    await link.click();
    await expect(this.page).not.toHaveURL(before);
    await this.awake();
  }

  /** The budgets on the cards, from top to bottom. */
  async budgets(): Promise<number[]> {
    const values = await this.cards.locator(".sub data").evaluateAll((all) => all.map((data) => data.getAttribute("value")));
    return values.map(Number);
  }
}
