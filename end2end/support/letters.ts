// Letters, which the server of the tests keeps at /dev/mail.

import { type Page, expect } from "@playwright/test";

/** Waits for a letter to this address whose subject contains the text, and returns the path that its button leads to. */
export async function linkInLetter(page: Page, email: string, subject: string): Promise<string> {
  let letter: string | undefined;
  const look = async () => {
    const list = await (await page.request.get("/dev/mail", { params: { to: email } })).text();
    const row = list.split("<tr").find((row) => row.includes(email) && row.includes(subject));
    letter = row?.match(/\/dev\/mail\/\d+/)?.[0];
    return letter;
  };
  await expect.poll(look, { message: `a letter to ${email}`, timeout: 30_000, intervals: [50, 100, 200] }).toBeTruthy();
  const text = await (await page.request.get(letter!)).text();
  const link = text.match(/https?:\/\/[^/\s"]+(\/[\w-]+\/link\?secret=\w+)/);
  expect(link, "the letter has a link with a secret").toBeTruthy();
  return link![1]!;
}

/** Opens the link of the newest letter to this address in no browser, and confirms the address. */
export async function confirmEmail(page: Page, email: string): Promise<void> {
  const link = await linkInLetter(page, email, "Confirm your e-mail address");
  const [path, secret] = link.split("?secret=");
  const answer = await page.request.post(path!, { form: { secret: secret! } });
  expect(answer.ok(), `${path} answered ${answer.status()}`).toBe(true);
}
