import { type Page, expect } from "@playwright/test";
import { Site } from "./site";

/** A provider's own page, where a name is enough. */
export class ProviderPage {
  constructor(readonly page: Page) {}

  async signInAs(name: string): Promise<void> {
    await this.arrived();
    await this.page.getByLabel("Name").fill(name);
    await this.page.getByRole("button", { name: "Sign in here" }).click();
  }

  /** Signs in, but stops on the way back; answers where the browser would have gone. */
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

/** From Guildhall to a provider and back. */
export class WaysIn extends Site {
  /** From the sign-in page to the provider's; `label` is what the button calls it. */
  async leave(label: string): Promise<ProviderPage> {
    await this.goto("/sign-in");
    await this.page.getByRole("link", { name: `Continue with ${label}` }).click();
    return new ProviderPage(this.page);
  }

  /** Signs in for the first time, to the page that asks for the role. */
  async arriveNew(label: string, name: string): Promise<void> {
    await (await this.leave(label)).signInAs(name);
    await expect(this.page).toHaveURL("/sign-up/with");
    await this.awake();
  }

  /** Says what kind of account it is to be. */
  async finish(role: "seller" | "buyer", name: string): Promise<void> {
    const choice = role === "seller" ? "I need work done" : "I am self-employed";
    await this.page.getByRole("radio", { name: choice }).check();
    await this.page.getByLabel("Name", { exact: true }).fill(name);
    await this.page.getByRole("button", { name: "Create account" }).click();
    await this.says("Your account is ready.");
  }

  /** Signs in with an identity that is known. */
  async signInKnown(label: string, name: string): Promise<void> {
    await (await this.leave(label)).signInAs(name);
    await expect(this.page).toHaveURL("/dashboard");
    await this.awake();
  }

  /** Where the provider sent the browser back to, once it does. */
  async callback(): Promise<string> {
    const request = await this.page.waitForRequest(/\/callback\?/);
    return request.url();
  }

  /** Nobody is signed in. */
  async isSignedOut(): Promise<void> {
    await expect(this.page.getByRole("banner").getByRole("link", { name: "Sign in" })).toBeVisible();
  }
}
