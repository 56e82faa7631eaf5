package dev.entente.server.api.access;

import java.util.Locale;

/** The purpose of a token. A token may have several. */
public enum Access {
    /** Submit, Begin, RegisterBranch, Commit, Abort, and Get and Watch by gid. */
    SUBMITTER,
    /** Get, Watch, List and Count of all transactions, without payloads. */
    VIEWER,
    /** All that a viewer may, with payloads; every call of OperatorService; Abort and DecideApproval. */
    OPERATOR,
    /** All that an operator may, and every call of TopicService. */
    ADMIN;

    /** As it stands in files and on the command line: {@code operator}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException for a name that no role has; says which there are */
    public static Access of(String label) {
        for (Access access : values()) {
            if (access.label().equals(label)) {
                return access;
            }
        }
        throw new IllegalArgumentException(
                "'" + label + "' is no role; use one of: submitter, viewer, operator, admin");
    }
}
