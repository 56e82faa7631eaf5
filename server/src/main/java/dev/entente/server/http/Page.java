package dev.entente.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** An answer over HTTP: its status, its type and its text. */
record Page(int status, String type, ByteBuffer text) {
    static final String PLAIN = "text/plain; charset=utf-8";
    private static final String EXPOSITION = "text/plain; version=0.0.4; charset=utf-8";

    static final Page NOT_FOUND = plain(404, "not found\n");
    static final Page GET_ONLY = plain(405, "GET only\n");
    static final Page NO_BODY = plain(413, "no body is taken here\n");

    static Page plain(int status, String text) {
        return of(status, PLAIN, text);
    }

    /** Returns the answer to a scrape, in Prometheus' text format. */
    static Page exposition(String text) {
        return of(200, EXPOSITION, text);
    }

    private static Page of(int status, String type, String text) {
        return new Page(status, type, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Returns its bytes, to be read once. */
    ByteBuffer bytes() {
        return text.duplicate();
    }
}
