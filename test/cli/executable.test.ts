import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('the command can be run as a program wherever it was built', () => {
  const { mode } = statSync(fileURLToPath(new URL('../../dist/cli/respool.cjs', import.meta.url)));
  expect(mode & 0o111).toBe(0o111);
});
