import type { Locator, Page } from "@playwright/test";
import { ListPage } from "./list";

/** The archive of finished auctions. */
export class ArchivePage extends ListPage {
  readonly file: Locator;

  constructor(page: Page) {
    super(page, { path: "/archive", search: "Search finished auctions", filters: "Filter auctions" });
    this.file = this.results.getByRole("link", { name: "Download this list as CSV" });
  }

  /** The winning bids on the cards, from top to bottom. */
  async prices(): Promise<number[]> {
    return this.values("data.money");
  }
}
