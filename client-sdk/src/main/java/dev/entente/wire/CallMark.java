package dev.entente.wire;

import dev.entente.Internal;
import io.grpc.Context;

/**
 * A mark in the gRPC context: this call passed the interceptor or filter that reads Entente's metadata. A marked call
 * without metadata comes from a person; in an unmarked one the metadata was never read.
 */
@Internal
public final class CallMark {
    private static final Context.Key<Boolean> KEY = Context.key("entente-call-mark");

    private CallMark() {}

    /** Adds the mark to that context. */
    public static Context set(Context context) {
        return context.withValue(KEY, true);
    }

    /** Takes the mark out of that context: the calls of a stream must pass an interceptor of their own. */
    public static Context removed(Context context) {
        return context.withValue(KEY, false);
    }

    /** Returns whether the current context has the mark. */
    public static boolean isSet() {
        return Boolean.TRUE.equals(KEY.get());
    }
}
