package dev.entente.server.api.wire;

import dev.entente.core.transaction.Refusal;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Messages that are not parsed yet. */
public final class UnparsedBytes implements Marshaller<InputStream> {
    public static final UnparsedBytes AS_THEY_ARE = new UnparsedBytes(null);

    private final @Nullable Marshaller<?> reader;

    /** @param reader parses the messages later; null for an unknown type */
    UnparsedBytes(@Nullable Marshaller<?> reader) {
        this.reader = reader;
    }

    /** Returns the message of a call with this marshaller, or the input if the message is unreadable. */
    public static Object read(Marshaller<?> form, Object bytes) {
        try {
            return form instanceof UnparsedBytes known && known.reader != null && bytes instanceof InputStream stream
                    ? known.reader.parse(stream)
                    : bytes;
        } catch (StatusRuntimeException | Refusal unreadable) { // the call is refused anyway
            return bytes;
        }
    }

    @Override
    public InputStream stream(InputStream value) {
        return value;
    }

    @Override
    public InputStream parse(InputStream stream) {
        return stream;
    }
}
