package dev.entente.wire;

import dev.entente.Internal;
import io.grpc.Context;

/**
 * A mark in the gRPC context: this call passed the interceptor or filter that reads Entente's metadata. A marked call
 * without metadata comes from a person; in an unmarked call the metadata was never read. The mark also records whether
 * the call has reached a barrier.
 */
@Internal
public final class CallMark {
    private static final Context.Key<CallMark> KEY = Context.key("entente-call-mark");

    private volatile boolean hasReachedBarrier;

    private CallMark() {}

    /** Adds the mark to that context. */
    public static Context set(Context context) {
        return context.withValue(KEY, new CallMark());
    }

    /** Removes the mark from that context: the calls of a stream must pass their own interceptor. */
    public static Context removed(Context context) {
        return context.withValue(KEY, null);
    }

    /** Returns whether the current context has the mark. */
    public static boolean isSet() {
        return KEY.get() != null;
    }

    /** Records that the current call has reached a barrier. */
    public static void reachBarrier() {
        CallMark mark = KEY.get();
        if (mark != null) {
            mark.hasReachedBarrier = true;
        }
    }

    /** Returns whether the current call has reached a barrier. */
    public static boolean hasReachedBarrier() {
        CallMark mark = KEY.get();
        return mark != null && mark.hasReachedBarrier;
    }
}
