package dev.entente.server.participant.signing;

/**
 * Tokens that prove that the participant of a try was called for its branch. With the token the participant may
 * register children below the branch. A token seals gid, branch and fence, and its holder needs no other right, as with
 * Google's macaroons. Thread-safe.
 *
 * <p>Only a holder of a key can make a token, so a guessed token does not reveal which transactions exist.
 */
public final class JoinTokens {
    /** The metadata key, or header, of the token in a call. */
    public static final String METADATA = "entente-join";

    /** The purpose of the keys. */
    public static final String PURPOSE = "join";

    /** The maximum number of checked levels: a branch and its ancestors. Each check takes about a microsecond. */
    private static final int MAX_DEPTH = 128;

    private final Seal seal;

    /** @param seal for {@link #PURPOSE} */
    public JoinTokens(Seal seal) {
        this.seal = seal;
    }

    /**
     * Returns the token for a call of a branch.
     *
     * @param fence of the call; 0 if no coordinator owns the transaction yet
     * @return at most 70 printable characters
     */
    public String of(String gid, String branch, long fence) {
        return seal.seal(Long.toString(fence), gid, branch);
    }

    /**
     * Returns whether a token belongs to a branch or to one of its ancestors. The fence in the token is ignored,
     * because another coordinator may have taken over the transaction meanwhile.
     *
     * @param token any text from a client
     */
    public boolean proves(String token, String gid, String branch) {
        Seal.Claim claim = seal.read(token);
        if (claim == null) {
            return false;
        }
        boolean isProven = false;
        int end = branch.length();
        for (int depth = 0; end > 0 && depth < MAX_DEPTH; depth++) {
            isProven |= claim.holds(gid, branch.substring(0, end));
            end = branch.lastIndexOf('/', end - 1);
        }
        return isProven;
    }
}
