package dev.entente.server.api.access;

import java.util.Locale;

/** A role of a token. A token may have several roles. */
public enum Access {
    /** Allows Submit, Begin, RegisterBranch, Commit, Abort, and Get and Watch by gid. */
    SUBMITTER,
    /** Allows Get, Watch, List and Count of all transactions, without payloads. */
    VIEWER,
    /** Allows the calls of a viewer, with payloads; each call of OperatorService; Abort and DecideApproval. */
    OPERATOR,
    /** Allows the calls of an operator, and each call of TopicService. */
    ADMIN;

    /** Returns the name of the role in files and on the command line: {@code operator}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException for an unknown role name; the message lists the roles */
    public static Access of(String label) {
        for (Access access : values()) {
            if (access.label().equals(label)) {
                return access;
            }
        }
        throw new IllegalArgumentException(
                "'" + label + "' is not a valid role; use one of: submitter, viewer, operator, admin");
    }
}
