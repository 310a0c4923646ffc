import { expect } from "@playwright/test";
import type { Account } from "../support/fixtures";
import { Site } from "./site";

export class SignUpPage extends Site {
  async open(): Promise<void> {
    await this.goto("/sign-up");
  }

  async signUp({ role, name, email, password }: Account): Promise<void> {
    const choice = role === "seller" ? "I need work done" : "I am self-employed";
    await this.page.getByRole("radio", { name: choice }).check();
    await this.page.getByLabel("Name", { exact: true }).fill(name);
    await this.page.getByLabel("E-mail").fill(email);
    await this.page.getByLabel("Password").fill(password);
    await this.page.getByRole("button", { name: "Create account" }).click();
    await expect(this.page).toHaveURL(/\/confirm-email(\?|$)/);
    await this.awake();
  }

  /** From the page that says where the letter went. */
  async continueToSignIn(): Promise<void> {
    await this.page.getByRole("main").getByRole("link", { name: "Sign in", exact: true }).click();
    await expect(this.page).toHaveURL(/\/sign-in(\?|$)/);
    await this.awake();
  }
}

export class SignInPage extends Site {
  async open(): Promise<void> {
    await this.goto("/sign-in");
  }

  async attempt(email: string, password: string): Promise<void> {
    await this.page.getByLabel("E-mail").fill(email);
    await this.page.getByLabel("Password").fill(password);
    await this.page.getByRole("main").getByRole("button", { name: "Sign in", exact: true }).click();
  }

  async signIn({ email, password }: Account): Promise<void> {
    await this.attempt(email, password);
    await expect(this.page).toHaveURL("/dashboard");
    await this.awake();
  }
}
