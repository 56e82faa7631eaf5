package dev.entente.server.participant.signing;

import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Seals texts with keys that all coordinators of one database share: {@code 1.KEY.CARRIED.SIGNATURE}. The signature is
 * an HMAC-SHA-256 over what the seal is for, what the reader has to know itself, and what the text carries.
 * Thread-safe; nothing blocks.
 */
public final class Seal {
    /** One spelling of each: the last two bits of 43 characters stand for nothing. */
    private static final Pattern FORM = Pattern.compile(
            "1\\.(0|[1-9][0-9]{0,4})\\.([A-Za-z0-9_-]{1,2048})\\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])");

    private final String purpose;
    private volatile List<SigningKey> keys;

    /**
     * @param purpose tells its signatures from those of other seals
     * @param keys all that are believed, at least one; the first one signs
     */
    public Seal(String purpose, List<SigningKey> keys) {
        this.purpose = "entente-" + purpose + "-1";
        this.keys = List.copyOf(keys);
    }

    /** Goes on with other keys: all that are believed from now on, at least one; the first one signs. */
    public void use(List<SigningKey> now) {
        keys = List.copyOf(now);
    }

    /**
     * Seals a text.
     *
     * @param carried 1 to 2048 letters, digits, dashes and underscores
     * @param beside what is signed with it and not carried
     */
    public String seal(String carried, String... beside) {
        SigningKey key = keys.getFirst();
        String signature = Base64.getUrlEncoder().withoutPadding().encodeToString(signature(key, carried, beside));
        return "1." + key.id() + "." + carried + "." + signature;
    }

    /** Reads what somebody sent, which may be anything; null where no key that is believed could have sealed it. */
    public @Nullable Claim read(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            return null;
        }
        int id = Integer.parseInt(parts.group(1));
        return keys.stream()
                .filter(key -> key.id() == id)
                .findFirst()
                .map(key ->
                        new Claim(key, parts.group(2), Base64.getUrlDecoder().decode(parts.group(3))))
                .orElse(null);
    }

    private byte[] signature(SigningKey key, String carried, String... beside) {
        String[] texts = new String[beside.length + 2];
        texts[0] = purpose;
        System.arraycopy(beside, 0, texts, 1, beside.length);
        texts[beside.length + 1] = carried;
        return key.sign(texts);
    }

    /** A text that looks sealed, and may be forged. */
    public final class Claim {
        private final SigningKey key;
        private final String carried;
        private final byte[] signature;

        private Claim(SigningKey key, String carried, byte[] signature) {
            this.key = key;
            this.carried = carried;
            this.signature = signature;
        }

        public String carried() {
            return carried;
        }

        /** Tells whether it was sealed with that beside it. */
        public boolean holds(String... beside) {
            return MessageDigest.isEqual(signature(key, carried, beside), signature);
        }
    }
}
