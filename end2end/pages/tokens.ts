import { type Locator, type Page, expect } from "@playwright/test";
import { Site } from "./site";

/** The access tokens page. */
export class TokensPage extends Site {
  readonly tokens: Locator;
  /** The new token, shown once. */
  readonly minted: Locator;
  readonly example: Locator;
  readonly makeButton: Locator;

  constructor(page: Page) {
    super(page);
    this.tokens = page.getByRole("region", { name: "Your tokens" }).locator(".token");
    const minted = page.getByRole("region", { name: "Your new token" });
    this.minted = minted.getByLabel("Token");
    this.example = minted.locator("pre");
    this.makeButton = page.getByRole("button", { name: "Create token" });
  }

  async open(): Promise<void> {
    await this.goto("/account/tokens");
  }

  name(): Locator {
    return this.page.getByLabel("Name", { exact: true });
  }

  scope(name: string): Locator {
    return this.page.getByRole("group", { name: "What it may do" }).getByRole("checkbox", { name });
  }

  /** Creates a token and returns it. */
  async make(name: string, scopes: string[], days: string): Promise<string> {
    await this.name().fill(name);
    for (const scope of scopes) await this.scope(scope).check();
    await this.page.getByLabel("Valid for").selectOption(days);
    await this.makeButton.click();
    await this.says(`${name} is ready. Copy it now: it will not be shown again.`);
    return this.minted.inputValue();
  }

  token(name: string): Locator {
    return this.tokens.filter({ has: this.page.getByRole("heading", { name }) });
  }

  async revoke(name: string): Promise<void> {
    await this.token(name).getByRole("button", { name: `Revoke the token ${name}` }).click();
    await this.says("The token is revoked. Anything that uses it is refused from now on.");
  }
}

export const TOKEN = /^guildhall_pat_[0-9A-Za-z]{36}$/;

/** Copies the focused token with the keyboard and returns the copied text. */
export async function copied(tokens: TokensPage): Promise<string> {
  await expect(tokens.minted, "the new token has the focus").toBeFocused();
  await tokens.page.keyboard.press("Control+a");
  await tokens.page.keyboard.press("Control+c");
  await tokens.name().focus();
  await tokens.page.keyboard.press("Control+v");
  return tokens.name().inputValue();
}
