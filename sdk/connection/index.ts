/** The way to a broker: address, calls, errors and what is tried again. This folder's only door. */
export { type BackOff, backOffMs, wait } from './back-off.js';
export { type CallOptions, Connection, linkSignals } from './connection.js';
export {
  type ConnectionOptions,
  DEFAULT_PORT,
  type RespoolOptions,
  resolveConnectionOptions,
  type TlsOptions,
} from './connection-options.js';
export {
  type BrokerErrorCode,
  type ClientErrorCode,
  ERROR_CODES,
  type ErrorCodeNote,
  RespoolError,
  type RespoolErrorCode,
  type RespoolErrorDetails,
  type RespoolErrorOptions,
} from './error.js';
export { CODE_OF_STATUS, fromCallError, fromWireError } from './error-mapping.js';
export {
  checkBoolean,
  checkInteger,
  checkOneOf,
  checkText,
  invalidOption,
  withDefaults,
} from './option-check.js';
export { isRetried, OUTCOME_UNKNOWN, RETRIED_AFTER, type Rpc } from './retry-policy.js';
