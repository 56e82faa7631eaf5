package dev.entente.server.api.access;

import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.AdvancedTlsX509TrustManager.SslSocketAndEnginePeerVerifier;
import io.grpc.util.AdvancedTlsX509TrustManager.Verification;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;

/**
 * Puts certificates from PEM into gRPC's managers, which exchange them while handshakes go on: a handshake that began
 * with one certificate goes on with its key.
 */
public final class Certificates {
    private Certificates() {}

    /**
     * Shows that chain from now on. To be called by one thread at a time.
     *
     * @throws GeneralSecurityException if they are no chain and key, or do not belong together; also if a chain that
     *     replaces another is not valid now
     */
    public static void show(AdvancedTlsX509KeyManager shown, Pem chainPem, Pem keyPem) throws GeneralSecurityException {
        X509Certificate[] chain = chainPem.certificates();
        PrivateKey key = keyPem.key(chain[0].getPublicKey());
        refuseOthersKey(chain[0], key);
        if (shown.getServerAliases("", null) != null) {
            chain[0].checkValidity();
        }
        shown.updateIdentityCredentials(chain, key);
    }

    private static void refuseOthersKey(X509Certificate own, PrivateKey key) throws GeneralSecurityException {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        byte[] text = own.getEncoded();
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(text);
        byte[] signed = signature.sign();
        signature.initVerify(own.getPublicKey());
        signature.update(text);
        if (!signature.verify(signed)) {
            throw new GeneralSecurityException("the key is not that of the certificate");
        }
    }

    /** Trusts nobody yet. */
    public static AdvancedTlsX509TrustManager nobody() {
        return built(AdvancedTlsX509TrustManager.newBuilder());
    }

    /**
     * Trusts these alone from now on; connections that are open stay.
     *
     * @throws GeneralSecurityException if there is no certificate in it, or a damaged one
     */
    public static void trust(AdvancedTlsX509TrustManager trusted, Pem pem) throws GeneralSecurityException {
        try {
            trusted.updateTrustCredentials(pem.certificates());
        } catch (IOException impossible) {
            throw new GeneralSecurityException(impossible);
        }
    }

    /** The end of the validity of the chain's certificate that expires first. */
    public static Instant expiry(AdvancedTlsX509KeyManager shown) {
        return expiries(shown.getCertificateChain(shown.getServerAliases("", null)[0]))
                .min(Instant::compareTo)
                .orElseThrow();
    }

    /** The end of the validity of the authority that is valid for the longest: then nobody is trusted any more. */
    public static Instant expiry(AdvancedTlsX509TrustManager trusted) {
        return expiries(trusted.getAcceptedIssuers()).max(Instant::compareTo).orElseThrow();
    }

    private static Stream<Instant> expiries(X509Certificate[] certificates) {
        return Stream.of(certificates).map(each -> each.getNotAfter().toInstant());
    }

    /**
     * Verifies clients by these authorities, and names none of them: a server would name those of its start for ever,
     * and clients with a certificate of a later one would hold it back.
     */
    static TrustManager unnamed(AdvancedTlsX509TrustManager authorities) {
        return built(AdvancedTlsX509TrustManager.newBuilder()
                // It has no authorities of its own: the verifier asks the others, each time.
                .setVerification(Verification.INSECURELY_SKIP_ALL_VERIFICATION)
                .setSslSocketAndEnginePeerVerifier(new SslSocketAndEnginePeerVerifier() {
                    @Override
                    public void verifyPeerCertificate(X509Certificate[] chain, String algorithm, Socket socket)
                            throws CertificateException {
                        authorities.checkClientTrusted(chain, algorithm, socket);
                    }

                    @Override
                    public void verifyPeerCertificate(X509Certificate[] chain, String algorithm, SSLEngine engine)
                            throws CertificateException {
                        authorities.checkClientTrusted(chain, algorithm, engine);
                    }
                }));
    }

    private static AdvancedTlsX509TrustManager built(AdvancedTlsX509TrustManager.Builder builder) {
        try {
            return builder.build();
        } catch (CertificateException impossible) {
            throw new IllegalStateException("this JVM verifies no certificates", impossible);
        }
    }
}
