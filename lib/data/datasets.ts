import type { FileFacts } from "papilio/core/download.ts";

/** An archive as its publisher offers it. */
export interface PublishedFile extends FileFacts {
  name: string;
  url: string;
}

/** A data set that can be downloaded. */
export interface PublishedDataSet {
  name: string;
  /** One line for people. */
  title: string;
  licence: string;
  /** `.tar.gz` or `.zip`; all are unpacked into one folder. */
  files: readonly PublishedFile[];
  /** What must lie in the data set's folder; an archive that wraps it in a folder of its own is unwrapped. */
  contents: readonly string[];
  /** Other places that offer the same files under the same names. */
  mirrors: readonly string[];
}

/** The data sets that `deno task data:get` knows, by name. */
export const publishedDataSets = {
  /** Source: the data set's page; hashes and sizes as TensorFlow Datasets and torchvision record them. */
  pets: {
    name: "pets",
    title: "Oxford-IIIT Pet: 7,349 photos of cats and dogs with trimaps",
    licence: "CC BY-SA 4.0; the photos' copyright remains with their owners. " +
      "https://www.robots.ox.ac.uk/~vgg/data/pets/",
    files: [
      {
        name: "images.tar.gz",
        url: "https://www.robots.ox.ac.uk/~vgg/data/pets/data/images.tar.gz",
        sizeBytes: 791_918_971,
        sha256: "67195c5e1c01f1ab5f9b6a5d22b8c27a580d896ece458917e61d459337fa318d",
        md5: "5c4f3ee8e5d25df40f4fd59a7f44e54c",
      },
      {
        name: "annotations.tar.gz",
        url: "https://www.robots.ox.ac.uk/~vgg/data/pets/data/annotations.tar.gz",
        sizeBytes: 19_173_078,
        sha256: "52425fb6de5c424942b7626b428656fcbd798db970a937df61750c0f1d358e91",
        md5: "95a8c909bbe2e81eed6a22bccdf3f68f",
      },
    ],
    contents: ["images", "annotations"],
    mirrors: ["https://thor.robots.ox.ac.uk/~vgg/data/pets"],
  },
  nuclei: {
    name: "nuclei",
    title: "Data Science Bowl 2018 (BBBC038): 670 microscopy images with a mask for each nucleus",
    licence: "CC0. https://bbbc.broadinstitute.org/BBBC038",
    files: [
      {
        name: "stage1_train.zip",
        url: "https://data.broadinstitute.org/bbbc/BBBC038/stage1_train.zip",
      },
    ],
    contents: [],
    mirrors: [],
  },
  butterflies: {
    name: "butterflies",
    title: "Leeds Butterfly: 832 photos of ten species with masks",
    licence: "the terms on its page, https://zenodo.org/records/7558895",
    files: [
      {
        name: "leedsbutterfly_dataset_v1.0.zip",
        url: "https://zenodo.org/records/7558895/files/leedsbutterfly_dataset_v1.0.zip",
      },
    ],
    contents: ["images", "segmentations"],
    mirrors: [],
  },
} as const satisfies Record<string, PublishedDataSet>;
