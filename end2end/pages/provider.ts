import { type Page, expect } from "@playwright/test";
import { Site } from "./site";

/** A test provider's sign-in page, which only asks for a name. */
export class ProviderPage {
  constructor(readonly page: Page) {}

  async signInAs(name: string): Promise<void> {
    await this.arrived();
    await this.page.getByLabel("Name").fill(name);
    await this.page.getByRole("button", { name: "Sign in here" }).click();
  }

  /** Signs in, but stops the redirect back; returns its URL. */
  async signInAndStop(name: string): Promise<string> {
    await this.arrived();
    const { request } = this.page;
    const form = { login: name, intent: "yes" };
    const resumed = await request.post(this.page.url(), { form, maxRedirects: 0 });
    const answered = await request.get(resumed.headers().location!, { maxRedirects: 0 });
    return answered.headers().location!;
  }

  async cancel(): Promise<void> {
    await this.arrived();
    await this.page.getByRole("button", { name: "Cancel" }).click();
  }

  private async arrived(): Promise<void> {
    await expect(this.page.getByRole("heading", { name: "Who are you?" })).toBeVisible();
  }
}

/** The steps from Guildhall to a provider and back. */
export class SignInMethods extends Site {
  /** From the sign-in page to the provider's; `label` is the provider's name on the button. */
  async leave(label: string): Promise<ProviderPage> {
    await this.goto("/sign-in");
    await this.page.getByRole("link", { name: `Continue with ${label}` }).click();
    return new ProviderPage(this.page);
  }

  /** Signs in for the first time, up to the page that asks for the role. */
  async arriveNew(label: string, name: string): Promise<void> {
    await (await this.leave(label)).signInAs(name);
    await expect(this.page).toHaveURL("/sign-up/with");
    await this.awake();
  }

  /** Chooses the account's role and name. */
  async finish(role: "seller" | "buyer", name: string): Promise<void> {
    const choice = role === "seller" ? "I need work done" : "I am self-employed";
    await this.page.getByRole("radio", { name: choice }).check();
    await this.page.getByLabel("Name", { exact: true }).fill(name);
    await this.page.getByRole("button", { name: "Create account" }).click();
    await this.says("Your account is ready.");
  }

  /** Signs in with a linked identity. */
  async signInKnown(label: string, name: string): Promise<void> {
    await (await this.leave(label)).signInAs(name);
    await expect(this.page).toHaveURL("/dashboard");
    await this.awake();
  }

  /** Waits for the provider's redirect back and returns its URL. */
  async callback(): Promise<string> {
    const request = await this.page.waitForRequest(/\/callback\?/);
    return request.url();
  }

  /** Asserts that nobody is signed in. */
  async isSignedOut(): Promise<void> {
    await expect(this.page.getByRole("banner").getByRole("link", { name: "Sign in" })).toBeVisible();
  }
}
