package dev.entente.server.participant.signing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A secret, and its number among the keys of its purpose. Immutable and thread-safe. */
public final class SigningKey {
    private static final String ALGORITHM = "HmacSHA256";

    private final int id;
    private final SecretKeySpec secret;

    /**
     * @param id from 1, or 0 for the only key of its purpose
     * @param secret not empty
     */
    public SigningKey(int id, byte[] secret) {
        this.id = id;
        this.secret = new SecretKeySpec(secret, ALGORITHM);
    }

    /** Returns the number among the keys of the purpose. */
    public int id() {
        return id;
    }

    /**
     * Signs texts. A length precedes each text, so that no text can be shifted into its neighbour.
     *
     * @return 32 bytes
     */
    public byte[] sign(String... texts) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(secret);
            for (String text : texts) {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                mac.update(
                        ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
                mac.update(bytes);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}
