package dev.entente.server.participant.signing;

import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tokens by which the participant of a try proves that it was called for that branch, so that it may register children
 * below it. A token is an HMAC-SHA-256 over gid, branch and fence, after Google's macaroons: whoever holds it needs no
 * other right. Thread-safe.
 *
 * <p>Nobody can make one without a key, so a stranger's guess tells nothing about which transactions exist.
 */
public final class JoinTokens {
    /** The metadata, or header, in which a call carries its token. */
    public static final String METADATA = "entente-join";

    private static final String PURPOSE = "entente-join-1";
    /** One spelling of each: the last two bits of 43 characters stand for nothing. */
    private static final Pattern FORM =
            Pattern.compile("1\\.(0|[1-9][0-9]{0,4})\\.(0|[1-9][0-9]{0,18})\\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])");
    /** A branch lies below so many others at most: each costs whoever checks a microsecond. */
    private static final int MAX_DEPTH = 128;

    private volatile List<SigningKey> keys;

    /** @param keys all that are believed, at least one; the first one signs */
    public JoinTokens(List<SigningKey> keys) {
        this.keys = List.copyOf(keys);
    }

    /** Goes on with other keys: all that are believed from now on, at least one; the first one signs. */
    public void use(List<SigningKey> now) {
        keys = List.copyOf(now);
    }

    /**
     * The token for a call of that branch.
     *
     * @param fence of the call; 0 where nobody owns the transaction yet
     * @return at most 70 printable characters
     */
    public String of(String gid, String branch, long fence) {
        SigningKey key = keys.getFirst();
        String signed = Base64.getUrlEncoder().withoutPadding().encodeToString(mac(key, gid, branch, fence));
        return "1." + key.id() + "." + fence + "." + signed;
    }

    /**
     * Tells whether it is the token of that branch, or of one that the branch lies below. Which fence it was made for
     * makes no difference: another coordinator may have taken the transaction over meanwhile.
     *
     * @param token as somebody sent it; may be anything
     */
    public boolean proves(String token, String gid, String branch) {
        Matcher parts = FORM.matcher(token);
        SigningKey key = parts.matches() ? find(Integer.parseInt(parts.group(1))) : null;
        if (key == null) {
            return false;
        }
        byte[] claimed = Base64.getUrlDecoder().decode(parts.group(3));
        boolean isProven = false;
        int end = branch.length();
        for (int depth = 0; end > 0 && depth < MAX_DEPTH; depth++) {
            byte[] signed = key.sign(PURPOSE, gid, branch.substring(0, end), parts.group(2));
            isProven |= MessageDigest.isEqual(signed, claimed);
            end = branch.lastIndexOf('/', end - 1);
        }
        return isProven;
    }

    private static byte[] mac(SigningKey key, String gid, String branch, long fence) {
        return key.sign(PURPOSE, gid, branch, Long.toString(fence));
    }

    private @Nullable SigningKey find(int id) {
        return keys.stream().filter(key -> key.id() == id).findFirst().orElse(null);
    }
}
