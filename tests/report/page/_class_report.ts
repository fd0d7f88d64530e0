import type { ClassesPart, ClassPicture, ClassRow, Report } from "papilio/report/page/report.ts";
import { evaluation, fullReport, nastyId, photo } from "./_report.ts";

/** No class that a command takes, but a page may get any. */
export const nastyClass = `wing"><script>document.title='hacked'</script>`;

const metrics = evaluation.metrics;

const row = (name: string, colour: string): ClassRow => ({
  ...{ name, colour, isMeasured: name !== "background", share: 0.25, images: 2 },
  predictedImages: 1,
  ...(name !== "background" && { objects: evaluation.objects }),
  metrics: [...metrics, ...["precision", "recall"].flatMap(named)],
});

function named(name: string) {
  return metrics.slice(0, 1).map((metric) => ({ ...metric, name, label: name }));
}

const { part, images, boundaryTolerance, failures } = evaluation;

export const classesPart: ClassesPart = {
  ...{ part, images, boundaryTolerance, failures, recipe: "likeliest nearest" },
  metrics: [
    ...metrics,
    ...named("precision").map((one) => ({
      ...{ ...one, macro: { ...one.macro, images: 2 }, microWithout: ["body"] },
      leftOut: [
        { reason: "nothing predicted", images: 2, className: "body" },
        { reason: "nothing there", images: 1, className: nastyClass },
      ],
    })),
  ],
  classes: [
    row("background", "#ffffff"),
    row(nastyClass, "#56b4e9"),
    row("body", "url(http://x.org)"),
  ],
  confusion: [[1200, 30, 0], [10, 90, 0], [0, 0, 0]],
  judgedShare: 0.9,
  calibration: evaluation.calibration,
  worst: [{ id: nastyId, iou: 0.4, worstClass: nastyClass, worstIou: 0.1 }],
};

const picture = (id: string): ClassPicture => ({
  ...{ id, photo, widthPx: 40, heightPx: 30, metrics: [{ label: "mean IoU", value: "0.4" }] },
  classes: {
    predicted: ["", "M10 10h10v10h-10z", "M0 24h4v4h-4z"],
    truth: ["", "M12 10h10v10h-10z", ""],
    errors: {
      ...{ found: "M12 10h8v10h-8z", invented: "M10 10h2v10h-2z", missed: "M20 10h2v10h-2z" },
      confused: "M0 24h4v4h-4z",
    },
    ignored: "M30 20h10v10h-10z",
  },
});

/** A report of several classes with everything in it, and with text that would do harm unescaped. */
export const classReport: Report = {
  ...fullReport,
  training: {
    ...{ bestEpoch: 2, classes: classesPart.classes },
    rows: ("rows" in fullReport.training ? fullReport.training.rows : []).map((one, i) => ({
      ...one,
      valClassIou: { background: 0.9, [nastyClass]: 0.5 + i / 4, body: NaN },
    })),
  },
  evaluation: classesPart,
  sheets: [{ title: "Worst by mean IoU", cases: [picture(nastyId), picture("second")] }],
};
