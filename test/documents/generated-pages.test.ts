import { expect, test } from 'vitest';
import { errorsPage } from './errors-page.js';
import { optionsPage } from './options-page.js';

// `npm run docs` writes the pages; here they are compared.

test('docs/errors.md says what the code says', async () => {
  await expect(errorsPage()).toMatchFileSnapshot('../../docs/errors.md');
});

test('docs/options.md says what the code says', async () => {
  await expect(optionsPage()).toMatchFileSnapshot('../../docs/options.md');
});
