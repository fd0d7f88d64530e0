import type { LabelledPhoto } from "papilio/annotation/photo.ts";

/** A format with files of its own for each photo. */
export interface PhotoFormat {
  description: string;
  scope: "photo";
  /** Behind the photo's id: `"_objects.geojson"`. */
  ending: string;
  /** Writes a photo's file; it appears under its name only when it is whole. */
  write(photo: LabelledPhoto, path: string): Promise<void>;
}

/** A format with one file for all photos. */
export interface SetFormat {
  description: string;
  scope: "set";
  fileName: string;
  open(path: string, options: SetOptions): AnnotationSink;
}

export interface SetOptions {
  /** All classes that will come, in the order of their numbers. */
  classNames: readonly string[];
  /** `"#56b4e9"`, in the same order; where there are none, a format takes its own. */
  classColours?: readonly string[] | undefined;
}

/** Takes photo after photo, and keeps none. */
export interface AnnotationSink {
  add(photo: LabelledPhoto): Promise<void>;
  /** The file appears under its name. */
  finish(): Promise<void>;
  /** No file is left behind. */
  abandon(reason: unknown): Promise<void>;
}
