/** `respool.v1.AdminService`, for `grpc.Server.addService` and for clients. */
import { respool } from './generated/messages.js';
import { codecOf, method } from './method.js';

const v1 = respool.v1;

export const ADMIN_SERVICE_NAME = 'respool.v1.AdminService';

export const adminService = {
  CreateTopic: method(
    `/${ADMIN_SERVICE_NAME}/CreateTopic`,
    codecOf(v1.CreateTopicRequest),
    codecOf(v1.CreateTopicResponse),
    { requestShape: { 3: {} } },
  ),
  AlterTopic: method(
    `/${ADMIN_SERVICE_NAME}/AlterTopic`,
    codecOf(v1.AlterTopicRequest),
    codecOf(v1.AlterTopicResponse),
    { requestShape: { 3: {} } },
  ),
  DeleteTopic: method(
    `/${ADMIN_SERVICE_NAME}/DeleteTopic`,
    codecOf(v1.DeleteTopicRequest),
    codecOf(v1.DeleteTopicResponse),
  ),
  DescribeTopics: method(
    `/${ADMIN_SERVICE_NAME}/DescribeTopics`,
    codecOf(v1.DescribeTopicsRequest),
    codecOf(v1.DescribeTopicsResponse),
  ),
  TruncatePrefix: method(
    `/${ADMIN_SERVICE_NAME}/TruncatePrefix`,
    codecOf(v1.TruncatePrefixRequest),
    codecOf(v1.TruncatePrefixResponse),
  ),
};
