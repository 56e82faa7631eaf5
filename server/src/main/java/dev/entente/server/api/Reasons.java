package dev.entente.server.api;

/** Checks the reasons that people give. They are stored in the row's history and in the audit, so they are bounded. */
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
