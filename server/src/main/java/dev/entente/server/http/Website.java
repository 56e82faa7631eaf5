package dev.entente.server.http;

import org.jspecify.annotations.Nullable;

/** Answers what is no probe and no scrape: pages for people. Thread-safe. */
public interface Website {
    /**
     * Answers a GET or HEAD without a body, or a form. Blocks; runs on a virtual thread. Of a HEAD the text is left out
     * later.
     *
     * @throws RuntimeException for a defect: answered with 500, and counted
     */
    WebAnswer answer(WebRequest request);

    /** Returns the methods that a path takes, as the header {@code Allow} has them; empty for no page. */
    String methods(String path);

    /** Returns the bytes of the largest form that the page of that path takes. */
    int mostFormBytes(String path);

    /** Answers a form that is larger than its page takes, and was not read. As {@link #answer}. */
    WebAnswer tooLarge(WebRequest request);

    /**
     * Returns what a tab's stream of events tells; null for a path that has none. Blocks; runs on a virtual thread.
     *
     * @throws RuntimeException for a defect: answered with 500, and counted
     */
    @Nullable
    EventFeed events(WebRequest request);
}
