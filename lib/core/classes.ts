import { z } from "zod";
import { present } from "papilio/core/assert.ts";
import { messageOf, PapilioError } from "papilio/core/errors.ts";

/** The class that stands for "nothing": left out of means, and not drawn. */
export const BACKGROUND = "background";

/** In a mask of classes, a pixel that belongs to none: it is neither learned nor judged. */
export const IGNORED = 255;

/**
 * Colours of classes in their order, background apart: Okabe and Ito's, told apart by every kind of
 * colour vision.
 */
const colours = [
  ...["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#0072b2", "#d55e00", "#999999"],
];

/**
 * A class of a segmentation with several, and where the masks say it.
 *
 * A pixel of a mask file is of the class if the file's name (without extension) matches one of `files`
 * (any name, if there are none), and the stored value is one of `values` (foreground, if there are
 * none). Where several classes claim a pixel, the last of the table lies uppermost. A class with neither
 * has what no other claims; without such a class, that is ignored.
 */
export const classSchema = z.strictObject({
  name: z.string().regex(/^[^\s,=;"]+$/, "a name without spaces, commas and equals signs"),
  values: z.array(z.number().int().min(0).max(65535)).default([]),
  files: z.array(z.string().min(1)).default([]),
  color: z.string().regex(/^#[0-9a-f]{6}$/i, "a colour like #56b4e9").optional(),
});

/** An entry of the class table; its place there is the class's number. */
export type ClassEntry = z.output<typeof classSchema>;

/**
 * The class table that a text names: `name=rule` for each class, with commas between.
 *
 * A rule is values or patterns of file names (`*` for any letters), joined by `+`; digits are a value. What
 * this cannot say (colours, a file whose name is digits) a JSON list can, `[{"name":"pet","files":["3"]}]`.
 *
 * @throws {PapilioError} for a text that is none.
 *
 * @example
 * ```ts
 * import { parseClasses } from "papilio/core/classes.ts";
 * const [, pet, parts] = parseClasses("background=2,pet=1+3,wings=wing*");
 * console.assert(pet?.values.join() === "1,3" && parts?.files.join() === "wing*");
 * ```
 */
export function parseClasses(text: string): ClassEntry[] {
  if (/^\s*\[\s*\{/.test(text)) return parseClassList(text);
  return text.trim() === "" ? [] : text.split(",").map((part) => parseClass(part.trim(), text));
}

function parseClassList(text: string): ClassEntry[] {
  try {
    return classSchema.array().parse(JSON.parse(text));
  } catch (cause) {
    throw new PapilioError({
      cannot: `use the classes ${text}`,
      expected: "a JSON list of classes, as in config.json",
      got: cause instanceof z.ZodError
        ? cause.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ")
        : messageOf(cause),
      remedy: 'Write [{"name":"background"},{"name":"pet","values":[1,3]}].',
      cause,
    });
  }
}

function parseClass(part: string, text: string): ClassEntry {
  const [name = "", rule = "", ...more] = part.split("=");
  const tokens = rule === "" ? [] : rule.split("+").map((token) => token.trim());
  const entry = classSchema.safeParse({
    name: name.trim(),
    values: tokens.filter((token) => /^\d+$/.test(token)).map(Number),
    files: tokens.filter((token) => !/^\d+$/.test(token)),
  });
  if (entry.success && more.length === 0) return entry.data;
  throw new PapilioError({
    cannot: `use the classes "${text}"`,
    expected: "name=rule for each class, with commas between and no spaces in a name",
    got: `"${part}"`,
    remedy: 'Write label values, "background=2,pet=1+3", or file names, "background,wings=wing*".',
  });
}

/**
 * A class table as a short text, `name=rule` for each class; colours are left out.
 *
 * @example
 * ```ts
 * import { classesText, parseClasses } from "papilio/core/classes.ts";
 * console.assert(classesText(parseClasses("background, pet=1 + 3")) === "background,pet=1+3");
 * ```
 */
export function classesText(classes: readonly ClassEntry[]): string {
  return classes.map(({ name, values, files }) => {
    const rule = [...values, ...files].join("+");
    return rule === "" ? name : `${name}=${rule}`;
  }).join(",");
}

const ONE_ALONE = 'one class alone: name at least two, such as "background=0,pet=1", or leave ' +
  "--classes out for masks of foreground and background";

/** What is wrong with a class table; nothing, if it can be used. */
export function classTableProblem(classes: readonly ClassEntry[]): string | undefined {
  const names = classes.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) return `"${twice}" is there twice`;
  const other = names.find((name) => name !== BACKGROUND && name.toLowerCase() === BACKGROUND);
  if (other !== undefined) return `"${other}" would be a class like others: write "${BACKGROUND}"`;
  if (classes.length === 1) return ONE_ALONE;
  if (classes.length > IGNORED) {
    return `${classes.length} classes, at most ${IGNORED} can be told apart`;
  }
  const rest = classes.filter(isRest).map(({ name }) => name);
  if (rest.length > 1) return `${rest.join(" and ")} both have no rule: one can have what is left`;
  return valueClaimedTwice(classes);
}

/** What two classes claim of the same files; in files of a narrower name, the later one may. */
function valueClaimedTwice(classes: readonly ClassEntry[]): string | undefined {
  const claims = classes.flatMap(({ name, values, files }) =>
    values.flatMap((value) =>
      (files.length > 0 ? files : [""]).map((file) => ({ name, value, file }))
    )
  );
  const byClaim = Map.groupBy(claims, ({ value, file }) => `${value} ${file}`);
  for (const [{ name, value } = { name: "", value: 0 }, ...others] of byClaim.values()) {
    const other = others.find((one) => one.name !== name);
    if (other) return `"${name}" and "${other.name}" both claim the value ${value}`;
  }
  return undefined;
}

/** Whether a class has what no other claims. */
export function isRest({ values, files }: ClassEntry): boolean {
  return values.length + files.length === 0;
}

/**
 * The colours of classes by their names: white for the background, a palette's for the others.
 *
 * @example
 * ```ts
 * import { classColours } from "papilio/core/classes.ts";
 * console.assert(classColours(["background", "pet"]).join() === "#ffffff,#56b4e9");
 * ```
 */
export function classColours(classes: readonly (string | ClassEntry)[]): string[] {
  let next = 0;
  return classes.map((entry) => {
    const { name, color } = typeof entry === "string" ? { name: entry } : entry;
    const ofPalette = name === BACKGROUND ? "#ffffff" : present(colours[next++ % colours.length]);
    return color ?? ofPalette;
  });
}

/** The names of a class table, in its order. */
export function namesOf(classes: readonly ClassEntry[]): string[] {
  return classes.map(({ name }) => name);
}

/** The numbers of the classes that means are over: all but the background. */
export function measuredClasses(names: readonly string[]): number[] {
  return [...names.keys()].filter((i) => names[i] !== BACKGROUND);
}
