import { fromFileUrl, join } from "@std/path";
import { expect } from "expect";
import sharp from "sharp";
import { main } from "papilio/cli/export.ts";
import { run as runCommand } from "./_run.ts";

const repository = fromFileUrl(new URL("../..", import.meta.url));
const model = join(repository, "tests", "golden", "brightness_model.onnx");

async function withPhotos(
  count: number,
  test: (photos: string, out: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "papilio-cli-" });
  try {
    const photos = join(folder, "photos");
    await Deno.mkdir(photos);
    const canvas = { width: 30, height: 20, channels: 3 as const, background: "white" };
    const bytes = await sharp({ create: canvas }).png().toBuffer();
    for (let i = 0; i < count; i++) await Deno.writeFile(join(photos, `${i}.png`), bytes);
    await test(photos, join(folder, "out"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const run = (...args: string[]) => runCommand(main, args);

Deno.test("export writes a mask for each photo and sums up; again, it skips them", async () => {
  await withPhotos(3, async (photos, out) => {
    const args = ["--model", model, "--input", photos, "--out", out, "--threads", "1"];
    const first = await run(...args, "--overlays");
    expect(first.code).toBe(0);
    expect(first.printed).toContain(`3 photos (folder ${photos}) → ${out}`);
    expect(first.printed).toContain("3 done, 0 skipped (done before), 0 failed, of 3 photos");
    expect((await Deno.stat(join(out, "1", "1_pred.png"))).isFile).toBe(true);
    expect((await Deno.stat(join(out, "1", "1_overlay.jpg"))).isFile).toBe(true);
    const second = await run(...args);
    expect(second.printed).toContain("0 done, 3 skipped");
  });
});

Deno.test("a failed photo makes the exit code 1", async () => {
  await withPhotos(2, async (photos, out) => {
    await Deno.writeTextFile(join(photos, "bad.png"), "");
    const { code, printed } = await run("--model", model, "--input", photos, "--out", out);
    expect(code).toBe(1);
    expect(printed).toContain(`Cannot read image ${join(photos, "bad.png")}`);
    expect(printed).toContain("1 of 3 failed: see the column error");
  });
});

Deno.test("a shard does its part", async () => {
  await withPhotos(3, async (photos, out) => {
    const { printed } = await run(
      ...["--model", model, "--input", photos, "--out", out, "--shard", "2/2"],
    );
    expect(printed).toContain("1 done, 0 skipped (done before), 0 failed, of 1 photo");
  });
});

Deno.test("a set to annotate is written for all photos, not for a shard", async () => {
  await withPhotos(2, async (photos, out) => {
    const annotation = join(out, "..", "set");
    const args = ["--model", model, "--input", photos, "--out", out, "--zooniverse", annotation];
    const { code, printed } = await run(...args);
    expect(code).toBe(0);
    expect(printed).toContain(`to annotate: 2 subjects, ${join(annotation, "manifest.csv")}`);
    expect((await Deno.stat(join(annotation, "1_overlay.jpg"))).isFile).toBe(true);
    expect((await run(...args, "--shard", "1/2")).code).toBe(1);
  });
});

Deno.test("what is missing is said, with the flag that gives it", async () => {
  const withoutModel = await run("--input", "photos");
  expect(withoutModel.code).toBe(1);
  expect(withoutModel.printed).toBe(
    "Cannot export masks: expected a trained model, got none. Give --model <run folder or .onnx file>; " +
      "`deno task train <folder>` makes a run folder.",
  );
  const withoutOut = await run("--model", model, "--input", "photos");
  expect([withoutOut.code, withoutOut.printed]).toEqual([
    1,
    "Cannot export masks: expected a folder to write to, got none, and a model without a run folder. " +
    "Give one with --out.",
  ]);
  const withoutInput = await run("--model", model, "--out", "out");
  expect(withoutInput.printed).toContain("Say with --input which photos to predict");
});

Deno.test({
  name: "Ctrl-C ends with 130 and says how to go on; nothing finished is lost",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withPhotos(400, async (photos, out) => {
      const flags = ["--model", model, "--input", photos, "--out", out, "--threads", "1"];
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-check", "-P=papilio", "lib/cli/export.ts", ...flags],
        cwd: repository,
        stdout: "piped",
        stderr: "null",
      }).spawn();
      await firstLineOf(join(out, "predictions.journal.jsonl"));
      child.kill("SIGINT");
      const { code, stdout } = await child.output();
      expect(code).toBe(130);
      const printed = new TextDecoder().decode(stdout);
      expect(printed).toContain("Interrupted. The same command goes on with what is left.");
      const done = Number(printed.match(/^(\d+) done/)?.[1]);
      const again = await run(...flags);
      expect(again.printed).toContain(`${400 - done} done, ${done} skipped`);
    }),
});

/** Waits until a file has its first line. */
async function firstLineOf(path: string): Promise<void> {
  while (!(await Deno.readTextFile(path).catch(() => "")).includes("\n")) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

Deno.test("what is no network is told as that", async () => {
  await withPhotos(1, async (photos, out) => {
    const file = join(photos, "config.json");
    await Deno.writeTextFile(file, JSON.stringify({ preset: "smoke", seed: 42 }, null, 2));
    const { code, printed } = await run("--model", file, "--input", photos, "--out", out);
    expect([code, printed]).toEqual([
      1,
      `Cannot open the network ${file}: expected an ONNX file that ONNX Runtime can load, got a file of ` +
      "another kind. Give a run's folder, or the model/model.onnx that `deno task train` writes into it.",
    ]);
  });
});

Deno.test("errors of one kind are printed once, with the other photos' names", async () => {
  await withPhotos(2, async (photos, out) => {
    for (const name of "vwxyz") await Deno.writeTextFile(join(photos, `${name}.jpg`), "no photo");
    const { code, printed } = await run("--model", model, "--input", photos, "--out", out);
    expect(code).toBe(1);
    expect(printed.split("Cannot read").length).toBe(2);
    expect(printed).toContain("… and 4 more of the same as v: w, x, y, z");
  });
});
