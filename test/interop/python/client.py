"""A client of the broker, with nothing but what protoc generates: python client.py HOST:PORT

Prints one JSON object that says what it saw; python.test.ts compares it with what it should have seen.
"""

import json
import sys

import grpc
from respool.v1 import admin_pb2, admin_pb2_grpc, error_pb2, log_pb2, log_pb2_grpc

TOPIC = "from-python"
TIMEOUT_S = 20


def main(address: str) -> None:
    with grpc.insecure_channel(address) as channel:
        admin = admin_pb2_grpc.AdminServiceStub(channel)
        log = log_pb2_grpc.LogServiceStub(channel)
        seen = {
            "created": create_topic(admin),
            "appended": append(log),
            "fetched": fetch(log, log_pb2.FetchRequest(topic=TOPIC, partition=1)),
            "filtered": fetch(
                log,
                log_pb2.FetchRequest(
                    topic=TOPIC, partition=1, filter=log_pb2.RecordFilter(key=b"second")
                ),
            ),
            "from_time": offset_at(log, 1_700_000_000_005),
            "unexpected_offset": error_of(lambda: append_expecting(log, 99)),
            "unknown_topic": error_of(
                lambda: list(
                    log.Fetch(log_pb2.FetchRequest(topic="nowhere"), timeout=TIMEOUT_S)
                )
            ),
            "same_topic_again": error_of(lambda: create_topic(admin)),
        }
    print(json.dumps(seen))


def create_topic(admin) -> dict:
    request = admin_pb2.CreateTopicRequest(
        topic=TOPIC,
        partitions=2,
        config=admin_pb2.TopicConfig(retention_ms=3_600_000, segment_bytes=4096),
    )
    topic = admin.CreateTopic(request, timeout=TIMEOUT_S).topic
    return {
        "topic": topic.topic,
        "partitions": len(topic.partitions),
        "overrides": sorted(topic.overrides),
    }


def append(log) -> list:
    records = [
        log_pb2.NewRecord(
            key=b"first",
            value=b"\x00\xff bytes",
            headers=[
                log_pb2.Header(key="trace", value=b"abc"),
                log_pb2.Header(key="trace", value=b""),
                log_pb2.Header(key="null"),
            ],
            timestamp_ms=1_700_000_000_000,
            partition=1,
        ),
        log_pb2.NewRecord(key=b"second", timestamp_ms=1_700_000_000_005, partition=1),
        log_pb2.NewRecord(value=b"", timestamp_ms=1_700_000_000_010, partition=1),
    ]
    answer = log.Append(log_pb2.AppendRequest(topic=TOPIC, records=records), timeout=TIMEOUT_S)
    return [[at.partition, at.offset, at.timestamp_ms] for at in answer.positions]


def append_expecting(log, offset: int) -> None:
    record = log_pb2.NewRecord(value=b"never stored", partition=1)
    request = log_pb2.AppendRequest(topic=TOPIC, records=[record], expected_offset=offset)
    log.Append(request, timeout=TIMEOUT_S)


def fetch(log, request) -> list:
    responses = log.Fetch(request, timeout=TIMEOUT_S)
    return [describe(record) for response in responses for record in response.records]


def describe(record) -> dict:
    return {
        "offset": record.offset,
        "timestamp_ms": record.timestamp_ms,
        "key": record.key.hex() if record.HasField("key") else None,
        "value": record.value.hex() if record.HasField("value") else None,
        "headers": [
            [header.key, header.value.hex() if header.HasField("value") else None]
            for header in record.headers
        ],
    }


def offset_at(log, timestamp_ms: int) -> list:
    query = log_pb2.OffsetQuery(
        topic=TOPIC, partition=1, at=log_pb2.Position(timestamp_ms=timestamp_ms)
    )
    answer = log.ListOffsets(log_pb2.ListOffsetsRequest(queries=[query]), timeout=TIMEOUT_S)
    return [answer.answers[0].offset, answer.answers[0].timestamp_ms]


def error_of(call) -> dict:
    try:
        call()
    except grpc.RpcError as failure:
        trailers = dict(failure.trailing_metadata())
        error = error_pb2.Error.FromString(trailers["respool-error-bin"])
        return {
            "status": failure.code().name,
            "code": error_pb2.ErrorCode.Name(error.code),
            "details": dict(error.details),
            "message_matches": failure.details() == error.message,
        }
    return {"status": "OK"}


if __name__ == "__main__":
    main(sys.argv[1])
