"""Event files by google.protobuf and a CRC-32C of its own, from TensorFlow's message definitions.

Without arguments it writes tensorboard_events.tfevents, the golden file of tensorboard_test.ts;
with the path of an event file it checks every CRC and prints the events:

/usr/bin/python3 tests/golden/tensorboard_events.py [file]
"""

import struct
import sys
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

F = descriptor_pb2.FieldDescriptorProto
# tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto, the fields in use.
MESSAGES = {
    "Image": [("height", 1, F.TYPE_INT32), ("width", 2, F.TYPE_INT32), ("colorspace", 3, F.TYPE_INT32),
              ("encoded_image_string", 4, F.TYPE_BYTES)],
    "Value": [("tag", 1, F.TYPE_STRING), ("simple_value", 2, F.TYPE_FLOAT), ("image", 4, "Image")],
    "Summary": [("value", 1, "Value*")],
    "SessionLog": [("status", 1, F.TYPE_INT32)],
    "Event": [("wall_time", 1, F.TYPE_DOUBLE), ("step", 2, F.TYPE_INT64), ("file_version", 3, F.TYPE_STRING),
              ("summary", 5, "Summary"), ("session_log", 7, "SessionLog")],
}


def event_class():
    file = descriptor_pb2.FileDescriptorProto(name="event.proto", package="tb", syntax="proto3")
    for message, fields in MESSAGES.items():
        descriptor = file.message_type.add(name=message)
        for name, number, kind in fields:
            field = descriptor.field.add(name=name, number=number, label=F.LABEL_OPTIONAL)
            if isinstance(kind, int):
                field.type = kind
                continue
            field.type, field.type_name = F.TYPE_MESSAGE, ".tb." + kind.rstrip("*")
            if kind.endswith("*"):
                field.label = F.LABEL_REPEATED
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName("tb.Event"))


Event = event_class()


def masked_crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(data):
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked_crc(length)) + data + struct.pack("<I", masked_crc(data))


def read(path):
    data, position = Path(path).read_bytes(), 0
    while position < len(data):
        (length,) = struct.unpack_from("<Q", data, position)
        assert struct.unpack_from("<I", data, position + 8)[0] == masked_crc(data[position : position + 8])
        body = data[position + 12 : position + 12 + length]
        assert struct.unpack_from("<I", data, position + 12 + length)[0] == masked_crc(body)
        yield Event.FromString(body)
        position += length + 16


def golden():
    wall_time = 1700000000.25
    start = Event(wall_time=wall_time, file_version="brain.Event:2")
    resumed = Event(wall_time=wall_time, step=3)
    resumed.session_log.status = 1
    scalars = Event(wall_time=wall_time, step=3)
    scalars.summary.value.add(tag="epoch_loss", simple_value=0.5)
    scalars.summary.value.add(tag="epoch_iou", simple_value=0.1)
    image = Event(wall_time=wall_time, step=300)
    value = image.summary.value.add(tag="predictions/a b/image")
    value.image.height, value.image.width, value.image.colorspace = 2, 3, 3
    value.image.encoded_image_string = bytes(range(200)) * 2
    return [start, resumed, scalars, image]


if len(sys.argv) > 1:
    for event in read(sys.argv[1]):
        text = str(event)
        print("---", text if len(text) < 600 else text[:600] + "…", sep="\n")
else:
    path = Path(__file__).with_suffix(".tfevents")
    path.write_bytes(b"".join(record(event.SerializeToString(deterministic=True)) for event in golden()))
    assert list(read(path)) == golden()
