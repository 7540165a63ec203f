/** `respool.v1.GroupService`, for `grpc.Server.addService` and for clients. */
import { decodeConsumeResponse, encodeConsumeResponse } from './consume-response-codec.js';
import { PACKED } from './field-limit.js';
import { respool } from './generated/messages.js';
import { codecOf, type MessageCodec, method } from './method.js';

const v1 = respool.v1;

const consumeResponse: MessageCodec<respool.v1.ConsumeResponse.$Properties, respool.v1.ConsumeResponse> = {
  encode: encodeConsumeResponse,
  decode: decodeConsumeResponse,
};

export const GROUP_SERVICE_NAME = 'respool.v1.GroupService';

const OFFSET_SHAPE = {};
const OWNED_SHAPE = {};

export const groupService = {
  Consume: method(`/${GROUP_SERVICE_NAME}/Consume`, codecOf(v1.ConsumeRequest), consumeResponse, {
    requestStream: true,
    responseStream: true,
    requestShape: { 1: {}, 3: { 2: OFFSET_SHAPE }, 4: OWNED_SHAPE, 5: { 1: OWNED_SHAPE, 3: {} } },
  }),
  ListGroups: method(
    `/${GROUP_SERVICE_NAME}/ListGroups`,
    codecOf(v1.ListGroupsRequest),
    codecOf(v1.ListGroupsResponse),
  ),
  DescribeGroups: method(
    `/${GROUP_SERVICE_NAME}/DescribeGroups`,
    codecOf(v1.DescribeGroupsRequest),
    codecOf(v1.DescribeGroupsResponse),
  ),
  CommitOffsets: method(
    `/${GROUP_SERVICE_NAME}/CommitOffsets`,
    codecOf(v1.CommitOffsetsRequest),
    codecOf(v1.CommitOffsetsResponse),
    { requestShape: { 2: OFFSET_SHAPE } },
  ),
  ResetOffsets: method(
    `/${GROUP_SERVICE_NAME}/ResetOffsets`,
    codecOf(v1.ResetOffsetsRequest),
    codecOf(v1.ResetOffsetsResponse),
    { requestShape: { 3: { 2: PACKED }, 4: { 7: {}, 8: { 1: OFFSET_SHAPE } } } },
  ),
  DeleteGroup: method(
    `/${GROUP_SERVICE_NAME}/DeleteGroup`,
    codecOf(v1.DeleteGroupRequest),
    codecOf(v1.DeleteGroupResponse),
  ),
  CreateSnapshot: method(
    `/${GROUP_SERVICE_NAME}/CreateSnapshot`,
    codecOf(v1.CreateSnapshotRequest),
    codecOf(v1.CreateSnapshotResponse),
  ),
  ListSnapshots: method(
    `/${GROUP_SERVICE_NAME}/ListSnapshots`,
    codecOf(v1.ListSnapshotsRequest),
    codecOf(v1.ListSnapshotsResponse),
  ),
  DescribeSnapshot: method(
    `/${GROUP_SERVICE_NAME}/DescribeSnapshot`,
    codecOf(v1.DescribeSnapshotRequest),
    codecOf(v1.DescribeSnapshotResponse),
  ),
  DeleteSnapshot: method(
    `/${GROUP_SERVICE_NAME}/DeleteSnapshot`,
    codecOf(v1.DeleteSnapshotRequest),
    codecOf(v1.DeleteSnapshotResponse),
  ),
};
