package dev.entente.server.participant.signing;

import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Seals texts with keys that all coordinators of one database share: {@code 1.KEY.CARRIED.SIGNATURE}. The signature is
 * an HMAC-SHA-256 over the purpose, the context that the reader already knows, and the carried text. Thread-safe; no
 * method blocks.
 */
public final class Seal {
    /** Accepts one spelling per signature: the last two bits of its 43 characters are unused and must be 0. */
    private static final Pattern FORM = Pattern.compile(
            "1\\.(0|[1-9][0-9]{0,4})\\.([A-Za-z0-9_-]{1,2048})\\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])");

    private final String purpose;
    private volatile List<SigningKey> keys;

    /**
     * @param purpose separates the signatures of this seal from those of other seals
     * @param keys all accepted keys, at least one; the first one signs
     */
    public Seal(String purpose, List<SigningKey> keys) {
        this.purpose = "entente-" + purpose + "-1";
        this.keys = List.copyOf(keys);
    }

    /** Replaces the keys: all accepted keys, at least one; the first one signs. */
    public void use(List<SigningKey> now) {
        keys = List.copyOf(now);
    }

    /**
     * Seals a text.
     *
     * @param carried 1 to 2048 letters, digits, dashes and underscores
     * @param beside the context, which is signed but not carried
     */
    public String seal(String carried, String... beside) {
        SigningKey key = keys.getFirst();
        String signature = Base64.getUrlEncoder().withoutPadding().encodeToString(signature(key, carried, beside));
        return "1." + key.id() + "." + carried + "." + signature;
    }

    /** Reads any text from a client; null if the form is wrong or no accepted key has the key id. */
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

    /** A text in the form of a sealed text, which may be forged. */
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

        /** Returns whether the text was sealed with the given context. */
        public boolean holds(String... beside) {
            return MessageDigest.isEqual(signature(key, carried, beside), signature);
        }
    }
}
