import { join } from "@std/path";
import pl from "nodejs-polars";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { parseClasses } from "papilio/core/classes.ts";
import { sortedNames } from "papilio/core/files.ts";
import { usableCases } from "papilio/data/data_set.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import type { ClassRecord } from "papilio/evaluation/case_record.ts";
import { summarizeTogether } from "papilio/evaluation/class_intervals.ts";
import { meanMetrics, metricsOfClass } from "papilio/evaluation/class_metrics.ts";
import { checkClassOptions, checkSameClasses } from "papilio/evaluation/class_options.ts";
import { compareEvaluations } from "papilio/evaluation/comparison.ts";
import { describeComparison } from "papilio/evaluation/describe.ts";
import { describeClasses } from "papilio/evaluation/describe_classes.ts";
import {
  type ClassEvaluation,
  evaluateAny,
  type Evaluation,
  isOfClasses,
  writeEvaluation,
} from "papilio/evaluation/evaluate_run.ts";
import { summarizeMetric } from "papilio/evaluation/summary.ts";
import { readEvaluation } from "papilio/evaluation/stored_evaluation.ts";
import { Predictor } from "papilio/predict/predictor.ts";
import { plainRecipe } from "papilio/predict/recipe.ts";
import { inFolder } from "../predict/_fixtures.ts";
import { colourModel, type DrawnCase, mixed, right, writeClassCases } from "./_classes.ts";

interface Judged<Kind> {
  evaluation: Kind;
  predictor: Predictor;
  folder: string;
}

/** Judges drawn cases by a colour model with this class table. */
async function judge<Kind>(
  cases: Readonly<Record<string, DrawnCase>>,
  { table, recipe = {}, test }: {
    table?: string;
    recipe?: object;
    test: (judged: Judged<Kind>) => Promise<void> | void;
  },
): Promise<void> {
  await inFolder(async (folder) => {
    await writeClassCases(folder, cases);
    await Deno.writeFile(join(folder, "model.onnx"), colourModel(table));
    const predictor = await Predictor.open(join(folder, "model.onnx"), { threads: 1 });
    try {
      const found = {
        cases: usableCases(await readDataSet(folder, "paired")),
        ...{ part: "all" as const, data: folder, validation: [] },
      };
      const options = { recipe: { ...plainRecipe(predictor), ...recipe }, boundaryTolerance: 0 };
      const evaluation = await evaluateAny(predictor, "model", found, options) as Kind;
      await test({ evaluation, predictor, folder });
    } finally {
      await predictor.dispose();
    }
  });
}

const ofClasses = (
  cases: Readonly<Record<string, DrawnCase>>,
  test: (judged: Judged<ClassEvaluation>) => Promise<void> | void,
) => judge<ClassEvaluation>(cases, { test });

const metric = <Row extends { name: string }>(rows: readonly Row[], name: string): Row =>
  present(rows.find((row) => row.name === name), name);

Deno.test("classes: each against the rest and their means, by hand", async () => {
  await ofClasses({ mixed, right }, ({ evaluation: { summary, records } }) => {
    expect(records.map(({ id }) => id)).toEqual(["mixed", "right"]);
    expect(summary.confusion).toEqual([[12, 1, 0], [0, 12, 0], [2, 0, 4]]);
    expect(summary.judgedShare).toBe(31 / 32);
    const [background, wings, body] = summary.classes;
    expect([background?.isMeasured, wings?.isMeasured, wings?.colour]).toEqual([
      ...[false, true, "#56b4e9"],
    ]);
    expect([wings?.share, wings?.images, body?.share, body?.images]).toEqual([
      ...[12 / 31, 2, 6 / 31, 1],
    ]);
    const iouOf = (one: typeof wings) => metric(present(one).metrics, "iou");
    expect([iouOf(wings).micro?.value, iouOf(wings).macro.value]).toEqual([12 / 13, 0.9]);
    // It is not there in the second image, whose mean is that of the wings alone.
    expect(iouOf(body).macro).toMatchObject({ value: 2 / 3, images: 1 });
    const mean = metric(summary.metrics, "iou");
    expect(mean.macro.value).toBeCloseTo(((4 / 5 + 2 / 3) / 2 + 1) / 2, 12);
    expect(mean.micro?.value).toBeCloseTo((12 / 13 + 2 / 3) / 2, 12);
    expect([mean.macro.low, mean.macro.high]).toEqual([expect.closeTo(11 / 15, 12), 1]);
    expect(metric(summary.metrics, "accuracy").micro?.value).toBe(28 / 31);
    // Wings and body both lie one pixel off in the first image.
    expect(metric(summary.metrics, "hausdorff_px").macro.value).toBe(1 / 2);
    expect([background?.objects, wings?.objects?.true, body?.objects?.predicted]).toEqual([
      ...[undefined, 2, 1],
    ]);
    expect([wings?.predictedImages, body?.predictedImages]).toEqual([2, 1]);
    expect([summary.ranked, summary.worst[0]]).toEqual([["mixed", "right"], {
      ...{ id: "mixed", iou: (4 / 5 + 2 / 3) / 2, worstClass: "body", worstIou: 2 / 3 },
    }]);
  });
});

Deno.test("classes: files hold what was judged, and are read as they were written", async () => {
  await ofClasses({ mixed, right }, async ({ evaluation, folder }) => {
    const { metricsPath } = await writeEvaluation(folder, evaluation);
    const frame = pl.readCSV(metricsPath);
    expect(frame.columns.slice(0, 5)).toEqual(["id", "width_px", "height_px", "dice", "iou"]);
    expect(new Set(frame.columns).size).toBe(frame.columns.length);
    expect(frame.getColumn("worst_class").toArray()).toEqual(["body", "wings"]);
    expect(frame.getColumn("iou_body").toArray()).toEqual([2 / 3, null]);
    expect(frame.getColumn("share_body").toArray()).toEqual([6 / 15, 0]);
    expect(frame.getColumn("true_objects_body").toArray()).toEqual([1, 0]);
    expect(frame.columns).toContain("panoptic_quality_wings");
    expect(frame.columns).not.toContain("panoptic_quality_background");
    const stored = present(await readEvaluation(folder));
    expect(stored.byId.get("right")?.iou_wings).toBe(1);
    expect(stored.byId.get("right")?.iou_body).toBeNaN();
    expect("classes" in stored.summary && stored.summary.confusion).toEqual(
      evaluation.summary.confusion,
    );
  });
});

Deno.test("an evaluation takes the place of the one before: its metrics and its figures", async () => {
  await ofClasses({ mixed, right }, async ({ evaluation, folder }) => {
    const out = join(folder, "out");
    const names = async () => (await sortedNames(out)).join();
    await writeEvaluation(out, { ...evaluation, records: evaluation.records.slice(1) });
    const old = ["all.png", "worst.png", "middle.png", "best.png", "confusion.png"];
    for (const name of [...old, "thresholds.png", "reliability.png", "mine.png"]) {
      await Deno.writeTextFile(join(out, name), "");
    }
    await writeEvaluation(out, evaluation, { format: "parquet" });
    expect(await names()).toBe("metrics.parquet,mine.png,summary.json");
    expect([...present(await readEvaluation(out)).byId.keys()]).toEqual(["mixed", "right"]);
    await writeEvaluation(out, evaluation);
    expect(await names()).toBe("metrics.csv,mine.png,summary.json");
  });
});

Deno.test("classes: a class that is in none of the first images still has numbers", async () => {
  const many = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`a${1000 + i}`, right]));
  await ofClasses({ ...many, last: mixed }, async ({ evaluation, folder }) => {
    await writeEvaluation(folder, evaluation);
    expect((await readEvaluation(folder))?.byId.get("last")?.iou_body).toBe(2 / 3);
  });
});

Deno.test("classes: an evaluation in words", async () => {
  await ofClasses({ mixed, right }, ({ evaluation: { summary } }) => {
    const text = describeClasses(summary);
    expect(text).toMatch(/wings +2 +2 +2 +1\.0000/);
    expect(text).toContain("means over the classes wings, body");
    expect(text).toMatch(/IoU +0\.8667 \(0\.7333…1\.0000\) +2 /);
    expect(text).toMatch(/body +33\.3 % +0\.0 % +66\.7 %/);
    expect(text).toContain("3.1 % of the pixels are of no class");
    expect(text).toContain("worst by mean IoU: mixed (body 0.6667)");
  });
});

/** The body is there in both, and found in neither; in the second neither wings. */
const erased: Record<string, DrawnCase> = {
  a: { found: ["0011", "0011", "0000", "0000"], truth: ["0011", "0011", "0222", "0222"] },
  b: { found: ["0000", "0000", "0000", "0000"], truth: ["0011", "0011", "0222", "0222"] },
};

Deno.test("classes: a mean says which classes it is without, in how many images and why", async () => {
  await ofClasses({ ...erased, right }, ({ evaluation: { summary } }) => {
    const precision = metric(summary.metrics, "precision");
    expect(precision.macro).toMatchObject({ value: 1, images: 2 });
    expect(precision.leftOut).toEqual([
      { reason: "nothing predicted", images: 2, className: "body" },
      { reason: "nothing predicted", images: 1, className: "wings" },
      { reason: "nothing there, nothing predicted", images: 1, className: "body" },
    ]);
    expect(precision.microWithout).toEqual(["body"]);
    // The class that was not found counts as 0 here, and is left out where it neither is nor was found.
    const iou = metric(summary.metrics, "iou");
    expect(iou.macro).toMatchObject({ value: (1 / 2 + 0 + 1) / 3, images: 3 });
    expect(iou.leftOut).toEqual([
      { reason: "nothing there, nothing predicted", images: 1, className: "body" },
    ]);
    expect(iou.microWithout).toBeUndefined();
    const [, , body] = summary.classes;
    expect([body?.images, body?.predictedImages]).toEqual([2, 0]);
    const ofBody = metric(present(body).metrics, "hausdorff_px");
    expect(ofBody.leftOut?.map(({ reason, images }) => [reason, images])).toEqual([
      ["nothing predicted", 2],
      ["nothing there, nothing predicted", 1],
    ]);
    const text = describeClasses(summary);
    expect(text).toMatch(/Precision +1\.0000 \(1\.0000…1\.0000\) +2 of 3 \*/);
    expect(text).toContain(
      "  Precision, MCC, Boundary precision, Hausdorff 95 % (px), Hausdorff (px), Mean surface distance " +
        "(px): body in 2 of 3 images (nothing predicted), 1 (nothing there, nothing predicted); wings in " +
        "1 of 3 images (nothing predicted)",
    );
    expect(text).toMatch(/all as one image, Precision, .*: without body\n/);
    expect(text).toContain("(what is there and not predicted has a Dice, IoU");
  });
});

Deno.test("classes: a comparison says what each run's means are without", async () => {
  const found: Record<string, DrawnCase> = {
    a: { ...present(erased.a), found: present(erased.a).truth },
    b: { ...present(erased.b), found: present(erased.b).truth },
  };
  await ofClasses(erased, async ({ evaluation: first }) => {
    await ofClasses(found, ({ evaluation: second }) => {
      const rows = compareEvaluations(first, second, { seed: 1 });
      const row = rows.find(({ metric: { name } }) => name === "precision");
      expect([row?.comparison.images, row?.leftOut?.second]).toEqual([1, []]);
      const text = describeComparison(rows);
      expect(text).toMatch(/Precision +macro .* 1 of 2 \*/);
      expect(text).toContain("left out of the means over images, first run:");
      expect(text).not.toContain("second run");
    });
  });
});

Deno.test("classes: a border that nothing is known of is left out, with that reason", async () => {
  const around: DrawnCase = {
    found: ["0000", "0110", "0110", "2222"],
    truth: ["9999", "9119", "9119", "2222"],
  };
  await ofClasses({ around }, ({ evaluation: { summary } }) => {
    const [, wings] = summary.classes;
    expect(metric(present(wings).metrics, "iou").leftOut).toBeUndefined();
    for (const name of ["boundary_f1", "boundary_recall", "hausdorff_95_px"]) {
      expect([name, metric(present(wings).metrics, name).leftOut]).toEqual([name, [
        { reason: "most of the border beside ignored pixels", images: 1 },
      ]]);
    }
    expect(describeClasses(summary)).not.toContain("what is there and not predicted");
    expect(describeClasses(summary)).toContain(
      "wings in 1 of 1 image (most of the border beside ignored pixels)",
    );
  });
});

Deno.test("classes: calibration is that of the likeliest class, over the judged pixels", async () => {
  await ofClasses({ mixed, right }, ({ evaluation: { summary } }) => {
    const { expectedError, brierScore, reliability } = summary.calibration;
    // The colour model is sure of every pixel; 28 of 31 are right.
    expect(reliability.length).toBe(1);
    expect(reliability[0]).toMatchObject({ to: 1, observed: 28 / 31, weight: 1 });
    expect(expectedError).toBeCloseTo(3 / 31, 2);
    expect(brierScore).toBeCloseTo(2 * 3 / 31, 2);
    expect(describeClasses(summary)).toContain(
      "calibration of the likeliest class: expected error",
    );
  });
});

Deno.test("classes: runs are compared by their means and by each class", async () => {
  const worse: DrawnCase = { found: ["0000", "0000", "1111", "1112"], truth: right.truth };
  const records = (evaluation: ClassEvaluation, found: ClassRecord): ClassEvaluation => ({
    ...evaluation,
    records: ["a", "b", "c", "d"].map((id) => ({ ...found, id })),
  });
  await ofClasses({ mixed, right, worse }, ({ evaluation }) => {
    const [other, best, worst] = evaluation.records.map((record) => records(evaluation, record));
    const compare = (first = best, second = best) =>
      compareEvaluations(present(first), present(second), { seed: 1 });
    const rows = compare(worst, best);
    const row = (name: string, averaging: string) =>
      present(rows.find((one) => one.metric.name === name && one.averaging === averaging));
    // Wings 7/8, and a body where there is none.
    expect(row("iou", "micro").comparison.difference.value).toBeCloseTo(1 - 7 / 16, 12);
    expect(row("iou_wings", "macro")).toMatchObject({ first: 7 / 8, second: 1 });
    // In none of the better run's images: there is nothing to compare.
    const body = rows.find(({ metric: { name } }) => name === "iou_body");
    expect(body?.comparison.images).toBe(0);
    expect(describeComparison(rows)).toMatch(/^not compared, since no image .*; IoU, body$/m);
    expect(() => compare(other, best)).toThrow(
      "Cannot compare two runs: expected the same true masks for both, got other ones of case a.",
    );
    const binary = { ...evaluation, summary: {} } as unknown as Evaluation;
    expect(() => compare(best, binary as never)).toThrow("one of each");
  });
});

Deno.test("classes: what only binary masks have is refused before anything is predicted", async () => {
  await ofClasses({ right }, ({ predictor }) => {
    const recipe = plainRecipe(predictor);
    const asked = (options: object) => () => checkClassOptions(predictor, { recipe, ...options });
    expect(asked({})).not.toThrow();
    expect(asked({ sweep: true })).toThrow(/Cannot evaluate with --sweep.*Leave --sweep away/);
    expect(asked({ bestThreshold: true })).toThrow("--best-threshold");
    expect(asked({ threshold: 0.3 })).toThrow("one of 3, of which each pixel gets the likeliest");
    expect(asked({ recipe: { ...recipe, postProcessing: { smooth: 2 } } })).toThrow("--smooth");
  });
});

Deno.test("classes: networks whose tables read masks otherwise are not compared", () => {
  const network = (table: string) => {
    const classTable = parseClasses(table);
    const names = classTable.map(({ name }) => name);
    const classes = names.length === 2 ? ["wings"] : names;
    return { threshold: 0.5, classes, classTable } as unknown as Predictor;
  };
  const check = (first: string, second: string) => () =>
    checkSameClasses(network(first), network(second));
  const binary = () =>
    checkSameClasses(network("background,wings=1"), {
      ...{ threshold: 0.5, classes: ["foreground"], classTable: [] },
    } as unknown as Predictor);
  const table = "background=0,wings=1+3,body=2";
  expect(check(table, table)).not.toThrow();
  expect(check(table, "background=0,wings=3+1,body=2")).not.toThrow();
  expect(check(table, "background=0,body=2,wings=1+3")).toThrow("background, body, wings");
  expect(check(table, "background=0,wings=1,body=2+3")).toThrow(
    "Cannot compare two runs: expected masks read by the classes of the first, " +
      "background=0,wings=1+3,body=2, got background=0,wings=1,body=2+3. Compare runs that were " +
      "trained with the same --classes.",
  );
  expect(check("background,wings=1", "background,wings=1+3")).toThrow("got background,wings=1+3");
  expect(check("background,wings=1", table)).toThrow(
    "expected the classes of the first, one class",
  );
  // Their masks may say the same: that is seen when both have been judged.
  expect(binary).not.toThrow();
});

Deno.test("one class beside the background is a binary mask, with objects, and without what is ignored", async () => {
  const cases = {
    only: { found: ["0011", "0111", "0011", "1100"], truth: ["0011", "0011", "0111", "9900"] },
  };
  await judge<Evaluation>(cases, {
    table: "background=0,wings=1",
    test: ({ evaluation }) => {
      expect(isOfClasses(evaluation)).toBe(false);
      const [record] = evaluation.records;
      expect(record?.counts).toEqual({
        ...{ truePositives: 6, falsePositives: 1, falseNegatives: 1, trueNegatives: 6 },
      });
      expect(record?.foregroundFraction).toBe(7 / 14);
      expect(record?.instances).toMatchObject({ trueObjects: 1, predictedObjects: 1 });
    },
  });
});

Deno.test("classes: intervals from common draws are those of each metric on its own", async () => {
  const found = ["0011", "0111", "0022", "2220"];
  const worse: DrawnCase = { found, truth: ["0011", "1111", "2222", "9222"] };
  await ofClasses({ mixed, right, worse }, ({ evaluation: { records } }) => {
    const names = ["background", "wings", "body"];
    const metrics = [...meanMetrics(names), ...metricsOfClass("body", 2)];
    const together = summarizeTogether(metrics, records, { seed: 3 });
    const alone = metrics.map((one) => summarizeMetric(one, records, 3));
    together.forEach((summary, i) => {
      const { macro, micro, ...words } = present(alone[i]);
      expect(summary).toMatchObject(words);
      for (const end of ["value", "low", "high", "resamples"] as const) {
        expect(summary.macro[end]).toBeCloseTo(macro[end], 12);
        if (micro) expect(summary.micro?.[end]).toBeCloseTo(micro[end], 12);
      }
      expect([summary.macro.images, summary.micro === undefined]).toEqual([
        ...[macro.images, micro === undefined],
      ]);
    });
  });
});
