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
 * Loads certificates from PEM into gRPC's managers, which replace certificates during handshakes. A handshake that
 * began with one certificate continues with that certificate's key.
 */
public final class Certificates {
    private Certificates() {}

    /**
     * Presents the chain in new handshakes. Not thread-safe.
     *
     * @throws GeneralSecurityException if the chain or the key is invalid, or they do not match; also if a chain that
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

    /** Returns a trust manager without authorities. */
    public static AdvancedTlsX509TrustManager empty() {
        return built(AdvancedTlsX509TrustManager.newBuilder());
    }

    /**
     * Replaces the trusted authorities; open connections stay open.
     *
     * @throws GeneralSecurityException if the file has no certificate, or a damaged certificate
     */
    public static void trust(AdvancedTlsX509TrustManager trusted, Pem pem) throws GeneralSecurityException {
        try {
            trusted.updateTrustCredentials(pem.certificates());
        } catch (IOException impossible) {
            throw new GeneralSecurityException(impossible);
        }
    }

    /** Returns the earliest expiry of the certificates in the chain. */
    public static Instant expiry(AdvancedTlsX509KeyManager shown) {
        return expiries(shown.getCertificateChain(shown.getServerAliases("", null)[0]))
                .min(Instant::compareTo)
                .orElseThrow();
    }

    /** Returns the latest expiry of the authorities. After this time no peer is trusted. */
    public static Instant expiry(AdvancedTlsX509TrustManager trusted) {
        return expiries(trusted.getAcceptedIssuers()).max(Instant::compareTo).orElseThrow();
    }

    private static Stream<Instant> expiries(X509Certificate[] certificates) {
        return Stream.of(certificates).map(each -> each.getNotAfter().toInstant());
    }

    /**
     * Verifies clients by these authorities, and sends no authority names. Otherwise a server always sends the names
     * that it had at its start, and a client with a certificate of a newer authority does not send that certificate.
     */
    static TrustManager unnamed(AdvancedTlsX509TrustManager authorities) {
        return built(AdvancedTlsX509TrustManager.newBuilder()
                // This manager has no authorities of its own: the verifier calls the other manager each time.
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
            throw new IllegalStateException("this JVM cannot verify certificates", impossible);
        }
    }
}
