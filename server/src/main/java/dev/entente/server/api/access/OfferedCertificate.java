package dev.entente.server.api.access;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The certificate that this coordinator shows, and its key; both can be exchanged while handshakes go on. Thread-safe.
 *
 * <p>Each version has an alias of its own, and the one before stays for handshakes that had chosen it: no handshake
 * signs with the key of another certificate.
 */
public final class OfferedCertificate extends X509ExtendedKeyManager {
    private record Version(String alias, PrivateKey key, List<X509Certificate> chain) {}

    private volatile List<Version> versions = List.of();
    private int taken;

    /**
     * Shows that chain from now on. To be called by one thread at a time.
     *
     * @throws GeneralSecurityException if they are no chain and key, or do not belong together
     */
    public void take(Pem chainPem, Pem keyPem) throws GeneralSecurityException {
        List<X509Certificate> chain = chainPem.certificates();
        X509Certificate own = chain.getFirst();
        PrivateKey key = keyPem.key(own.getPublicKey());
        refuseOthersKey(own, key);
        List<Version> before = versions;
        if (!before.isEmpty()) {
            own.checkValidity();
        }
        Version version = new Version("version-" + ++taken, key, chain);
        versions = before.isEmpty() ? List.of(version) : List.of(version, before.getFirst());
    }

    private static void refuseOthersKey(X509Certificate own, PrivateKey key) throws GeneralSecurityException {
        String signature = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        byte[] text = own.getEncoded();
        Signature signing = Signature.getInstance(signature);
        signing.initSign(key);
        signing.update(text);
        Signature verifying = Signature.getInstance(signature);
        verifying.initVerify(own.getPublicKey());
        verifying.update(text);
        if (!verifying.verify(signing.sign())) {
            throw new GeneralSecurityException("the key is not that of the certificate");
        }
    }

    /** The end of the validity of the chain's certificate that expires first. */
    public Instant expiry() {
        return versions.getFirst().chain().stream()
                .map(each -> each.getNotAfter().toInstant())
                .min(Instant::compareTo)
                .orElseThrow();
    }

    private @Nullable Version find(String alias) {
        for (Version version : versions) {
            if (version.alias().equals(alias)) {
                return version;
            }
        }
        return null;
    }

    private String current() {
        return versions.getFirst().alias();
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        Version version = find(alias);
        return version == null ? null : version.key();
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        Version version = find(alias);
        return version == null ? null : version.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return new String[] {current()};
    }

    @Override
    public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return new String[] {current()};
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return current();
    }

    @Override
    public String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return current();
    }

    @Override
    public String chooseEngineClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return current();
    }

    @Override
    public String chooseEngineServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return current();
    }
}
