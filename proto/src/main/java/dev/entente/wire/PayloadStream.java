package dev.entente.wire;

import com.google.protobuf.ByteString;
import dev.entente.Internal;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * A message's bytes for gRPC. The length is known, so a reader need not guess it. The bytes go into the frame directly:
 * gRPC checks for {@link Drainable} before it copies through its own buffer.
 */
@Internal
public final class PayloadStream extends InputStream implements Drainable, KnownLength {
    private final ByteString bytes;
    private int position;

    public PayloadStream(ByteString bytes) {
        this.bytes = bytes;
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
        ByteString rest = position == 0 ? bytes : bytes.substring(position);
        rest.writeTo(target);
        position = bytes.size();
        return rest.size();
    }

    @Override
    public int available() {
        return bytes.size() - position;
    }

    @Override
    public int read() {
        return position < bytes.size() ? bytes.byteAt(position++) & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        int count = Math.min(length, available());
        if (count == 0) {
            return length == 0 ? 0 : -1;
        }
        bytes.substring(position, position + count).copyTo(target, offset);
        position += count;
        return count;
    }
}
