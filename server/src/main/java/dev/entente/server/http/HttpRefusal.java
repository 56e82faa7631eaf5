package dev.entente.server.http;

import java.util.Locale;

/** The reasons for which the HTTP port refuses a request or closes a connection. */
enum HttpRefusal {
    CONNECTIONS("a connection was closed for a newer one, for one peer, or all together, have as many as they may"),
    SILENT("a connection that sends no whole request in time"),
    TOO_SLOW("an answer that its client does not take in time"),
    TOO_MANY_BYTES("answers that their clients do not take, beyond the bytes that all together may leave so"),
    BODY("a request with a body, which no page takes"),
    TOO_LARGE("a request whose head is too large"),
    MALFORMED("bytes that are no request");

    private final String meaning;

    HttpRefusal(String meaning) {
        this.meaning = meaning;
    }

    /** Returns its value of the metric's label. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return meaning;
    }
}
