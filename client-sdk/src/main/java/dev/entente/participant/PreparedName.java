package dev.entente.participant;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of a branch's prepared transaction: {@code ent/<gid>/<branch>}. PostgreSQL takes names of less than 200
 * bytes, and the longest gid and branch fit.
 */
record PreparedName(String gid, String branchName) {
    static final String PREFIX = "ent/";

    private static final int LONGEST = 199;
    /** It stands in a statement's text, for PostgreSQL takes it as no parameter; and metadata can be forged. */
    private static final Pattern SOUND = Pattern.compile("[A-Za-z0-9._:~/-]+");

    /** @throws Rejection if PostgreSQL could not take it */
    static String of(Branch branch) {
        String name = new PreparedName(branch.gid(), branch.name()).text();
        if (name.length() > LONGEST || !SOUND.matcher(name).matches()) {
            throw new Rejection(
                    "UNNAMEABLE",
                    "nothing can be prepared under the gid and branch of this call; use shorter, plain ones");
        }
        return name;
    }

    /** The name, read back; empty if it is none of ours. A branch's name has no slash here, a gid may have. */
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
