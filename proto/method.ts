/** A method of a service, in the form that grpc-js wants of clients and servers alike. */
import { checkFieldCount, type MessageShape } from './field-limit.js';
import type { Gathered } from './gather.js';

/**
 * How one message is written and read. `In` is what callers may write (fields may be left out), `Out` what is read (defaults are filled
 * in). Values that are bytes are views into the bytes that were read.
 */
export interface MessageCodec<In, Out extends In> {
  encode(message: In): Gathered | Buffer;
  decode(bytes: Buffer): Out;
}

/** Fits grpc-js's `MethodDefinition`. */
export interface Method<RequestIn, Request extends RequestIn, ResponseIn, Response extends ResponseIn> {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  requestSerialize(request: RequestIn): Buffer;
  /** Throws if the request is malformed or holds too many fields. */
  requestDeserialize(bytes: Buffer): Request;
  responseSerialize(response: ResponseIn): Buffer;
  responseDeserialize(bytes: Buffer): Response;
}

/** The static class that protobufjs generates for a message. */
interface GeneratedMessage<In, Out> {
  encode(message: In): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Out;
}

export function codecOf<In, Out extends In>(generated: GeneratedMessage<In, Out>): MessageCodec<In, Out> {
  return {
    encode(message) {
      const bytes = generated.encode(message).finish();
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    decode: (bytes) => generated.decode(bytes),
  };
}

export interface MethodKind {
  requestStream?: boolean;
  responseStream?: boolean;
  /** The fields of the request that hold messages, for the count of fields. */
  requestShape?: MessageShape;
}

export function method<RequestIn, Request extends RequestIn, ResponseIn, Response extends ResponseIn>(
  path: string,
  request: MessageCodec<RequestIn, Request>,
  response: MessageCodec<ResponseIn, Response>,
  { requestStream = false, responseStream = false, requestShape = {} }: MethodKind = {},
): Method<RequestIn, Request, ResponseIn, Response> {
  return {
    path,
    requestStream,
    responseStream,
    requestSerialize: (message) => asSerialized(request.encode(message)),
    requestDeserialize(bytes) {
      checkFieldCount(bytes, requestShape);
      return request.decode(bytes);
    },
    responseSerialize: (message) => asSerialized(response.encode(message)),
    responseDeserialize: (bytes) => response.decode(bytes),
  };
}

/** grpc-js's type asks for a Buffer, its code for no more than {@link Gathered}; a test holds it to that. */
function asSerialized(message: Gathered | Buffer): Buffer {
  return message as Buffer;
}
