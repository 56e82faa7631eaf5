package dev.entente.server.api.wire;

import dev.entente.core.transaction.Refusal;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Messages that nobody reads yet. */
public final class UnparsedBytes implements Marshaller<InputStream> {
    public static final UnparsedBytes AS_THEY_ARE = new UnparsedBytes(null);

    private final @Nullable Marshaller<?> reader;

    /** @param reader reads them later; null where it is not known */
    UnparsedBytes(@Nullable Marshaller<?> reader) {
        this.reader = reader;
    }

    /** Returns the message that a call of that form has sent; what came where that is none. */
    public static Object read(Marshaller<?> form, Object bytes) {
        try {
            return form instanceof UnparsedBytes known && known.reader != null && bytes instanceof InputStream stream
                    ? known.reader.parse(stream)
                    : bytes;
        } catch (StatusRuntimeException | Refusal unreadable) { // the caller is refused in any case
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
