package dev.entente.core.payload;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One field of a message in wire format.
 *
 * @param content the bytes after the tag: without the length of a length-delimited field, and without a group's end tag
 */
record WireField(int number, int wireType, ByteString content) {

    static WireField message(int number, ByteString content) {
        return new WireField(number, WireFormat.WIRETYPE_LENGTH_DELIMITED, content);
    }

    boolean mayBeMessage() {
        return wireType == WireFormat.WIRETYPE_LENGTH_DELIMITED;
    }

    /**
     * Returns the fields of a message in wire order, or null if the bytes are not a message. Time and memory are linear
     * in the bytes: lengths are checked against the remaining bytes before any read, and protobuf's recursion limit
     * bounds nested groups.
     */
    static @Nullable List<WireField> all(ByteString message) {
        List<WireField> fields = new ArrayList<>();
        CodedInputStream in = message.newCodedInput();
        try {
            while (!in.isAtEnd()) {
                int tag = in.readTag();
                int start = in.getTotalBytesRead();
                if (!in.skipField(tag)) {
                    return null;
                }
                fields.add(read(tag, message.substring(start, in.getTotalBytesRead())));
            }
            return fields;
        } catch (InvalidProtocolBufferException _) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException("bytes in memory cannot fail to be read", e);
        }
    }

    private static WireField read(int tag, ByteString value) throws IOException {
        int number = WireFormat.getTagFieldNumber(tag);
        int wireType = WireFormat.getTagWireType(tag);
        ByteString content = switch (wireType) {
            case WireFormat.WIRETYPE_LENGTH_DELIMITED -> withoutLength(value);
            case WireFormat.WIRETYPE_START_GROUP ->
                value.substring(0, value.size() - CodedOutputStream.computeTagSize(number));
            default -> value;
        };
        return new WireField(number, wireType, content);
    }

    private static ByteString withoutLength(ByteString value) throws IOException {
        CodedInputStream in = value.newCodedInput();
        in.readRawVarint32();
        return value.substring(in.getTotalBytesRead());
    }

    /** Writes the field with another number. */
    void write(int asNumber, CodedOutputStream out) throws IOException {
        out.writeTag(asNumber, wireType);
        switch (wireType) {
            case WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
                out.writeUInt32NoTag(content.size());
                out.writeRawBytes(content);
            }
            case WireFormat.WIRETYPE_START_GROUP -> {
                out.writeRawBytes(content);
                out.writeTag(asNumber, WireFormat.WIRETYPE_END_GROUP);
            }
            default -> out.writeRawBytes(content);
        }
    }
}
