package dev.entente.server.http;

import org.jspecify.annotations.Nullable;

/** The pages for users: all paths except probes and scrapes. Thread-safe. */
public interface Website {
    /**
     * Responds to a GET or HEAD without a body, or to a form. Blocks; runs on a virtual thread. For a HEAD the text is
     * omitted later.
     *
     * @throws RuntimeException for a defect: the response is 500, and the defect is counted
     */
    WebResponse answer(WebRequest request);

    /** Returns the methods of a path, in the form of the header {@code Allow}; empty for no page. */
    String methods(String path);

    /** Returns the maximum size in bytes of a form for the path. */
    int mostFormBytes(String path);

    /** Responds to an unread form that exceeds the page's limit. Like {@link #answer}. */
    WebResponse tooLarge(WebRequest request);

    /**
     * Returns the stream of events for a tab; null for a path without a stream. Blocks; runs on a virtual thread.
     *
     * @throws RuntimeException for a defect: the response is 500, and the defect is counted
     */
    @Nullable
    EventFeed events(WebRequest request);
}
