import { randomUUID } from "node:crypto";
import { SignInMethods } from "./pages/provider";
import { providers } from "./support/provider";
import { expect, test } from "./support/test";

// Runs only with JavaScript, which makes no difference here. A second run soon after the first would fail: the server
// refetches a provider's keys at most once every ten seconds, as the router's tests show.
test("a second sign-in succeeds after the provider has rotated its keys", async ({ page, newcomer }) => {
  const name = `rotating.${randomUUID().slice(0, 8)}`;
  const methods = new SignInMethods(page);
  await methods.arriveNew("Rotating ID", name);
  await methods.finish("buyer", "Rotating Keys");
  expect((await fetch(`${providers().rotating}/test/rotate`)).status).toBe(204);
  const elsewhere = new SignInMethods(await newcomer());
  await elsewhere.signInKnown("Rotating ID", name);
  await expect(elsewhere.page.getByRole("banner")).toContainText("Rotating Keys buyer");
});
