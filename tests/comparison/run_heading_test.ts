import { expect } from "expect";
import { resolveConfig } from "papilio/core/config.ts";
import { runHeading } from "papilio/comparison/run_heading.ts";

Deno.test("runHeading: which run of how many, its fold, and what becomes of it", () => {
  const entry = { name: "U-Net", folder: "U-Net", config: resolveConfig("smoke") };
  const place = { number: 2, of: 6 };
  expect(runHeading({ entry }, { ...place, progress: "new" })).toBe("Run 2 of 6: U-Net");
  expect(runHeading({ entry, fold: 3 }, { ...place, progress: "begun" }))
    .toBe("Run 2 of 6: U-Net, fold 3, goes on");
});
