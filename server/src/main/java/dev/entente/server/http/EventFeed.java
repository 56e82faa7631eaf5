package dev.entente.server.http;

import org.jspecify.annotations.Nullable;

/** Tells one browser's tab what happens, for as long as its stream is open. Used by one thread. */
public interface EventFeed {
    /**
     * An event of a stream.
     *
     * @param name as the page's script listens for it
     * @param data one line, not empty
     * @param isLast whether the stream ends with it
     */
    record Event(String name, String data, boolean isLast) {
        String text() {
            return "event: " + name + "\ndata: " + data + "\n\n";
        }
    }

    /**
     * Returns what is to be told now; null for nothing. Asked once a second. Blocks; runs on a virtual thread.
     *
     * @throws RuntimeException for a defect: counted, and the stream ends
     */
    @Nullable
    Event next();
}
