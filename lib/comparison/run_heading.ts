import type { RunProgress } from "papilio/comparison/begun_runs.ts";
import type { PlannedRun } from "papilio/comparison/planned_runs.ts";

/** Which of a comparison's runs begins. */
export interface RunPlace {
  number: number;
  of: number;
  progress: RunProgress;
}

const goesOn: Record<RunProgress, string> = {
  new: "",
  begun: ", goes on",
  finished: ", is finished already",
};

/** As in "Run 2 of 6: ResNet34, fold 1, goes on". */
export function runHeading(
  { entry, fold }: Pick<PlannedRun, "entry" | "fold">,
  { number, of, progress }: RunPlace,
): string {
  const name = fold === undefined ? entry.name : `${entry.name}, fold ${fold}`;
  return `Run ${number} of ${of}: ${name}${goesOn[progress]}`;
}
