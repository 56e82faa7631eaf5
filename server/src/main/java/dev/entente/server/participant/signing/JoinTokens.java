package dev.entente.server.participant.signing;

/**
 * Tokens by which the participant of a try proves that it was called for that branch, so that it may register children
 * below it. A token seals gid, branch and fence, after Google's macaroons: whoever holds it needs no other right.
 * Thread-safe.
 *
 * <p>Nobody can make one without a key, so a stranger's guess tells nothing about which transactions exist.
 */
public final class JoinTokens {
    /** The metadata, or header, in which a call carries its token. */
    public static final String METADATA = "entente-join";

    /** The purpose of its keys. */
    public static final String PURPOSE = "join";

    /** A branch lies below so many others at most: each costs whoever checks a microsecond. */
    private static final int MAX_DEPTH = 128;

    private final Seal seal;

    /** @param seal for {@link #PURPOSE} */
    public JoinTokens(Seal seal) {
        this.seal = seal;
    }

    /**
     * The token for a call of that branch.
     *
     * @param fence of the call; 0 where nobody owns the transaction yet
     * @return at most 70 printable characters
     */
    public String of(String gid, String branch, long fence) {
        return seal.seal(Long.toString(fence), gid, branch);
    }

    /**
     * Tells whether it is the token of that branch, or of one that the branch lies below. Which fence it was made for
     * makes no difference: another coordinator may have taken the transaction over meanwhile.
     *
     * @param token as somebody sent it; may be anything
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
