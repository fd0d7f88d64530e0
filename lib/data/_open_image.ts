import sharp, { type Metadata, type Sharp, type SharpOptions } from "sharp";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { tiffTag } from "papilio/data/_tiff_tag.ts";

/** Half a gigapixel: three times the largest photo a camera makes, 1.5 GB when decoded. */
const MAXIMUM_PIXELS = 500_000_000;

/** What sharp can decode and is a picture made of pixels; it would also draw an SVG. */
const RASTER_FORMATS = new Set(["jpeg", "png", "webp", "gif", "tiff", "heif"]);

const READABLE_FORMATS = "JPEG, PNG, WebP, GIF, TIFF or AVIF";

/** A colour profile says how values look, and would bend those of masks and other channels. */
export const AS_STORED: SharpOptions = { ignoreIcc: true };

const PLANAR_CONFIGURATION = 284;
const SEPARATE_PLANES = 2;

/** What is too large is told by its header, in our words. */
const NO_LIMITS = { limitInputPixels: false, limitInputChannels: false } as const;

/** A file whose header has been read. */
export interface OpenedImage {
  bytes: Uint8Array;
  /** Ready to decode: EXIF orientation will be applied; a truncated file will throw. */
  pixels: Sharp;
  metadata: Metadata;
  /** After EXIF orientation. */
  widthPx: number;
  heightPx: number;
}

/** Says which file could not be read: `"read image a.png of case a"`. */
export interface Subject {
  path: string;
  /** `"image"` or `"mask"`. */
  what: string;
  caseId?: string;
}

/** Reads a file and its header, by content and not by its extension. */
export async function openImage(subject: Subject, options?: SharpOptions): Promise<OpenedImage> {
  const bytes = await readRegularFile(subject);
  return await openBytes(bytes, subject, options);
}

/** As `openImage`, for bytes that are there already. */
export async function openBytes(
  bytes: Uint8Array,
  subject: Subject,
  options: SharpOptions = {},
): Promise<OpenedImage> {
  if (isHeic(bytes)) {
    throw imageError(subject, READABLE_FORMATS, "HEIC", { remedy: "Save it as JPEG." });
  }
  const metadata = await orUndecodable(
    subject,
    () => sharp(bytes, NO_LIMITS).metadata(),
  );
  checkHeader(metadata, subject);
  checkPlanes(bytes, metadata, subject);
  const { width: widthPx, height: heightPx } = metadata.autoOrient;
  const pixels = sharp(bytes, { ...NO_LIMITS, failOn: "warning", ...options })
    .autoOrient();
  return { bytes, pixels, metadata, widthPx, heightPx };
}

/** Runs a step of decoding; what sharp throws becomes an error that names the file. */
export async function orUndecodable<T>(subject: Subject, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const got = whyUndecodable(messageOf(error));
    const remedy = "Save it again as PNG or JPEG, or remove it.";
    throw imageError(subject, "an image file that is whole", got, { remedy, cause: error });
  }
}

/** An error about this file. */
export function imageError(
  { path, what, caseId }: Subject,
  expected: string,
  got: string,
  { remedy, cause }: { remedy: string; cause?: unknown },
): PapilioError {
  const owner = caseId === undefined ? "" : ` of case ${caseId}`;
  return new PapilioError({ cannot: `read ${what} ${path}${owner}`, expected, got, remedy, cause });
}

async function readRegularFile(subject: Subject): Promise<Uint8Array> {
  try {
    const { isFile, size } = await Deno.stat(subject.path);
    if (!isFile) throw new Error("a folder or a device"); // A pipe would be waited on for ever.
    if (size === 0) throw new Error("an empty file");
    return await Deno.readFile(subject.path);
  } catch (error) {
    throw imageError(subject, "a file that can be read", whyUnreadable(error), {
      remedy: "Check the path and its permissions.",
      cause: error,
    });
  }
}

/** In our words; the decoder's own differ from run to run for the same damaged file. */
function whyUndecodable(message: string): string {
  const isUnknown = message.includes("unsupported image format");
  return isUnknown ? "a file that is no image, or cut off" : "one that is cut off or damaged";
}

function whyUnreadable(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no file there";
  if (error instanceof Deno.errors.PermissionDenied) return "no permission to read it";
  if (error instanceof Deno.errors.FilesystemLoop) return "a link that leads back to itself";
  return messageOf(error);
}

/** What telephones save photos in; its decoder is patented and does not come with sharp. */
function isHeic(bytes: Uint8Array): boolean {
  const mark = new TextDecoder("latin1").decode(bytes.subarray(4, 12));
  return /^ftyp(heic|heix|heim|heis|hevc|hevx)$/.test(mark);
}

function checkHeader(metadata: Metadata, subject: Subject): void {
  if (!RASTER_FORMATS.has(metadata.format)) {
    throw imageError(
      subject,
      READABLE_FORMATS,
      `a file of ${metadata.format}`,
      {
        remedy: "Save it as PNG.",
      },
    );
  }
  if (metadata.depth !== "uchar" && metadata.depth !== "ushort") {
    throw imageError(subject, "8 or 16 bits a channel", `values of type ${metadata.depth}`, {
      remedy: "Scale it to 8 or 16 bits and save it as PNG: its range is not stated in the file.",
    });
  }
  const { width, height } = metadata;
  if (width * height > MAXIMUM_PIXELS) {
    throw imageError(
      subject,
      `at most ${MAXIMUM_PIXELS / 1e6} million pixels`,
      `${width}×${height} = ${Math.round(width * height / 1e6)} million`,
      { remedy: "Cut or scale it down first." },
    );
  }
}

/** libvips 8.18 mixes up the rows of such files, without a word. */
function checkPlanes(bytes: Uint8Array, metadata: Metadata, subject: Subject): void {
  const { format, space, channels } = metadata;
  if (format !== "tiff" || channels === 1 || !["b-w", "grey16"].includes(space)) return;
  if (tiffTag(bytes, PLANAR_CONFIGURATION) !== SEPARATE_PLANES) return;
  throw imageError(subject, "channels that lie pixel by pixel", "a TIFF with each in a plane", {
    remedy: "Save it anew with PlanarConfiguration 1 (tifffile: contig, GDAL: INTERLEAVE=PIXEL).",
  });
}
