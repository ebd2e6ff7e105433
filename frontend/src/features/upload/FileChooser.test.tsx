import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { FileChooser } from "./FileChooser";

afterEach(cleanup);

const FILES = [new File(["PK"], "model.zip")];
const zone = () => screen.getByText("Drop packages here").closest("label");

/** A drag's event over the page's edge, far from the zone; whether it was left to the browser. */
function drag(type: "dragover" | "dragleave" | "drop", types: readonly string[]): boolean {
  const event = new Event(type, { bubbles: true, cancelable: true });
  Object.assign(event, { dataTransfer: { types, files: FILES }, relatedTarget: null });
  return fireEvent(document.body, event);
}

test("files are taken wherever they are dropped on the page", () => {
  const choose = vi.fn();
  render(<FileChooser choose={choose} />);
  expect(drag("dragover", ["Files"])).toBe(false);
  expect(zone()?.dataset.over).toBe("true");
  expect(drag("drop", ["Files"])).toBe(false);
  expect(choose).toHaveBeenCalledExactlyOnceWith(FILES);
  expect(zone()?.dataset.over).toBeUndefined();
});

test("files that are carried away again leave no trace", () => {
  render(<FileChooser choose={vi.fn()} />);
  drag("dragover", ["Files"]);
  drag("dragleave", ["Files"]);
  expect(zone()?.dataset.over).toBeUndefined();
});

test("a text that is dragged is the browser's business", () => {
  const choose = vi.fn();
  render(<FileChooser choose={choose} />);
  expect([drag("dragover", ["text/plain"]), drag("drop", ["text/plain"])]).toEqual([true, true]);
  expect(choose).not.toHaveBeenCalled();
});

test("leaving the page, nothing is listened to any more", () => {
  const choose = vi.fn();
  render(<FileChooser choose={choose} />).unmount();
  expect(drag("drop", ["Files"])).toBe(true);
  expect(choose).not.toHaveBeenCalled();
});
