/** How a mask file says what is foreground. */
export type MaskEncoding =
  /** Grey level: bright is foreground. A file whose values are only 0 and 1 is taken as {0, 1}. */
  | { kind: "threshold" }
  /** Palette indices or label values, read as stored: those listed are foreground. */
  | { kind: "labels"; foreground: readonly number[] };

/** One image with its masks: what every layout of a data set is read into. */
export interface Case {
  /** Unique in its data set: the folder's or the file's name without extension. */
  id: string;
  imagePath: string;
  /** One file for each object, or one for all; their union is the mask. Sorted. */
  maskPaths: readonly string[];
  maskEncoding: MaskEncoding;
}

/** An image with any number of channels: 1 is grey, 3 are RGB, others are as the file has them. */
export interface ChannelImage {
  /** Row-major `[heightPx, widthPx, channels]`, 0…255, EXIF orientation applied. */
  data: Uint8Array;
  widthPx: number;
  heightPx: number;
}

/** A `ChannelImage` of three channels: what is drawn. */
export interface RgbImage {
  /** Row-major `[heightPx, widthPx, 3]`, 0…255, EXIF orientation applied. */
  data: Uint8Array;
  widthPx: number;
  heightPx: number;
}

/** A binary mask. */
export interface BinaryMask {
  /** Row-major `[heightPx, widthPx]`, 0 or 1. */
  data: Uint8Array;
  widthPx: number;
  heightPx: number;
}

/** A mask of several classes. */
export interface ClassMask {
  /** Row-major `[heightPx, widthPx]`: the class's number, or `IGNORED`. */
  data: Uint8Array;
  widthPx: number;
  heightPx: number;
}
