package dev.entente.server.console;

import dev.entente.server.http.WebRequest;

/** Tells forms of our own pages from those of others, which a browser sends with the same cookies. */
final class OwnForms {
    private OwnForms() {}

    /**
     * Browsers say where a form came from: in one header by its relation, in the other by its address. One of them must
     * be there, and each that is there must name this console.
     */
    static boolean isOurs(WebRequest request) {
        String site = request.head("Sec-Fetch-Site");
        String origin = request.head("Origin");
        boolean isSaid = !site.isEmpty() || !origin.isEmpty();
        return isSaid
                && (site.isEmpty() || site.equals("same-origin"))
                && (origin.isEmpty() || isOurs(origin, request));
    }

    private static boolean isOurs(String origin, WebRequest request) {
        String host = request.head("Host");
        boolean isPlainOne = !request.isSecure() && origin.equalsIgnoreCase("http://" + host);
        return isPlainOne || origin.equalsIgnoreCase("https://" + host);
    }
}
