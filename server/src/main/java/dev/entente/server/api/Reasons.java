package dev.entente.server.api;

/** What people give as a reason. It stands in the row's history and in the audit, so it is bounded. */
final class Reasons {
    private static final int MAX_CHARACTERS = 1000;

    private Reasons() {}

    /** @throws dev.entente.server.transaction.Refusal ENT-001 where it is too long, or holds what no column can */
    static String checked(String reason) {
        if (reason.length() > MAX_CHARACTERS) {
            throw Filters.malformed(
                    "reason", "has " + reason.length() + " characters, at most " + MAX_CHARACTERS + " are kept");
        }
        return Filters.text(reason, "reason");
    }
}
