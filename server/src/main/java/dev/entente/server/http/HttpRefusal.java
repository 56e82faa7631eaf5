package dev.entente.server.http;

import java.util.Locale;

/** The reasons for which the HTTP port refuses a request. */
enum HttpRefusal {
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
