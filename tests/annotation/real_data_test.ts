import { join } from "@std/path";
import { expect } from "expect";
import { type AnnotationFormatName, writeAnnotations } from "papilio/annotation/formats.ts";
import { annotatePhoto } from "papilio/annotation/photo.ts";
import { imageSize } from "papilio/data/decode.ts";
import { readLabels } from "papilio/data/labels.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { inFolder } from "../data/_files.ts";
import { comparable, readers } from "./_readers.ts";

for (const name of ["nuclei", "butterflies"]) {
  Deno.test(`${name}: every format gives back every pixel of every object`, async () => {
    const shared = Deno.env.get("PAPILIO_TEST_SHARED");
    if (!shared) return console.log(`skipped: formats of ${name} (PAPILIO_TEST_SHARED is not set)`);
    const { cases } = await readDataSet(join(shared, "data", name));
    for (const item of cases.filter((_, index) => index % 60 === 1)) {
      await inFolder(async (out) => {
        const labels = await readLabels(item, await imageSize(item.imagePath));
        const photo = annotatePhoto({ id: "a", path: item.imagePath, labels });
        const formats = Object.keys(readers) as AnnotationFormatName[];
        await writeAnnotations([photo], { out, formats });
        for (const [format, read] of Object.entries(readers)) {
          const data = comparable(format, await read(out, labels));
          const expected = comparable(format, labels.data);
          const wrong = data.filter((label, i) => label !== expected[i]).length;
          expect({ format, id: item.id, wrong }).toEqual({ format, id: item.id, wrong: 0 });
        }
      });
    }
  });
}
