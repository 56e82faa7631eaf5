package dev.entente.server.api.access;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads certificates and keys out of PEM text. */
final class Pem {
    private static final Pattern CERTIFICATE =
            Pattern.compile("-----BEGIN (?:X509 )?CERTIFICATE-----([^-]++)-----END (?:X509 )?CERTIFICATE-----");
    private static final Pattern KEY = Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]++)-----END PRIVATE KEY-----");

    private Pem() {}

    /**
     * Reads all certificates, in their order.
     *
     * @throws GeneralSecurityException if there is none, or one is damaged
     * @throws IllegalArgumentException if one is no Base64
     */
    static List<X509Certificate> certificates(String text) throws GeneralSecurityException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> certificates = new ArrayList<>();
        Matcher blocks = CERTIFICATE.matcher(text);
        while (blocks.find()) {
            certificates.add(
                    (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(bytes(blocks.group(1)))));
        }
        if (certificates.isEmpty()) {
            throw new GeneralSecurityException("no certificate is in it");
        }
        return List.copyOf(certificates);
    }

    /**
     * Reads the first private key.
     *
     * @param algorithm of the certificate's public key
     * @throws GeneralSecurityException if there is none in PKCS#8 and without a password, or it is of another algorithm
     * @throws IllegalArgumentException if it is no Base64
     */
    static PrivateKey key(String text, String algorithm) throws GeneralSecurityException {
        Matcher block = KEY.matcher(text);
        if (!block.find()) {
            throw new GeneralSecurityException("no private key in PKCS#8 without a password is in it");
        }
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes(block.group(1))));
    }

    private static byte[] bytes(String block) {
        return Base64.getMimeDecoder().decode(block);
    }
}
