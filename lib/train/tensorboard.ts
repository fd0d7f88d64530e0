import { hostname } from "node:os";
import { join } from "@std/path";
import crc32c from "crc-32/crc32c";
import { PbfWriter } from "pbf";

/** A PNG and its size, for TensorBoard's image panel. */
export interface PngImage {
  png: Uint8Array;
  widthPx: number;
  heightPx: number;
}

export interface EventFileOptions {
  /** A resumed run begins at this step: TensorBoard forgets what older files say from there on. */
  resumeStep?: number;
  /** Seconds since 1970, for the file's name and its events. */
  now?: () => number;
}

/** Field numbers of TensorFlow's `event.proto` and `summary.proto`. */
const event = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 } as const;
const value = { tag: 1, simpleValue: 2, image: 4 } as const;
const image = { height: 1, width: 2, colorspace: 3, encoded: 4 } as const;
const sessionStart = 1;
const rgb = 3;

let fileCount = 0;

/**
 * An event file that TensorBoard reads while it grows: TFRecords of TensorFlow's `Event` messages.
 *
 * Each call appends whole records, so that a kill can spoil no more than the last one.
 */
export class EventFile {
  readonly path: string;
  readonly #now: () => number;

  private constructor(path: string, now: () => number) {
    this.path = path;
    this.#now = now;
  }

  /** Begins a new file in the folder, which is made if it is missing. */
  static async create(folder: string, options: EventFileOptions = {}): Promise<EventFile> {
    const { resumeStep, now = () => Date.now() / 1000 } = options;
    await Deno.mkdir(folder, { recursive: true });
    const name = ["events.out.tfevents", Math.floor(now()), hostname(), Deno.pid, fileCount++];
    const file = new EventFile(join(folder, name.join(".")), now);
    await file.#append(0, (pbf) => pbf.writeStringField(event.fileVersion, "brain.Event:2"));
    if (resumeStep !== undefined) {
      await file.#append(resumeStep, (pbf) => pbf.writeMessage(event.sessionLog, writeStart, null));
    }
    return file;
  }

  /** Appends numbers by tag: `{ epoch_loss: 0.41 }`. What is not finite is left out. */
  async scalars(step: number, values: Readonly<Record<string, number>>): Promise<void> {
    const finite = Object.entries(values).filter(([, number]) => Number.isFinite(number));
    await this.#append(step, (pbf) => pbf.writeMessage(event.summary, writeScalars, finite));
  }

  /** Appends pictures by tag. */
  async images(step: number, images: Readonly<Record<string, PngImage>>): Promise<void> {
    await this.#append(
      step,
      (pbf) => pbf.writeMessage(event.summary, writeImages, Object.entries(images)),
    );
  }

  async #append(step: number, writeWhat: (pbf: PbfWriter) => void): Promise<void> {
    const pbf = new PbfWriter();
    pbf.writeDoubleField(event.wallTime, this.#now());
    if (step !== 0) pbf.writeVarintField(event.step, step);
    writeWhat(pbf);
    await Deno.writeFile(this.path, tfRecord(pbf.finish()), { append: true });
  }
}

/**
 * A TFRecord: `u64 length | masked CRC of it | data | masked CRC of it`, little-endian.
 *
 * Source: tensorflow/core/lib/io/record_writer.h.
 */
export function tfRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(data), true);
  return record;
}

/** CRC-32C rotated by 15 bits plus a constant, so that a CRC of CRCs stays a good one. */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function writeStart(_: null, pbf: PbfWriter) {
  pbf.writeVarintField(1, sessionStart);
}

function writeScalars(scalars: [string, number][], pbf: PbfWriter) {
  for (const scalar of scalars) pbf.writeMessage(1, writeScalar, scalar);
}

function writeScalar([tag, number]: [string, number], pbf: PbfWriter) {
  pbf.writeStringField(value.tag, tag);
  pbf.writeFloatField(value.simpleValue, number);
}

function writeImages(images: [string, PngImage][], pbf: PbfWriter) {
  for (const [tag, picture] of images) {
    pbf.writeMessage(1, writeImageValue, { tag: `${tag}/image`, picture });
  }
}

function writeImageValue({ tag, picture }: { tag: string; picture: PngImage }, pbf: PbfWriter) {
  pbf.writeStringField(value.tag, tag);
  pbf.writeMessage(value.image, writePng, picture);
}

function writePng({ png, widthPx, heightPx }: PngImage, pbf: PbfWriter) {
  pbf.writeVarintField(image.height, heightPx);
  pbf.writeVarintField(image.width, widthPx);
  pbf.writeVarintField(image.colorspace, rgb);
  pbf.writeBytesField(image.encoded, png);
}
