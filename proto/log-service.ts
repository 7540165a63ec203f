/** `respool.v1.LogService`, for `grpc.Server.addService` and for clients. */
import { decodeFetchResponse, encodeFetchResponse } from './fetch-response-codec.js';
import { respool } from './generated/messages.js';
import { codecOf, type MessageCodec, method } from './method.js';
import { decodeProduceRequest, encodeProduceRequest } from './produce-request-codec.js';

const v1 = respool.v1;

const produceRequest: MessageCodec<respool.v1.ProduceRequest.$Properties, respool.v1.ProduceRequest> = {
  encode: encodeProduceRequest,
  decode: decodeProduceRequest,
};

const fetchResponse: MessageCodec<respool.v1.FetchResponse.$Properties, respool.v1.FetchResponse> = {
  encode: encodeFetchResponse,
  decode: decodeFetchResponse,
};

const HEADER_SHAPE = {};

export const LOG_SERVICE_NAME = 'respool.v1.LogService';

export const logService = {
  InitProducer: method(
    `/${LOG_SERVICE_NAME}/InitProducer`,
    codecOf(v1.InitProducerRequest),
    codecOf(v1.InitProducerResponse),
  ),
  Produce: method(`/${LOG_SERVICE_NAME}/Produce`, produceRequest, codecOf(v1.ProduceResponse), {
    requestStream: true,
    responseStream: true,
    requestShape: { 1: {} },
  }),
  Append: method(`/${LOG_SERVICE_NAME}/Append`, codecOf(v1.AppendRequest), codecOf(v1.AppendResponse), {
    requestShape: { 2: { 3: HEADER_SHAPE } },
  }),
  Fetch: method(`/${LOG_SERVICE_NAME}/Fetch`, codecOf(v1.FetchRequest), fetchResponse, {
    responseStream: true,
    requestShape: { 9: { 2: HEADER_SHAPE } },
  }),
  ListOffsets: method(
    `/${LOG_SERVICE_NAME}/ListOffsets`,
    codecOf(v1.ListOffsetsRequest),
    codecOf(v1.ListOffsetsResponse),
    { requestShape: { 1: {} } },
  ),
};
