package dev.entente.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import com.google.protobuf.UnsafeByteOperations;
import dev.entente.Internal;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes equal messages as equal bytes, independent of the order of map entries. */
@Internal
public final class SameBytes {
    private SameBytes() {}

    /** Returns the message with its map entries sorted by key. */
    public static ByteString of(MessageLite message) {
        byte[] bytes = new byte[message.getSerializedSize()];
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.useDeterministicSerialization();
        try {
            message.writeTo(out);
        } catch (IOException impossible) {
            throw new UncheckedIOException("an array of the right size cannot fail to be written", impossible);
        }
        return UnsafeByteOperations.unsafeWrap(bytes);
    }
}
