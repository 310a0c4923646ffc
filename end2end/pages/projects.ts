import { type Locator, type Page, expect } from "@playwright/test";
import { ListPage } from "./list";

/** The list of open projects. */
export class ProjectsPage extends ListPage {
  readonly pagination: Locator;

  constructor(page: Page) {
    super(page, { path: "/projects", search: "Search projects", filters: "Filter projects" });
    this.pagination = page.getByRole("navigation", { name: "Pages" });
  }

  /** Selects filters by their labels and applies them. */
  async apply(choices: { category?: string; from?: string; to?: string; sort?: string; where?: string; only?: string[] }): Promise<void> {
    const { category, from, to, sort, where, only = [] } = choices;
    if (category !== undefined) await this.filters.getByLabel("Category").selectOption({ label: category });
    if (from !== undefined) await this.filters.getByLabel("From").fill(from);
    if (to !== undefined) await this.filters.getByLabel("To", { exact: true }).fill(to);
    if (sort !== undefined) await this.filters.getByLabel("Sort by").selectOption({ label: sort });
    if (where !== undefined) await this.filters.getByLabel("Where").selectOption({ label: where });
    for (const label of only) await this.filters.getByLabel(label).check();
    await this.submitFilters();
  }

  async follow(link: Locator): Promise<void> {
    const before = this.page.url();
    await link.click();
    await expect(this.page).not.toHaveURL(before);
    await this.awake();
  }

  /** The budgets on the cards, from top to bottom. */
  async budgets(): Promise<number[]> {
    return this.values(".sub data");
  }
}
