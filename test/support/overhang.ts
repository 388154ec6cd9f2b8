import type { Page } from "playwright-core";

/** As wide as a telephone, or as a window of 1280 at 400 %. */
const narrow = { width: 320, height: 800 };

/** For what does not fit: what does is known as soon as it is drawn. */
const settlingMs = 10_000;

/**
 * What makes the page wider than a narrow window: it may be long, and tables may scroll within themselves, but nobody
 * should have to scroll the page sideways. Null: nothing does. The window has its own size again afterwards.
 */
export async function overhangWhenNarrow(page: Page): Promise<string | null> {
  const usual = page.viewportSize();
  await page.setViewportSize(narrow);
  await page.waitForFunction((width) => window.innerWidth === width, narrow.width);
  // Maps and charts are drawn anew once their place has been measured, which takes a busy machine more than a frame.
  const fits = (): boolean => document.documentElement.scrollWidth <= document.documentElement.clientWidth;
  await page.waitForFunction(fits, undefined, { timeout: settlingMs }).catch(() => undefined);
  const found = await page.evaluate(() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return null;
    const scrollsAlone = (each: Element): boolean =>
      each.parentElement !== null &&
      (getComputedStyle(each.parentElement).overflowX !== "visible" || scrollsAlone(each.parentElement));
    const over = [...document.querySelectorAll("body *")]
      .filter((each) => each.getBoundingClientRect().right > root.clientWidth + 1)
      .toSorted((a, b) => Number(scrollsAlone(a)) - Number(scrollsAlone(b)));
    const named = over.slice(0, 4).map(({ tagName, className }) => `${tagName} ${String(className)}`);
    return `${root.scrollWidth} px wide: ${named.join(", ")}`;
  });
  if (usual !== null) await page.setViewportSize(usual);
  return found;
}
