/** The public API: messages, as code generated from `respool/v1/*.proto`, and services, as grpc-js wants them. This folder's only door. */
export { ADMIN_SERVICE_NAME, adminService } from './admin-service.js';
export { decodeConsumeResponse, encodeConsumeResponse } from './consume-response-codec.js';
export { decodeError, ERROR_TRAILER, encodeError } from './error-trailer.js';
export { decodeFetchResponse, encodeFetchResponse } from './fetch-response-codec.js';
export { checkFieldCount, MAX_FIELDS, MalformedMessageError, type MessageShape } from './field-limit.js';
export { type Gathered, gatheredBytes } from './gather.js';
export { fileDescriptors } from './generated/descriptors.js';
export { respool } from './generated/messages.js';
export { GROUP_SERVICE_NAME, groupService } from './group-service.js';
export { LOG_SERVICE_NAME, logService } from './log-service.js';
export type { MessageCodec, Method } from './method.js';
export { decodeProduceRequest, encodeProduceRequest } from './produce-request-codec.js';
