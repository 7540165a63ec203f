/** The public API, as code generated from `respool/v1/*.proto`. */
export { respool } from './generated/messages.js';
