import { type Locator, type Page, expect } from "@playwright/test";
import { scripted } from "../support/test";

/** What every page has. */
export class Site {
  readonly heading: Locator;
  /** What just succeeded. */
  readonly notice: Locator;
  /** What was refused as a whole. */
  readonly alert: Locator;
  readonly errorSummary: Locator;
  /** What is said aloud. */
  readonly said: Locator;
  /** Whether the page keeps itself current. */
  readonly live: Locator;

  constructor(readonly page: Page) {
    this.heading = page.getByRole("heading", { level: 1 });
    this.notice = page.locator("main .notice-success");
    this.alert = page.locator("main .notice-error:visible");
    this.errorSummary = page.locator(".error-summary");
    this.said = page.locator("[aria-live=polite]");
    this.live = page.locator("main .live-mark");
  }

  /** Goes to a page and answers its status. */
  async goto(path: string): Promise<number> {
    const response = await this.page.goto(path);
    await this.awake();
    return response!.status();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.awake();
  }

  /** Waits until every island is awake, where there is JavaScript to wake it. */
  async awake(): Promise<void> {
    await this.page.waitForLoadState();
    if (!scripted()) return;
    await expect(this.page.locator("leptos-island").first()).toBeAttached();
    await expect(this.page.locator("leptos-island:not(:has(> [data-ready='true']))")).toHaveCount(0);
  }

  /** Waits for what the last step led to. */
  async says(words: string | RegExp): Promise<void> {
    await expect(this.notice).toContainText(words);
    await this.awake();
  }

  /** What is said to be wrong with the field of this name. */
  errorAt(field: string): Locator {
    return this.page.locator(`#${field}-error`);
  }

  theme(name: "System" | "Light" | "Dark"): Locator {
    return this.page.locator("main, header").getByRole("button", { name, exact: true }).first();
  }

  async signOut(): Promise<void> {
    await this.page.getByRole("button", { name: "Sign out", exact: true }).click();
    await expect(this.page.getByRole("banner").getByRole("link", { name: "Sign in" })).toBeVisible();
    await this.awake();
  }
}
