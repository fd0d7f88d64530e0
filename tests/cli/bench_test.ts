import { expect } from "expect";
import { dirname, fromFileUrl, join } from "@std/path";
import { type BenchCase, type Contender, race } from "papilio/cli/_bench_case.ts";
import { PytorchContender } from "papilio/cli/_bench_pytorch.ts";
import { median } from "papilio/core/median.ts";
import { formatTable, ratioOfMedians } from "papilio/cli/_bench_table.ts";

const benchCase: BenchCase = { name: "full-64-b2", mode: "full", sidePx: 64, batch: 2 };

/** A contender that writes down when its turn was. */
function stub(name: string, msPerImage: number, turns: string[]): Contender {
  return {
    name,
    measure(_, steps) {
      turns.push(name);
      return Promise.resolve(Array.from({ length: steps }, (_, i) => msPerImage + i));
    },
    dispose: () => Promise.resolve(),
  };
}

Deno.test("race: contenders take turns, and every step counts", async () => {
  const turns: string[] = [];
  const contenders = [stub("ours", 10, turns), stub("theirs", 20, turns)];
  const result = await race(benchCase, contenders, { rounds: 2, stepsPerTurn: 3, pauseMs: 0 });
  expect(turns).toEqual(["ours", "theirs", "ours", "theirs"]);
  expect(result.msPerImage).toEqual({
    ours: [10, 11, 12, 10, 11, 12],
    theirs: [20, 21, 22, 20, 21, 22],
  });
  expect(ratioOfMedians(result)).toBeCloseTo(11 / 21);
});

Deno.test("median: the middle of an odd number of values, the mean of the middle two of an even", () => {
  expect(median([5])).toBe(5);
  expect(median([9, 1, 4])).toBe(4);
  expect(median([9, 1, 4, 6])).toBe(5);
});

Deno.test("formatTable: median, range and ratio of each case in aligned columns", () => {
  const results = [
    { case: benchCase, msPerImage: { papilio: [30, 10, 20], pytorch: [40, 40, 40] } },
    { case: { ...benchCase, name: "x" }, msPerImage: { papilio: [100.25], pytorch: [50] } },
  ];
  expect(formatTable(results)).toBe([
    "ms/image    papilio              pytorch           papilio / pytorch",
    "full-64-b2  20.0 (10.0–30.0)     40.0 (40.0–40.0)  0.50",
    "x           100.3 (100.3–100.3)  50.0 (50.0–50.0)  2.00",
  ].join("\n"));
});

Deno.test("formatTable: one contender alone has no ratio", () => {
  expect(formatTable([{ case: benchCase, msPerImage: { papilio: [1] } }])).toBe(
    "ms/image    papilio\nfull-64-b2  1.0 (1.0–1.0)",
  );
});

Deno.test("PytorchContender: a Python that is not there is an error with the remedy", async () => {
  await expect(PytorchContender.start({ python: "no-such-python", threads: 1 })).rejects.toThrow(
    /Cannot measure PyTorch: expected a Python with torch, got .*no-such-python.*apt-get install python3-torch/,
  );
});

Deno.test({
  name: "PytorchContender: a Python without torch is an error with what Python said last",
  ignore: Deno.build.os === "windows",
  async fn() {
    const python = await Deno.makeTempFile();
    const says = "printf 'Traceback\\nModuleNotFoundError: No module named torch\\n' >&2; exit 1";
    await Deno.writeTextFile(python, `#!/bin/sh\n${says}\n`);
    await Deno.chmod(python, 0o755);
    try {
      await expect(PytorchContender.start({ python, threads: 1 })).rejects.toThrow(
        "expected a Python with torch, got ModuleNotFoundError: No module named torch. On Debian",
      );
    } finally {
      await Deno.remove(python);
    }
  },
});

Deno.test("bench: an unknown case is an error that lists the cases", async () => {
  const script = join(dirname(fromFileUrl(import.meta.url)), "../../lib/cli/bench.ts");
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-P=bench", "--no-check", script, "--cases", "swift"],
    stdout: "null",
    stderr: "piped",
  }).output();
  expect(new TextDecoder().decode(stderr)).toContain(
    "Cannot choose what to measure: expected a part of full-256-b4, frozen-256-b4, full-128-b8, " +
      'frozen-128-b8, inference-256-b1, inference-256-b4, got "swift". Leave --cases out to measure all.',
  );
  expect(code).toBe(1);
});
