// Measures the time from an edit of a page's source until an open browser shows it. Usage:
// node end2end/measure-edit.mjs [URL] [TIMES]
// It needs a running bin/dev, edits app/src/pages/how_it_works.rs and restores it at the end.

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";

const [url = "http://127.0.0.1:3000", times = "3"] = process.argv.slice(2);
const SOURCE = join(dirname(fileURLToPath(import.meta.url)), "../app/src/pages/how_it_works.rs");
const HEADING = "How Guildhall works";
const TIMEOUT_MS = 300_000;

const original = readFileSync(SOURCE, "utf8");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_BIN ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const page = await browser.newPage();
  page.on("console", (message) => {
    if (/Content.Security.Policy/i.test(message.text())) console.error(message.text());
  });
  await page.goto(`${url}/how-it-works`);
  for (let n = 1; n <= Number(times); n += 1) {
    const changed = `${HEADING} (${n})`;
    const began = performance.now();
    writeFileSync(SOURCE, original.replace(`"${HEADING}"`, `"${changed}"`));
    await page.getByRole("heading", { name: changed, exact: true }).waitFor({ timeout: TIMEOUT_MS });
    console.log(`${((performance.now() - began) / 1000).toFixed(1)} s until the browser shows the change`);
  }
} finally {
  writeFileSync(SOURCE, original);
  await browser.close();
}
