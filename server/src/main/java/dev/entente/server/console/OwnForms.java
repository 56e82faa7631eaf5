package dev.entente.server.console;

import dev.entente.server.http.WebRequest;

/** Tells forms of our own pages from those of others, which a browser sends with the same cookies. */
final class OwnForms {
    private OwnForms() {}

    /** Browsers say where a form came from: in one header by its relation, in the other by its address. */
    static boolean isOurs(WebRequest request) {
        String site = request.head("Sec-Fetch-Site");
        if (!site.isEmpty()) {
            return site.equals("same-origin");
        }
        String origin = request.head("Origin");
        int host = origin.indexOf("://");
        return host > 0 && origin.substring(host + 3).equalsIgnoreCase(request.head("Host"));
    }
}
