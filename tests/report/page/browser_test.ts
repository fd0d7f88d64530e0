import { join, toFileUrl } from "@std/path";
import { expect } from "expect";
import sharp from "sharp";
import { present } from "papilio/core/assert.ts";
import { renderErrorMap } from "papilio/report/error_map.ts";
import { renderPage } from "papilio/report/page/page.ts";
import { inFolder } from "../../data/_files.ts";
import { type BrowserPage, findBrowser, withPage } from "./_browser.ts";
import { classReport } from "./_class_report.ts";
import { fullReport, nastyId } from "./_report.ts";

const tests = new Map<string, (page: BrowserPage) => Promise<void>>();

/** Runs on the full report, loaded anew. */
function browserTest(name: string, test: (page: BrowserPage) => Promise<void>): void {
  tests.set(name, test);
}

Deno.test("the page in a browser", async (context) => {
  const browser = await findBrowser();
  if (!browser) return console.log("skipped: the page in a browser (there is no Chromium)");
  await inFolder(async (folder) => {
    const path = join(folder, "report.html");
    await Deno.writeTextFile(path, await renderPage(fullReport));
    await withPage(browser, async (page) => {
      for (const [name, test] of tests) {
        await page.open(toFileUrl(path).href);
        await context.step(name, () => test(page));
      }
    });
  });
});

Deno.test("the page of several classes in a browser", async () => {
  const browser = await findBrowser();
  if (!browser) return console.log("skipped: classes in a browser (there is no Chromium)");
  await inFolder(async (folder) => {
    const path = join(folder, "report.html");
    await Deno.writeTextFile(path, await renderPage(classReport));
    await withPage(browser, async (page) => {
      await page.open(toFileUrl(path).href);
      expect(await page.evaluate("document.title")).toBe(`${nastyId}: training report`);
      // Predicted are columns 10 to 20 of class 1, true ones 12 to 22; class 2 is found in a corner.
      const points = [[11, 15], [21, 15], [2, 26], [35, 25]] as const;
      const seen = async (view: string) => {
        await page.evaluate(`document.getElementById("view-${view}").click()`);
        return (await coloursAt(page, points)).map((colour) => Math.min(...colour) < 250);
      };
      expect(await seen("prediction")).toEqual([true, false, true, false]);
      expect(await seen("truth")).toEqual([false, true, false, true]);
      expect(await seen("photo")).toEqual([false, false, false, false]);
      await page.evaluate(`document.getElementById("view-errors").click()`);
      const [invented, missed, confused] = await coloursAt(page, points);
      const brightest = (colour: number[] = []) => colour.indexOf(Math.max(...colour));
      expect([invented, missed, confused].map(brightest)).toEqual([2, 0, 2]);
      await page.evaluate("document.querySelector('.case button').click()");
      expect(await page.evaluate("!!document.querySelector('#viewer-stage .predicted-classes')"))
        .toBe(true);
      for (const width of [360, 1280]) {
        const metrics = { width, height: 800, deviceScaleFactor: 1, mobile: width < 500 };
        await page.send("Emulation.setDeviceMetricsOverride", metrics);
        expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(
          true,
        );
      }
      expect(page.problems).toEqual([]);
    });
  });
});

/** What of the first picture is to be seen, by class. */
const shownParts = `[...document.querySelector(".case svg").querySelectorAll("use[class]")]
  .filter((part) => getComputedStyle(part).display !== "none"
    && getComputedStyle(part.parentNode).display !== "none")
  .map((part) => part.getAttribute("class"))`;

const choose = (view: string) => `document.getElementById("view-${view}").click(), ${shownParts}`;

browserTest("nothing is loaded, nothing fails, and no text became a script", async (page) => {
  await page.evaluate("document.querySelector('.case button').click()");
  expect(page.problems).toEqual([]);
  expect(await page.evaluate("document.title")).toBe(`${nastyId}: training report`);
});

browserTest("the radios choose what lies over the photos", async (page) => {
  expect(await page.evaluate(shownParts)).toEqual(["true", "predicted"]);
  expect(await page.evaluate(choose("photo"))).toEqual([]);
  expect(await page.evaluate(choose("prediction"))).toEqual(["predicted"]);
  expect(await page.evaluate(choose("truth"))).toEqual(["true"]);
  expect(await page.evaluate(choose("errors"))).toEqual(["found", "invented", "missed"]);
});

browserTest(
  "with scripts off both contours are drawn, and the radios still choose",
  async (page) => {
    await page.send("Emulation.setScriptExecutionDisabled", { value: true });
    await page.open(await page.evaluate("location.href"));
    await page.send("Emulation.setScriptExecutionDisabled", { value: false });
    // Without the page's script no picture opens.
    await page.evaluate("document.querySelector('.case button').click()");
    expect(await page.evaluate("document.getElementById('viewer').open")).toBe(false);
    expect(await page.evaluate(shownParts)).toEqual(["true", "predicted"]);
    expect(await page.evaluate(choose("truth"))).toEqual(["true"]);
  },
);

/** The colours that are seen at points of the first picture, whose units are those of its paths. */
async function coloursAt(page: BrowserPage, points: readonly (readonly [number, number])[]) {
  const box = await page.evaluate<Record<string, number>>(`(() => {
    const svg = document.querySelector(".case svg");
    svg.scrollIntoView();
    const { a, e, f } = svg.getScreenCTM();
    return { scale: a, left: e, top: f };
  })()`);
  const { data } = await page.send("Page.captureScreenshot", { format: "png" });
  const shot = sharp(Uint8Array.fromBase64(data as string)).removeAlpha().raw();
  const { data: pixels, info } = await shot.toBuffer({ resolveWithObject: true });
  return points.map(([x, y]) => {
    const column = Math.floor(present(box.left) + x * present(box.scale));
    const row = Math.floor(present(box.top) + y * present(box.scale));
    return [...pixels.subarray((row * info.width + column) * 3).subarray(0, 3)];
  });
}

browserTest("the error map has the colours that renderErrorMap gives", async (page) => {
  await page.evaluate(choose("errors"));
  // Predicted are columns 10 to 20 of these rows, true ones 12 to 22.
  const found = await coloursAt(page, [[11, 15], [21, 15], [16, 15], [30, 15]]);
  const strip = (...data: number[]) => ({ data: Uint8Array.from(data), widthPx: 4, heightPx: 1 });
  const image = { ...strip(), data: new Uint8Array(12).fill(255) };
  const { data } = renderErrorMap(image, strip(1, 0, 1, 0), strip(0, 1, 1, 0));
  const farthest = Math.max(...found.flat().map((value, i) => Math.abs(value - present(data[i]))));
  expect([found, farthest < 4]).toEqual([found, true]);
});

browserTest("prediction and truth are tinted where they are", async (page) => {
  const points = [[11, 15], [21, 15], [16, 15], [30, 15]] as const;
  const isTinted = (colours: number[][]) => colours.map((colour) => Math.min(...colour) < 250);
  await page.evaluate(choose("prediction"));
  expect(isTinted(await coloursAt(page, points))).toEqual([true, false, true, false]);
  await page.evaluate(choose("truth"));
  expect(isTinted(await coloursAt(page, points))).toEqual([false, true, true, false]);
  await page.evaluate(choose("photo"));
  expect(isTinted(await coloursAt(page, points))).toEqual([false, false, false, false]);
});

const state = `({
  open: document.getElementById("viewer").open,
  title: document.getElementById("viewer-title").textContent,
  box: document.querySelector("#viewer-stage svg")?.getAttribute("viewBox"),
  view: document.querySelector("[aria-pressed=true]")?.dataset.view,
  focus: document.activeElement.id || document.activeElement.closest(".case")?.dataset.id,
})`;

interface State {
  open: boolean;
  title: string;
  box: string;
  view: string;
  focus: string;
}

browserTest("by keys alone: open, next, back, zoom, move, choose, close", async (page) => {
  const after = async (key: string, options = {}) => {
    await page.press(key, options);
    return await page.evaluate<State>(state);
  };
  await page.evaluate("document.getElementById('view-contours').focus()");
  expect(await after("Tab")).toMatchObject({ open: false, focus: nastyId });
  const whole = "0 0 40 30";
  const opened = {
    open: true,
    title: nastyId,
    box: whole,
    view: "contours",
    focus: "viewer-stage",
  };
  expect(await after("Enter")).toEqual(opened);
  expect(await after("ArrowRight")).toMatchObject({ title: "second", box: whole });
  expect(await after("ArrowRight")).toMatchObject({ title: "third" });
  expect(await after("ArrowRight")).toMatchObject({ title: nastyId });
  expect(await after("ArrowLeft")).toMatchObject({ title: "third" });
  const zoomed = (await after("+")).box.split(" ").map(Number);
  expect(zoomed[2]).toBeCloseTo(40 / 1.5);
  expect(zoomed[0]).toBeCloseTo((40 - 40 / 1.5) / 2);
  const moved = (await after("ArrowRight", { shift: true })).box.split(" ").map(Number);
  expect((moved[0] ?? 0) - (zoomed[0] ?? 0)).toBeCloseTo(0.15 * 40 / 1.5);
  expect(await after("-")).toMatchObject({ box: whole }); // Back inside the picture.
  expect(await after("-")).toMatchObject({ box: whole }); // Never smaller than its frame.
  expect(await after("5")).toMatchObject({ view: "errors" });
  expect(await page.evaluate("document.getElementById('view-errors').checked")).toBe(true);
  await after("Escape");
  await page.until(`!document.querySelector("#viewer-stage svg")`); // What closing does comes later.
  expect(await page.evaluate(state)).toMatchObject({ open: false, focus: "third" });
  expect(page.problems).toEqual([]);
});

browserTest("no width from 360 pixels on makes the page scroll sideways", async (page) => {
  for (const width of [360, 400, 768, 1280, 2560]) {
    const metrics = { width, height: 800, deviceScaleFactor: 1, mobile: width < 500 };
    await page.send("Emulation.setDeviceMetricsOverride", metrics);
    const { scrollWidth, clientWidth } = await page.evaluate<Record<string, number>>(
      `(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }))(document.documentElement)`,
    );
    expect([width, scrollWidth]).toEqual([width, clientWidth]);
  }
});

browserTest("text stands out from its ground in light and in dark", async (page) => {
  for (const value of ["light", "dark"]) {
    const features = [{ name: "prefers-color-scheme", value }];
    await page.send("Emulation.setEmulatedMedia", { features });
    for (const name of ["text", "faint", "accent"]) {
      for (const ground of ["ground", "card"]) {
        const ratio = await page.evaluate<number>(contrast(`--${name}`, `--${ground}`));
        expect([value, name, ground, ratio >= 4.5]).toEqual([value, name, ground, true]);
      }
    }
  }
});

/** Source: Web Content Accessibility Guidelines 2.2, relative luminance and contrast ratio. */
function contrast(a: string, b: string): string {
  return `(() => {
    const style = getComputedStyle(document.documentElement);
    const luminance = (name) => {
      const value = parseInt(style.getPropertyValue(name).trim().slice(1), 16);
      const [r, g, b] = [value >> 16, value >> 8 & 255, value & 255].map((channel) => {
        const c = channel / 255;
        return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const [low, high] = [luminance("${a}"), luminance("${b}")].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  })()`;
}
