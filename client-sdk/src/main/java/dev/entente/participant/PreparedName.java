package dev.entente.participant;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of a branch's prepared transaction: {@code ent/<gid>/<branch>}. PostgreSQL accepts names of less than 200
 * bytes, which is enough for the longest gid and branch.
 */
record PreparedName(String gid, String branchName) {
    static final String PREFIX = "ent/";

    private static final int LONGEST = 199;
    /**
     * The accepted characters. PostgreSQL accepts no parameter for the name, so the name is part of the statement's
     * text; and metadata can be forged.
     */
    private static final Pattern VALID_NAME = Pattern.compile("[A-Za-z0-9._:~/-]+");

    /** @throws Rejection if PostgreSQL does not accept the name */
    static String of(Branch branch) {
        String name = new PreparedName(branch.gid(), branch.name()).text();
        if (name.length() > LONGEST || !VALID_NAME.matcher(name).matches()) {
            throw new Rejection(
                    "UNNAMEABLE",
                    "the gid and branch of this call cannot be the name of a prepared transaction; use shorter ones, of"
                            + " letters, digits and . _ : -");
        }
        return name;
    }

    /**
     * Parses a name; returns empty for a name that is not Entente's. The branch's name contains no slash, but the gid
     * may.
     */
    static Optional<PreparedName> parse(String text) {
        int last = text.lastIndexOf('/');
        boolean isOurs = text.startsWith(PREFIX) && last > PREFIX.length() && last < text.length() - 1;
        return isOurs
                ? Optional.of(new PreparedName(text.substring(PREFIX.length(), last), text.substring(last + 1)))
                : Optional.empty();
    }

    String text() {
        return PREFIX + gid + "/" + branchName;
    }

    Branch branch(BranchOp op) {
        return Branch.of(gid, branchName, op);
    }
}
