package dev.entente.server.http;

import org.jspecify.annotations.Nullable;

/** The events for one browser tab, while its stream is open. Used by one thread. */
public interface EventFeed {
    /**
     * An event of a stream.
     *
     * @param name the name that the page's script listens for
     * @param data one line, not empty
     * @param isLast whether the stream ends with this event
     */
    record Event(String name, String data, boolean isLast) {
        String text() {
            return "event: " + name + "\ndata: " + data + "\n\n";
        }
    }

    /**
     * Returns the next event to send; null for none. Called once a second. Blocks; runs on a virtual thread.
     *
     * @throws RuntimeException for a defect: counted, and the stream ends
     */
    @Nullable
    Event next();
}
