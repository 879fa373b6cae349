import { expect, test } from '@jest/globals';
import * as table from '../../../src/definitions/shape/table.ts';
import { readShapeTable } from '../../../tools/shape-table.ts';

test("the table is the installed SDK's schema; if not, run `node tools/shape-table.ts`", () => {
  expect({ ...table }).toEqual(readShapeTable());
});
