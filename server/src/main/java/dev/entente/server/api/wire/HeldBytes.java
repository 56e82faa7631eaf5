package dev.entente.server.api.wire;

import java.util.concurrent.atomic.AtomicLong;

/** Counts the bytes of unfinished requests on all connections, up to a limit. Thread-safe. */
final class HeldBytes {
    private final long most;
    private final AtomicLong bytes = new AtomicLong();

    HeldBytes(long most) {
        this.most = most;
    }

    /** Adds them, or changes nothing and returns false where they do not fit. */
    boolean tryHold(int more) {
        if (bytes.addAndGet(more) <= most) {
            return true;
        }
        bytes.addAndGet(-more);
        return false;
    }

    void release(int fewer) {
        bytes.addAndGet(-fewer);
    }

    long bytes() {
        return bytes.get();
    }
}
