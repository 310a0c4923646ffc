import { DEMO, signIn } from "./support/given";
import { expect, test } from "./support/test";

for (const who of [DEMO.seller, DEMO.buyer]) {
  test(`the ${who.role}'s dashboard opens its stream without an error in the console`, async ({ page }) => {
    const errors: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(`${message.text()} (${message.location().url})`);
    });
    await signIn(page, who);
    const live = page.waitForResponse("**/dashboard/live*");
    await page.goto("/dashboard");
    expect((await live).status()).toBe(200);
    expect(errors).toEqual([]);
  });
}
