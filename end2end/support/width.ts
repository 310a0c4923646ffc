import type { Page } from "@playwright/test";

/**
 * Descriptions of the elements that do not fit the current width of the page: those that stick out, are cut off, or
 * scroll without being focusable.
 */
export function widthProblems(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    /** An amount of up to this many characters must stay on one line. */
    const UNBROKEN = 18;
    const width = document.documentElement.clientWidth;
    const found = new Set<string>();
    const report = (element: Element, problem: string) => {
      const text = element.textContent!.trim().replaceAll(/\s+/g, " ").slice(0, 60);
      found.add(`<${element.tagName.toLowerCase()} class="${element.getAttribute("class") ?? ""}"> ${problem}: ${text}`);
    };
    const sticksOut = ({ width: own, left, right }: DOMRect) => own > 0 && (right > width + 1 || left < -1);
    // Text may overflow an element that itself fits.
    const textSticksOut = (text: Node) => {
      const range = document.createRange();
      range.selectNodeContents(text);
      return [...range.getClientRects()].some(sticksOut);
    };
    const isReachable = (element: HTMLElement) => element.tabIndex >= 0 && element.hasAttribute("role") && element.hasAttribute("aria-label");
    const isBroken = (amount: Element) => new Set([...amount.getClientRects()].map(({ top }) => Math.round(top))).size > 1;

    const visit = (element: HTMLElement): void => {
      if (!element.checkVisibility() || element.matches("svg, input, textarea, select, template, .skip-link")) return;
      const { display, overflowX, position, textOverflow } = getComputedStyle(element);
      // Text that is only for screen readers is a pixel wide.
      if (position === "absolute" && element.clientWidth === 1) return;
      if (sticksOut(element.getBoundingClientRect())) report(element, "sticks out of the page");
      const isWider = element.scrollWidth > element.clientWidth + 1 && !display.startsWith("inline");
      if (overflowX === "auto" || overflowX === "scroll") {
        if (isWider && !isReachable(element)) report(element, "scrolls but cannot be focused with the keyboard");
        return;
      }
      if (overflowX !== "visible") {
        // An ellipsis shows that there is more.
        if (isWider && textOverflow !== "ellipsis") report(element, "cuts off its content");
        return;
      }
      if (isWider) report(element, "is narrower than its content");
      if (element.matches("data") && element.textContent!.length <= UNBROKEN && isBroken(element)) report(element, "breaks across lines");
      for (const node of element.childNodes) {
        if (node instanceof HTMLElement) visit(node);
        else if (node instanceof Text && node.data.trim() && textSticksOut(node)) report(element, "has text that sticks out of the page");
      }
    };
    for (const details of document.querySelectorAll("details")) details.open = true;
    const { scrollWidth } = document.documentElement;
    if (scrollWidth > width) found.add(`the page is ${scrollWidth} px wide`);
    for (const element of document.body.children) if (element instanceof HTMLElement) visit(element);
    return [...found];
  });
}
