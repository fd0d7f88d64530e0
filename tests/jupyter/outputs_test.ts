import { expect } from "expect";
import type { Output } from "papilio/jupyter/notebook_file.ts";
import { OutputCollector } from "papilio/jupyter/outputs.ts";

function take(collector: OutputCollector, type: string, content: Record<string, unknown>): void {
  collector.take({ type, content, id: "1", parentId: "0" });
}

const stream = (name: string, text: string): Output => ({ output_type: "stream", name, text });
const shown = (text: string): Output => ({
  output_type: "display_data",
  data: { "text/plain": text },
  metadata: {},
});
const display = (text: string, display_id?: string) => ({
  data: { "text/plain": text },
  metadata: {},
  transient: { display_id },
});

Deno.test("neighbouring texts of one stream become one output, and no others", () => {
  const collector = new OutputCollector();
  const outputs = collector.beginCell();
  take(collector, "stream", { name: "stdout", text: "a" });
  take(collector, "stream", { name: "stdout", text: "b" });
  take(collector, "stream", { name: "stderr", text: "c" });
  take(collector, "display_data", display("d"));
  take(collector, "stream", { name: "stderr", text: "e" });
  expect(outputs).toEqual([
    stream("stdout", "ab"),
    stream("stderr", "c"),
    shown("d"),
    stream("stderr", "e"),
  ]);
});

Deno.test("results and errors are kept; what shows nothing is passed over", () => {
  const collector = new OutputCollector();
  const outputs = collector.beginCell();
  take(collector, "status", { execution_state: "busy" });
  take(collector, "execute_result", { ...display("2"), execution_count: 4 });
  take(collector, "error", { ename: "E", evalue: "v", traceback: ["t"] });
  expect(outputs).toEqual([
    {
      output_type: "execute_result",
      execution_count: 4,
      data: { "text/plain": "2" },
      metadata: {},
    },
    { output_type: "error", ename: "E", evalue: "v", traceback: ["t"] },
  ]);
});

Deno.test("an update changes what stands at its place, also in earlier cells; one for no place shows nothing", () => {
  const collector = new OutputCollector();
  const first = collector.beginCell();
  take(collector, "display_data", display("old", "x"));
  take(collector, "display_data", display("other", "y"));
  const second = collector.beginCell();
  take(collector, "display_data", display("again", "x"));
  take(collector, "update_display_data", display("new", "x"));
  take(collector, "update_display_data", display("nowhere", "z"));
  take(collector, "update_display_data", display("nameless"));
  expect(first).toEqual([shown("new"), shown("other")]);
  expect(second).toEqual([shown("new")]);
});

Deno.test("clear_output clears at once, or when the next output is there", () => {
  const collector = new OutputCollector();
  const outputs = collector.beginCell();
  take(collector, "stream", { name: "stdout", text: "1" });
  take(collector, "clear_output", { wait: false });
  expect(outputs).toEqual([]);
  take(collector, "stream", { name: "stdout", text: "2" });
  take(collector, "clear_output", { wait: true });
  expect(outputs).toEqual([stream("stdout", "2")]);
  take(collector, "display_data", display("3"));
  take(collector, "stream", { name: "stdout", text: "4" });
  expect(outputs).toEqual([shown("3"), stream("stdout", "4")]);
});

Deno.test("a cell that ends before the awaited output keeps what it has", () => {
  const collector = new OutputCollector();
  const outputs = collector.beginCell();
  take(collector, "stream", { name: "stdout", text: "kept" });
  take(collector, "clear_output", { wait: true });
  const next = collector.beginCell();
  take(collector, "stream", { name: "stdout", text: "next" });
  expect([outputs, next]).toEqual([[stream("stdout", "kept")], [stream("stdout", "next")]]);
});
