import { expect, test } from "vitest";
import { waived } from "./WaiveFields";

test.each([
  [{}, undefined],
  [{ ramp_up: " " }, undefined],
  [{ ramp_up: " Known to us. ", license_score: "" }, { ramp_up: "Known to us." }],
])("the reasons %j waive %j", (reasons, sent) => expect(waived(reasons)).toEqual(sent));
